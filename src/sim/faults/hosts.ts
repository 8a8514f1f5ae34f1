/** Faults of what a daemon relies on: its clock, its modules. */
import { milliseconds, number, whole } from '../scenario/checks.js';
import { drawVictims, fault, field, victims, type Fault } from './fault.js';

const clockShift = fault({
  name: 'clock-shift',
  doc: 'Wall clocks are set: ahead, or back when negative.',
  fields: {
    ...victims,
    byMs: field(number(-86_400_000, 86_400_000, 'ms'), 'by how much', -60_000),
  },
  act: (params, stage) => {
    const struck = drawVictims(stage, params);
    stage.note(`${struck.length} clocks are set by ${params.byMs} ms`);
    for (const node of struck) stage.swarm.worldNode(node).clock.shiftWall(params.byMs);
  },
});

const hungModule = fault({
  name: 'hung-module',
  doc: 'Modules read what they are notified of and never answer, until durationMs is over.',
  fields: { ...victims, durationMs: field(milliseconds(), 'how long; 0: for ever', 0) },
  act: (params, stage) => {
    const { swarm } = stage;
    const struck = drawVictims(stage, params);
    stage.note(`the modules of ${struck.length} nodes hang`);
    const strikes = struck.flatMap(({ module, host }) => {
      if (module === undefined) return [];
      module.isHung = true;
      return [{ module, isOurs: swarm.strike('hung', host) }];
    });
    if (params.durationMs === 0) return;
    stage.after(params.durationMs, () => {
      const healed = strikes.filter(({ isOurs }) => isOurs());
      stage.note(`${healed.length} modules answer again`);
      for (const { module } of healed) module.isHung = false;
    });
  },
});

/** Bytes of one burst of noise. */
const NOISE_BYTES = 64;

const babblingModule = fault({
  name: 'babbling-module',
  doc: 'Beside the module of a node another connects, again and again, and writes noise.',
  fields: {
    ...victims,
    everyMs: field(milliseconds(60_000), 'between two attempts', 200),
    times: field(whole(1, 10_000), 'how often', 20),
  },
  act: (params, stage) => {
    const struck = drawVictims(stage, params);
    const { swarm, random } = stage;
    stage.note(`modules babble at ${struck.length} nodes`);
    const babble = (): void => {
      for (const node of struck) {
        if (!swarm.isUp(node)) continue;
        const handler = { notified: () => undefined, ended: () => socket.hangUp() };
        const socket = swarm.worldNode(node).api.connect(handler);
        socket.write(random.bytes(NOISE_BYTES));
      }
    };
    for (let n = 0; n < params.times; n += 1) stage.after(n * params.everyMs, babble);
  },
});

export const hostFaults: readonly Fault[] = [clockShift, hungModule, babblingModule];
