/** A few daemons that are linked with each other, for tests of what is done to them. */
import { seededRandom } from '../../../src/core/prng.js';
import type { AttackStage } from '../../../src/sim/attackers/attacker.js';
import type { FaultStage } from '../../../src/sim/faults/fault.js';
import { Meter } from '../../../src/sim/measures/meter.js';
import { Swarm } from '../../../src/sim/run/swarm.js';
import { parseScenario, type Scenario } from '../../../src/sim/scenario/schema.js';
import { World } from '../../../src/sim/world.js';

export const TYPE = 1;
const JOIN_MS = 5_000;

/** A scenario of little consequence, with some changes. */
export const smallScenario = (changes: Readonly<Record<string, unknown>> = {}): Scenario => {
  const parsed = parseScenario(
    JSON.stringify({
      title: 'small',
      about: 'small',
      network: { latency: 'even', evenMs: 10 },
      settleMs: 5_000,
      drainMs: 6_000,
      items: [{ name: 'items', count: 2 }],
      measures: [{ name: 'delivery' }],
      ...changes,
    }),
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.mistakes));
  return parsed.scenario;
};

export type SmallSwarm = {
  readonly swarm: Swarm;
  readonly world: World;
  readonly twice: string[];
  readonly relayed: string[];
  /** Every message by whom it was sent: node and type. */
  readonly sent: string[];
};

/** So many nodes, fully linked, all wanting `TYPE`. */
export const smallSwarm = (nodes = 5): SmallSwarm => {
  const world = new World('small');
  const [twice, relayed, sent]: [string[], string[], string[]] = [[], [], []];
  const swarm = new Swarm({
    world,
    meter: new Meter(),
    random: seededRandom('nodes'),
    validationMs: 2,
    types: [{ dataType: TYPE, share: 1 }],
    bootstrappers: 1,
    uplink: undefined,
    onTwice: ({ name }, item) => void twice.push(`${name} ${item}`),
    onRelay: ({ name }, item) => void relayed.push(`${name} ${item}`),
    onSent: (from, _, { type }) => void sent.push(`${world.nameOfHost(from) ?? from} ${type}`),
  });
  for (let node = 0; node < nodes; node += 1) swarm.join();
  world.run(JOIN_MS);
  return { swarm, world, twice, relayed, sent };
};

/** What a fault or an attacker may do with; notes, rounds and returns are written down. */
export const faultStage = ({
  swarm,
  world,
}: SmallSwarm): FaultStage & AttackStage & { readonly log: string[] } => {
  const log: string[] = [];
  return {
    swarm,
    log,
    terms: { difficulty: 4, tls: true, blake3: false },
    random: seededRandom('fault'),
    after: (delayMs, act) => void world.scheduler.after(delayMs, act),
    note: (text) => void log.push(text),
    round: () => void log.push('round'),
    markLinks: () => void log.push('links are marked'),
    returned: ({ name }) => void log.push(`${name} returned`),
  };
};
