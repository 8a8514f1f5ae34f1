/** Flooding: who has an item for the first time hands it to all links but the one it came by. */
import {
  buildNetwork,
  othersUp,
  type BaselineProtocol,
  type SpreadingHost,
  type Surroundings,
} from './baseline.js';
import { Host } from './hosts.js';
import type { BaselineItem } from './spread-record.js';

/**
 * Links that each node dials; as many more come in, on average. Together they are the daemon's
 * default `degree`, 20, so that flooding shows what its links could do at the most.
 */
const DIALS = 10;
/** Newcomers dial at a moment of their own within this. */
const JOIN_JITTER_MS = 1_000;
const SETTLE_MS = 2_000;

type Message = { readonly item: BaselineItem; readonly hops: number };

class FloodingHost extends Host<Message> implements SpreadingHost<Message> {
  readonly #surroundings: Surroundings<Message>;
  readonly #seen = new Set<number>();

  constructor(surroundings: Surroundings<Message>, number: number) {
    super(surroundings.network, number);
    this.#surroundings = surroundings;
  }

  join(): void {
    const { random } = this.#surroundings;
    const dial = (): void => {
      for (const peer of othersUp(this.#surroundings, this.number, DIALS)) {
        this.network.dial(this, peer);
      }
    };
    this.network.scheduler.after(random.below(JOIN_JITTER_MS), dial, this);
  }

  publish(item: BaselineItem): void {
    this.#seen.add(item.number);
    this.#relay({ item, hops: 1 });
  }

  override received(peer: number, { item, hops }: Message): void {
    const { scheduler } = this.network;
    item.received(this.number, peer, hops, scheduler.nowMs);
    if (this.#seen.has(item.number)) return;
    this.#seen.add(item.number);
    if (this.isDropper) return;
    const relay = (): void => this.#relay({ item, hops: hops + 1 }, peer);
    scheduler.after(this.#surroundings.validationMs, relay, this);
  }

  override linked(): void {}
  override lost(): void {}
  override unreachable(): void {}

  #relay(message: Message, except?: number): void {
    for (const peer of this.network.peersOf(this.number)) {
      if (peer !== except) this.network.send(this, peer, message);
    }
  }
}

export const flooding: BaselineProtocol = {
  name: 'flooding',
  doc: `Every item over every link; ${DIALS} links dialled, ${2 * DIALS} in all on average.`,
  settleMs: () => SETTLE_MS,
  build: (options) =>
    buildNetwork<Message>(options, 0, (surroundings, node) => new FloodingHost(surroundings, node)),
};
