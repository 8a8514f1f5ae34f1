/**
 * Plumtree (Leitão, Pereira, Rodrigues 2007, "Epidemic Broadcast Trees"): items go over the eager
 * links, which prune themselves to a tree; the other links carry IHAVE, from which a broken tree is
 * mended by GRAFT.
 */
import type { Scheduler, Timer, TimerOwner } from '../virtual-clock.js';
import type { BaselineItem } from './spread-record.js';

export type PlumtreeSettings = {
  /** From the first IHAVE of an item that is not there to the first GRAFT. */
  readonly graftTimeoutMs: number;
  /** From one GRAFT to the next. */
  readonly graftRetryMs: number;
  /** IHAVEs are gathered for so long before they leave. */
  readonly dispatchMs: number;
  /** A lazy link becomes eager when the way over it is shorter by so many hops. */
  readonly optimizationHops: number;
};

/**
 * Timers of iroh-gossip 0.9 and later; threshold 7 is the paper's. The paper has no milliseconds:
 * the first timeout is to cover the difference of ways through the tree, the second a round trip.
 */
export const PLUMTREE_SETTINGS: PlumtreeSettings = {
  graftTimeoutMs: 80,
  graftRetryMs: 40,
  dispatchMs: 5,
  optimizationHops: 7,
};

/** An item as a lazy link tells of it. */
export type Announcement = { readonly item: number; readonly hops: number };

export type PlumtreeMessage =
  | { readonly type: 'gossip'; readonly item: BaselineItem; readonly hops: number }
  | { readonly type: 'ihave'; readonly announcements: readonly Announcement[] }
  /** Without an item: only the link is meant. */
  | { readonly type: 'graft'; readonly item: number | undefined }
  | { readonly type: 'prune' };

/** What Plumtree needs of the node that it is a part of. */
export type PlumtreeNode = TimerOwner & {
  readonly number: number;
  readonly isDropper: boolean;
  say(peer: number, message: PlumtreeMessage): void;
};

type Received = { readonly item: BaselineItem; readonly hops: number; isValid: boolean };

/** What was announced and has not come. */
type Missing = { readonly offers: { peer: number; hops: number }[]; timer: Timer };

const PRUNE: PlumtreeMessage = { type: 'prune' };

export class Plumtree {
  readonly #node: PlumtreeNode;
  readonly #scheduler: Scheduler;
  readonly #settings: PlumtreeSettings;
  readonly #validationMs: number;
  readonly #eager = new Set<number>();
  readonly #lazy = new Set<number>();
  readonly #received = new Map<number, Received>();
  readonly #missing = new Map<number, Missing>();
  /** What lazy links are to be told with the next dispatch. */
  readonly #queues = new Map<number, Announcement[]>();

  constructor(
    node: PlumtreeNode,
    scheduler: Scheduler,
    settings: PlumtreeSettings,
    validationMs: number,
  ) {
    this.#node = node;
    this.#scheduler = scheduler;
    this.#settings = settings;
    this.#validationMs = validationMs;
  }

  get eager(): ReadonlySet<number> {
    return this.#eager;
  }

  neighborUp(peer: number): void {
    this.#eager.add(peer);
  }

  neighborDown(peer: number): void {
    this.#eager.delete(peer);
    this.#lazy.delete(peer);
    this.#queues.delete(peer);
    for (const { offers } of this.#missing.values()) {
      for (let at = offers.length - 1; at >= 0; at -= 1) {
        if (offers[at]?.peer === peer) offers.splice(at, 1);
      }
    }
  }

  publish(item: BaselineItem): void {
    this.#received.set(item.number, { item, hops: 0, isValid: true });
    this.#push(item, 1);
  }

  received(peer: number, message: PlumtreeMessage): void {
    switch (message.type) {
      case 'gossip':
        return this.#receiveGossip(peer, message.item, message.hops);
      case 'ihave':
        for (const offer of message.announcements) this.#receiveOffer(peer, offer);
        return;
      case 'graft':
        return this.#receiveGraft(peer, message.item);
      case 'prune':
        this.#makeLazy(peer);
    }
  }

