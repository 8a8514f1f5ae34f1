/**
 * The handshake with real proofs of work, and what the module API notices of it.
 *
 *     npm run bench:handshake -- [--difficulty 20] [--rounds 10]
 *
 * Each round starts a daemon that dials another and so solves a puzzle, while two modules of the
 * dialling daemon keep passing items to each other.
 */
import { parseArgs } from 'node:util';
import { connect } from '../src/client/index.js';
import { quantile, startLine } from './network.js';

const DATA_TYPE = 540;

const { values } = parseArgs({
  options: {
    difficulty: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '10' },
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
    { gossip: { difficulty: Number(values.difficulty) } },
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

const linked: number[] = [];
const latencies: number[] = [];
for (let at = 0; at < Number(values.rounds); at += 1) {
  const { linkedMs, latenciesMs } = await round();
  linked.push(Math.max(0, linkedMs));
  latencies.push(...latenciesMs);
}
const ms = (value: number): string => `${value.toFixed(1)} ms`;
console.log(`${values.rounds} handshakes at ${values.difficulty} bits, TLS off

ready to link            p50 ${ms(quantile(linked, 0.5))}, max ${ms(Math.max(...linked))}
API meanwhile            p50 ${ms(quantile(latencies, 0.5))}, p99 ${ms(quantile(latencies, 0.99))}, max ${ms(Math.max(...latencies))} \
(${latencies.length} items)

baseline: five earlier course modules took 0.5-40 s, with the API blocked meanwhile`);
