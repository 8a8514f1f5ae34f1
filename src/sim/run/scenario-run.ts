/** Runs a scenario with daemons: the nodes of a world, joined, measured, struck, and judged. */
import { pick, seededRandom, type Random } from '../../core/prng.js';
import type { AttackStage } from '../attackers/attacker.js';
import { ATTACKERS } from '../attackers/catalogue.js';
import { FAULTS } from '../faults/catalogue.js';
import type { FaultStage } from '../faults/fault.js';
import { INVARIANTS } from '../invariants/catalogue.js';
import type { Violation, Watcher } from '../invariants/invariant.js';
import { MEASURES, type Measured } from '../measures/catalogue.js';
import { healthOf, type Health } from '../measures/health.js';
import { Meter } from '../measures/meter.js';
import { chancyPaths, type Paths } from '../paths.js';
import { RegionMap } from '../regions.js';
import type { ItemGroup, Scenario } from '../scenario/schema.js';
import { evenLatency } from '../virtual-network.js';
import { SOLVABLE_BITS_MAX } from '../virtual-solver.js';
import { World } from '../world.js';
import { CatchUp } from './catch-up.js';
import type { RunHooks, RunPlan, RunResult } from './result.js';
import { summarize } from './summary.js';
import { Swarm, type SimNode } from './swarm.js';
import { TraceTail } from './trace-tail.js';

/** Between two looks of the invariants, and at the overlay. */
const LOOK_INTERVAL_MS = 1_000;
/** Looks at the overlay that are kept for the plot; a longer run is looked at less often. */
const HEALTH_LOOKS_MAX = 600;
/** Most violations kept; the first ends the run, but others may be found in the same moment. */
const VIOLATIONS_MAX = 10;
/**
 * Puzzles as the world has them: of no weight, since their cost is measured elsewhere. Under
 * pressure they become as much harder as the defaults allow, six bits.
 */
const DIFFICULTY = 4;

/** Plays a scenario once. The same plan gives the same result. */
export const runScenario = (plan: RunPlan, hooks: RunHooks = {}): RunResult => {
  const run = new ScenarioRun(plan, hooks);
  run.play();
  return run.result();
};

class ScenarioRun {
  readonly #plan: RunPlan;
  readonly #hooks: RunHooks;
  readonly #world: World;
  readonly #swarm: Swarm;
  readonly #meter = new Meter();
  readonly #tail: TraceTail;
  readonly #watchers: Watcher[] = [];
  readonly #violations: Violation[] = [];
  readonly #health: Health[] = [];
  readonly #notes: { readonly atMs: number; readonly text: string }[] = [];
  readonly #roundsMs: number[] = [];
  readonly #catchUp: CatchUp;
  #beganMs = 0;
  #nextHealthMs = 0;

