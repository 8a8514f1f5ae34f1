/**
 * How fast each engine looks for proofs, on one core; the handshake with real proofs of work, and
 * what the module API notices of it.
 *
 *     npm run bench:handshake -- [--difficulty 20] [--rounds 10] [--hash sha256]
 *
 * Each round starts a daemon that dials another and so solves a puzzle, while two modules of the
 * dialling daemon keep passing items to each other.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { connect } from '../src/client/index.js';
import type { ProofHash } from '../src/core/puzzle.js';
import { BATCH_NONCES, loadEngine, type EngineChoice } from '../src/node/nonce-search.js';
import { quantile, startLine } from './network.js';

const DATA_TYPE = 540;
const RATE_SAMPLE_US = 400_000;

const { values } = parseArgs({
  options: {
    difficulty: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '10' },
    hash: { type: 'string', default: 'sha256' },
  },
});

/** One item after the other from module to module of one daemon, until `isOver`. */
const passItems = async (api: string, isOver: () => boolean): Promise<number[]> => {
  const [announcer, subscriber] = await Promise.all([connect(api), connect(api)]);
  const notifications = subscriber.notifications(DATA_TYPE);
  const latenciesMs: number[] = [];
  const first = setInterval(() => void announcer.announce(DATA_TYPE, 'ready?'), 5);
  await notifications.next();
  clearInterval(first);
  while (!isOver()) {
    const startMs = performance.now();
    await announcer.announce(DATA_TYPE, 'item');
    (await notifications.next()).value?.accept();
    latenciesMs.push(performance.now() - startMs);
  }
  await Promise.all([announcer.close(), subscriber.close()]);
  return latenciesMs;
};

const round = async (): Promise<{ linkedMs: number; latenciesMs: number[] }> => {
  let readyAtMs = 0;
  let linkedAtMs = 0;
  const line = await startLine(
    2,
    { gossip: { difficulty: Number(values.difficulty), hash: values.hash } },
    (at, text) => {
      if (at === 1 && text.startsWith('hearsay ready')) readyAtMs = performance.now();
      if (at === 1 && text.includes('link up')) linkedAtMs = performance.now();
    },
  );
  try {
    const api = line.daemons[1]?.api ?? '';
    const latenciesMs = await passItems(api, () => linkedAtMs > 0);
    return { linkedMs: linkedAtMs - readyAtMs, latenciesMs };
  } finally {
    await line.stop();
  }
};

/** Nonces tried in a second of CPU, median of five, by an engine that never finds one. */
const rateOf = async (hash: ProofHash, choice: EngineChoice): Promise<[string, number]> => {
  const engine = await loadEngine(hash, choice);
  const search = engine.search({ binding: randomBytes(32), difficulty: 256 }, randomBytes(8));
  const rates = Array.from({ length: 5 }, () => {
    let batches = 0;
    const startUs = process.cpuUsage().user;
    let usedUs = 0;
    for (; usedUs < RATE_SAMPLE_US; usedUs = process.cpuUsage().user - startUs) {
      search.tryBatch();
      batches += 1;
    }
    return (batches * BATCH_NONCES) / usedUs;
  });
  return [engine.name, quantile(rates, 0.5)];
};

for (const [hash, choice] of [
  ['sha256', 'hashtree'],
  ['sha256', 'crypto'],
  ['blake3', 'auto'],
] as const) {
  const [name, rate] = await rateOf(hash, choice);
  const secondsFor20Bits = (2 ** 20 / (rate * 1e6)).toFixed(2);
  console.log(
    `${hash} by ${name.padEnd(9)}  ${rate.toFixed(2).padStart(6)} MH/s, ` +
      `20 bits in ${secondsFor20Bits} s of CPU`,
  );
}

const linked: number[] = [];
const latencies: number[] = [];
for (let at = 0; at < Number(values.rounds); at += 1) {
  const { linkedMs, latenciesMs } = await round();
  linked.push(Math.max(0, linkedMs));
  latencies.push(...latenciesMs);
}
const ms = (value: number): string => `${value.toFixed(1)} ms`;
const meanwhile =
  `p50 ${ms(quantile(latencies, 0.5))}, p99 ${ms(quantile(latencies, 0.99))}, ` +
  `max ${ms(Math.max(...latencies))} (${latencies.length} items)`;

console.log(`
${values.rounds} handshakes at ${values.difficulty} bits of ${values.hash}, with TLS

ready to link            p50 ${ms(quantile(linked, 0.5))}, max ${ms(Math.max(...linked))}
API meanwhile            ${meanwhile}

baseline: five earlier course modules took 0.5-40 s, with the API blocked meanwhile`);
