/**
 * Attacks a running daemon, over real sockets of this host; bounded in count and time.
 *
 *     npm run attack [-- NAME ...]
 *
 * One line an attack: honest items lost, latency of the API, memory and sockets before and after.
 * Exit codes: 0 all were withstood; 1 one was not; 3 there is no such attack.
 */
import { stopAll } from '../harness/cleanup.js';
import { play, type Attack, type Report } from './attack.js';
import { ATTACKS } from './list.js';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const named = process.argv.slice(2);
const unknown = named.filter((name) => !ATTACKS.some((attack) => attack.name === name));
const chosen = ATTACKS.filter(({ name }) => named.length === 0 || named.includes(name));

const share = (latenciesMs: readonly number[], part: number): string =>
  (latenciesMs[Math.floor(latenciesMs.length * part)] ?? NaN).toFixed(1);

const lineOf = ({ name }: Attack, { toll, before, after, failures }: Report): string =>
  [
    name.padEnd(18),
    `${toll.sent} items, lost ${toll.lostAtVictim} at it, ${toll.lostBeside} beside`.padEnd(40),
    `API p50 ${share(toll.latenciesMs, 0.5)} p99 ${share(toll.latenciesMs, 0.99)} ms`.padEnd(28),
    `${before.rssMib.toFixed(0)} -> ${after.rssMib.toFixed(0)} MiB`.padEnd(16),
    `${before.sockets} -> ${after.sockets} sockets`.padEnd(18),
    failures.length === 0 ? 'withstood' : `FAILED: ${failures.join('; ')}`,
  ].join(' ');

const failedReport = (error: unknown): Report => {
  const nothing = { rssMib: NaN, sockets: NaN };
  const toll = { sent: 0, lostAtVictim: 0, lostBeside: 0, latenciesMs: [] };
  const reason = error instanceof Error ? error.message : String(error);
  return { toll, before: nothing, after: nothing, failures: [reason] };
};

let failed = 0;
if (unknown.length > 0) {
  print(`usage: npm run attack [-- NAME ...]; there is no ${unknown.join(', ')}, but there are:`);
  for (const { name, about } of ATTACKS) print(`  ${name.padEnd(18)} ${about}`);
  process.exitCode = 3;
} else {
  for (const attack of chosen) {
    const report = await play(attack, 'full').catch(failedReport);
    await stopAll();
    if (report.failures.length > 0) failed += 1;
    print(lineOf(attack, report));
  }
  print(`${chosen.length} attacks, ${failed} failures`);
  process.exitCode = failed === 0 ? 0 : 1;
}