  constructor(plan: RunPlan, hooks: RunHooks) {
    this.#plan = plan;
    this.#hooks = hooks;
    const { scenario, seed } = plan;
    const { config } = scenario;
    this.#world = new World(seed, {
      latency: pathsOf(scenario, seed),
      config: {
        ...config,
        handshake: {
          ...config.handshake,
          difficulty: DIFFICULTY,
          difficultyMax: SOLVABLE_BITS_MAX,
        },
      },
      profile: plan.profile,
      onDaemon: (node) => hooks.onDaemon?.(node),
      onEnded: (node) => this.#tell((watcher) => watcher.ended?.(node)),
    });
    this.#tail = new TraceTail({
      host: (host) => this.#world.nameOfHost(host),
      identity: () => undefined,
    });
    this.#swarm = new Swarm({
      world: this.#world,
      meter: this.#meter,
      random: this.#random('nodes'),
      validationMs: scenario.validationMs,
      types: scenario.types,
      bootstrappers: scenario.bootstrappers,
      uplink: unlimited(scenario.network.uplinkBytesPerMs),
      onTwice: (node, item) => this.#tell((watcher) => watcher.twice?.(node, item)),
      onRelay: (node, item) => this.#tell((watcher) => watcher.relay?.(node, item)),
      onSent: (from, to, message) => this.#tail.message(this.#world.nowMs, from, to, message),
    });
    this.#catchUp = new CatchUp(this.#swarm, scenario);
    for (const invariant of INVARIANTS) {
      const watcher = invariant.watch({
        swarm: this.#swarm,
        scenario,
        intervalMs: LOOK_INTERVAL_MS,
        violate: (detail) => this.#violate(invariant.name, detail),
      });
      this.#watchers.push(watcher);
    }
  }

  play(): void {
    const { scenario, nodes } = this.#plan;
    const durationMs = durationOf(scenario);
    const startMs = nodes * scenario.joinEveryMs;
    const totalMs = startMs + scenario.settleMs + durationMs;
    this.#beganMs = startMs + scenario.settleMs;
    for (let node = 0; node < nodes; node += 1) {
      this.#world.scheduler.at(node * scenario.joinEveryMs, () => void this.#swarm.join());
    }
    this.#world.scheduler.at(this.#beganMs, () => this.#begin());
    const healthMs = Math.max(LOOK_INTERVAL_MS, Math.ceil(totalMs / HEALTH_LOOKS_MAX));
    for (let nowMs = 0; nowMs < totalMs && !this.#isBroken;) {
      nowMs = Math.min(totalMs, nowMs + LOOK_INTERVAL_MS);
      this.#world.scheduler.runUntilHolds(() => this.#isBroken, nowMs);
      this.#look(healthMs, nowMs === totalMs);
      this.#hooks.onProgress?.(nowMs / totalMs);
    }
    if (!this.#isBroken) this.#tell((watcher) => watcher.end?.());
  }

  result(): RunResult {
    const { scenario, nodes, seed } = this.#plan;
    const measured: Measured = {
      meter: this.#meter,
      groups: scenario.items.map(({ name }) => name),
      beganMs: this.#beganMs,
      health: this.#health,
      roundsMs: this.#roundsMs,
      caughtUp: this.#catchUp.outcome,
      victims: new Set([...this.#swarm.victims].map(({ index }) => index)),
    };
    return {
      seed,
      nodes,
      measures: scenario.measures.map(({ name, params }) =>
        Number(MEASURES.get(name)?.read(measured, params)),
      ),
      violations: this.#violations,
      ...summarize(this.#meter),
      health: this.#health,
      notes: this.#notes,
      events: this.#world.scheduler.fired,
      virtualMs: this.#world.nowMs,
    };
  }

  // ------------------------------------------------------------------ the course of things

  /** Everybody has joined: measuring begins, and what the scenario has in store is set up. */
  #begin(): void {
    const { scenario } = this.#plan;
    this.#meter.begin();
    for (const [at, { name, params }] of scenario.attackers.entries()) {
      ATTACKERS.get(name)?.act(params, this.#stage(`attackers/${at}`));
    }
    for (const [at, { name, params, atMs }] of scenario.faults.entries()) {
      const stage = this.#stage(`faults/${at}`);
      stage.after(atMs, () => FAULTS.get(name)?.act(params, stage));
    }
    for (const [group, items] of scenario.items.entries()) this.#announceAll(group, items);
  }

  #announceAll(group: number, { name, count, fromMs, everyMs, ...item }: ItemGroup): void {
    const random = this.#random(`items/${name}`);
    for (let n = 0; n < count; n += 1) {
      this.#after(fromMs + n * everyMs, () => {
        const announcer = pick(this.#announcers(item.dataType), random);
        if (announcer === undefined) return;
        this.#swarm.announce(announcer, { group, dataType: item.dataType }, item);
      });
    }
  }

  /** Nodes that want the type and are well. */
  #announcers(dataType: number): SimNode[] {
    return this.#swarm.up().filter(({ types, isFrozen, module }) => {
      const isWell = !isFrozen && module?.isHung === false;
      return isWell && types.includes(dataType);
    });
  }

  #stage(chance: string): FaultStage & AttackStage {
    const { transport, hash } = this.#plan.scenario.config.handshake;
    return {
      swarm: this.#swarm,
      random: this.#random(chance),
      terms: { difficulty: DIFFICULTY, tls: transport === 'tls', blake3: hash === 'blake3' },
      after: (delayMs, act) => this.#after(delayMs, act),
      note: (text) => {
        const atMs = this.#world.nowMs;
        this.#notes.push({ atMs: atMs - this.#beganMs, text });
        this.#tail.note(atMs, text);
      },
      round: () => void this.#roundsMs.push(this.#world.nowMs),
      markLinks: () => {
        const pairs = [...this.#swarm.links()].map(([a, b]) => [a.index, b.index] as const);
        this.#meter.markLinks(pairs);
      },
      returned: (node) => this.#catchUp.returned(node),
    };
  }

  #look(healthMs: number, isEnd: boolean): void {
    const { nowMs } = this.#world;
    if (isEnd || nowMs >= this.#nextHealthMs) {
      this.#health.push(healthOf(this.#swarm, nowMs - this.#beganMs));
      this.#nextHealthMs = nowMs + healthMs;
    }
    this.#tell((watcher) => watcher.look?.());
  }

  // ------------------------------------------------------------------ common

  #after(delayMs: number, act: () => void): void {
    this.#world.scheduler.after(delayMs, act);
  }

  #random(chance: string): Random {
    return seededRandom(`${this.#plan.seed}/${chance}`);
  }

  #tell(say: (watcher: Watcher) => void): void {
    for (const watcher of this.#watchers) say(watcher);
  }

  /** The run is over with the event in which something was found. */
  #violate(invariant: string, detail: string): void {
    if (this.#violations.length >= VIOLATIONS_MAX) return;
    this.#violations.push({
      ...{ invariant, detail, seed: this.#plan.seed, nodes: this.#plan.nodes },
      atMs: this.#world.nowMs,
      step: this.#world.scheduler.fired,
      tail: this.#tail.lines(),
    });
  }

  get #isBroken(): boolean {
    return this.#violations.length > 0;
  }
}

/** From the beginning of the measuring to the end. */
const durationOf = ({ items, faults, attackers, drainMs }: Scenario): number => {
  const lastItems = items.map(({ fromMs, count, everyMs }) => fromMs + (count - 1) * everyMs);
  const lastFaults = faults.map(({ atMs, params }) => atMs + lengthOf(params));
  const lastAttacks = attackers.map(({ params }) => Number(params['restartMs'] ?? 0));
  return Math.max(0, ...lastItems, ...lastFaults, ...lastAttacks) + drainMs;
};

/** How long a fault lasts, as its parameters say. */
const lengthOf = (params: Readonly<Record<string, unknown>>): number => {
  const of = (name: string): number => Number(params[name] ?? 0);
  const rounds = of('rounds') || of('times') || of('count');
  return of('durationMs') + of('downMs') + rounds * of('everyMs');
};

const pathsOf = ({ network }: Scenario, seed: string): Paths => {
  const { latency, evenMs, ...chances } = network;
  return chancyPaths({
    latency: latency === 'even' ? evenLatency(evenMs) : new RegionMap(seed).oneWayMs,
    random: seededRandom(`${seed}/paths`),
    ...chances,
  });
};

const unlimited = (bytesPerMs: number): number | undefined =>
  bytesPerMs === 0 ? undefined : bytesPerMs;
