/** Nodes that come back after a time away: what they had missed, and had soon after. */
import { MARK, type MeteredItem } from '../measures/meter.js';
import type { Scenario } from '../scenario/schema.js';
import type { SimNode, Swarm } from './swarm.js';

export class CatchUp {
  readonly #swarm: Swarm;
  readonly #scenario: Scenario;
  #missed = 0;
  #had = 0;

  constructor(swarm: Swarm, scenario: Scenario) {
    this.#swarm = swarm;
    this.#scenario = scenario;
  }

  get outcome(): { readonly missed: number; readonly had: number } {
    return { missed: this.#missed, had: this.#had };
  }

  /** A node is back, now. What it has missed is what the others' caches can still hold. */
  returned(node: SimNode): void {
    const { meter, world } = this.#swarm;
    const { catchUpMs, config } = this.#scenario;
    const { cacheSize, itemLifetimeMs } = config.items;
    const goneByMs = world.nowMs + catchUpMs - itemLifetimeMs;
    const missed = meter.items
      .slice(-cacheSize)
      .filter((item) => item.atMs > goneByMs && this.#lacks(node, item));
    this.#missed += missed.length;
    world.scheduler.after(catchUpMs, () => {
      this.#had += missed.filter((item) => !this.#lacks(node, item)).length;
    });
  }

  #lacks({ index, types }: SimNode, item: MeteredItem): boolean {
    const { meter } = this.#swarm;
    return (
      types.includes(item.dataType) &&
      item.announcer !== index &&
      !meter.has(item, index, MARK.delivered)
    );
  }
}