  // ------------------------------------------------------------------ the tree

  #receiveGossip(peer: number, item: BaselineItem, hops: number): void {
    item.received(this.#node.number, peer, hops, this.#scheduler.nowMs);
    if (this.#received.has(item.number)) {
      this.#makeLazy(peer);
      return this.#node.say(peer, PRUNE);
    }
    const received: Received = { item, hops, isValid: false };
    this.#received.set(item.number, received);
    const missing = this.#missing.get(item.number);
    if (missing !== undefined) this.#scheduler.cancel(missing.timer);
    this.#missing.delete(item.number);
    this.#makeEager(peer);
    if (missing !== undefined) this.#optimize(peer, hops, missing);
    const relay = (): void => {
      received.isValid = true;
      this.#push(item, hops + 1, peer);
    };
    this.#scheduler.after(this.#validationMs, relay, this.#node);
  }

  #push(item: BaselineItem, hops: number, except?: number): void {
    if (this.#node.isDropper) return;
    for (const peer of this.#eager) {
      if (peer !== except) this.#node.say(peer, { type: 'gossip', item, hops });
    }
    for (const peer of this.#lazy) {
      if (peer !== except) this.#announce(peer, { item: item.number, hops });
    }
  }

  #announce(peer: number, announcement: Announcement): void {
    if (this.#queues.size === 0) {
      this.#scheduler.after(this.#settings.dispatchMs, () => this.#dispatch(), this.#node);
    }
    const queue = this.#queues.get(peer);
    if (queue === undefined) this.#queues.set(peer, [announcement]);
    else queue.push(announcement);
  }

  #dispatch(): void {
    const queues = [...this.#queues];
    this.#queues.clear();
    for (const [peer, announcements] of queues) {
      this.#node.say(peer, { type: 'ihave', announcements });
    }
  }

  /** Somebody announced what has come by now, over a way that is much shorter: takes that. */
  #optimize(peer: number, hops: number, { offers }: Missing): void {
    const { optimizationHops } = this.#settings;
    const shorter = offers.find((offer) => hops - offer.hops >= optimizationHops);
    if (shorter === undefined || shorter.peer === peer) return;
    this.#makeEager(shorter.peer);
    this.#node.say(shorter.peer, { type: 'graft', item: undefined });
    this.#makeLazy(peer);
    this.#node.say(peer, PRUNE);
  }

  // ------------------------------------------------------------------ mending

  #receiveOffer(peer: number, { item, hops }: Announcement): void {
    if (this.#received.has(item)) return;
    const missing = this.#missing.get(item);
    if (missing !== undefined) return void missing.offers.push({ peer, hops });
    const timer = this.#graftLater(item, this.#settings.graftTimeoutMs);
    this.#missing.set(item, { offers: [{ peer, hops }], timer });
  }

  #graftLater(item: number, delayMs: number): Timer {
    return this.#scheduler.after(delayMs, () => this.#graft(item), this.#node);
  }

  #graft(item: number): void {
    const missing = this.#missing.get(item);
    const offer = missing?.offers.shift();
    if (missing === undefined || offer === undefined) return void this.#missing.delete(item);
    missing.timer = this.#graftLater(item, this.#settings.graftRetryMs);
    this.#makeEager(offer.peer);
    this.#node.say(offer.peer, { type: 'graft', item });
  }

  #receiveGraft(peer: number, number: number | undefined): void {
    this.#makeEager(peer);
    const kept = number === undefined ? undefined : this.#received.get(number);
    // What is being validated goes to all eager links, of which this is one now, when it is valid.
    if (kept?.isValid !== true || this.#node.isDropper) return;
    this.#node.say(peer, { type: 'gossip', item: kept.item, hops: kept.hops + 1 });
  }

  #makeEager(peer: number): void {
    if (this.#lazy.delete(peer)) this.#eager.add(peer);
  }

  #makeLazy(peer: number): void {
    if (this.#eager.delete(peer)) this.#lazy.add(peer);
  }
}
