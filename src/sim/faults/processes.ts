/** Faults of processes and hosts: they die, come back, stand still. */
import { flag, milliseconds } from '../scenario/checks.js';
import { drawVictims, fault, field, victims, type Fault } from './fault.js';

const silently = field(flag, 'the hosts die too, so that nobody is told', false);

const crash = fault({
  name: 'crash',
  doc: 'Nodes die at once and stay dead; their sockets are reset.',
  fields: { ...victims, silently },
  act: (params, stage) => {
    stage.markLinks();
    const dead = drawVictims(stage, params);
    stage.note(`${dead.length} nodes crash`);
    for (const node of dead) stage.swarm.crash(node, params);
  },
});

const restart = fault({
  name: 'restart',
  doc: 'Nodes die, stay away for a while, and start again, with their address book or without.',
  fields: {
    ...victims,
    silently,
    downMs: field(milliseconds(), 'how long they are away', 1_000),
    keepBook: field(flag, 'they still have their address book', true),
  },
  act: (params, stage) => {
    const { swarm } = stage;
    const struck = drawVictims(stage, params);
    stage.note(`${struck.length} nodes go away for ${params.downMs} ms`);
    for (const node of struck) swarm.crash(node, params);
    stage.after(params.downMs, () => {
      stage.note(`${struck.length} nodes are back`);
      for (const node of struck) {
        swarm.revive(node, params);
        stage.returned(node);
      }
    });
  },
});

const stall = fault({
  name: 'stall',
  doc:
    'Processes stand still: they read nothing and do nothing, their sockets stay open, and what ' +
    'is sent to them is taken until the window is full. After durationMs they go on.',
  fields: {
    ...victims,
    durationMs: field(milliseconds(), 'how long; 0: for ever', 0),
  },
  act: (params, stage) => {
    const { swarm } = stage;
    const struck = drawVictims(stage, params);
    stage.note(`${struck.length} nodes stand still`);
    for (const node of struck) {
      swarm.freeze(node);
      if (params.durationMs === 0) swarm.meter.nodeDown(node.index, swarm.world.nowMs);
    }
    if (params.durationMs === 0) return;
    stage.after(params.durationMs, () => {
      stage.note(`${struck.length} nodes go on`);
      for (const node of struck) swarm.thaw(node);
    });
  },
});

const pause = fault({
  name: 'pause',
  doc:
    'Whole hosts stand still, as a virtual machine does while it is moved: nothing reaches them ' +
    'and they reach nobody, then they go on as if no time had passed, but the clocks know.',
  fields: { ...victims, durationMs: field(milliseconds(), 'how long', 60_000) },
  act: (params, stage) => {
    const { swarm } = stage;
    const { cuts } = swarm.world.network;
    const struck = drawVictims(stage, params);
    stage.note(`${struck.length} hosts stand still`);
    for (const node of struck) {
      swarm.freeze(node);
      cuts.isolate(node.host);
    }
    stage.after(params.durationMs, () => {
      stage.note(`${struck.length} hosts go on`);
      for (const node of struck) {
        cuts.rejoin(node.host);
        swarm.thaw(node);
      }
    });
  },
});

export const processFaults: readonly Fault[] = [crash, restart, stall, pause];
