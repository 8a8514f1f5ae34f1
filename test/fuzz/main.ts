/**
 * Fuzzes all that reads what comes from outside.
 *
 *     npm run fuzz -- [--seed 1] [--frames 100000] [--seconds 60] [--only NAME[,NAME]]
 *
 * One line a target, and what was found, with the round of its seed. Exit code 1: found something,
 * or live memory grew.
 */
import { parseArgs } from 'node:util';
import { fuzz } from './run.js';
import { TARGETS } from './targets.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    frames: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '60' },
    only: { type: 'string' },
  },
});

/** Live memory may grow by so much: caches that are full only now, and the collector's own mood. */
const GROWTH_MIB_MAX = 12;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const only = values.only?.split(',');
const chosen = TARGETS.filter(({ name }) => only === undefined || only.includes(name));
if (chosen.length === 0) {
  print(`no such target; there are ${TARGETS.map(({ name }) => name).join(', ')}`);
  process.exitCode = 3;
}
let [total, bad] = [0, 0];
for (const target of chosen) {
  const result = await fuzz(target, {
    seed: Number(values.seed),
    frames: Number(values.frames),
    mostMs: Number(values.seconds) * 1_000,
  });
  const { frames, framesPerSecond, errors, findings, heapBefore, heapAfter } = result;
  const grew = heapAfter - heapBefore > GROWTH_MIB_MAX;
  total += frames;
  if (errors > 0 || grew) bad += 1;
  print(
    `${target.name.padEnd(18)} ${String(frames).padStart(9)} frames ` +
      `${String(framesPerSecond).padStart(8)}/s  ${errors} errors  ` +
      `heap ${heapBefore.toFixed(1)} -> ${heapAfter.toFixed(1)} MiB${grew ? '  GREW' : ''}`,
  );
  for (const finding of findings) print(`  seed ${values.seed}, ${finding}`);
}
print(`${total} frames, ${bad} of ${chosen.length} targets with a finding`);
if (bad > 0) process.exitCode = 1;
