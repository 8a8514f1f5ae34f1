/**
 * A mesh with lazy gossip, by the rules of gossipsub v1.1 as go-libp2p-pubsub 0.13 and later has
 * them, for one topic that all subscribe to: GRAFT and PRUNE with back-off, a quota of outbound
 * mesh links, IHAVE to a share of the rest at every heartbeat, IWANT, flood publishing; and
 * IDONTWANT of v1.2 on demand. Without peer scores and peer exchange: in the published setting of
 * an honest network nobody scores below zero.
 */
import { sampled, shuffled, type Random } from '../../core/prng.js';
import {
  buildNetwork,
  othersUp,
  type BaselineProtocol,
  type SpreadingHost,
  type Surroundings,
} from './baseline.js';
import { Host } from './hosts.js';
import { MessageCache } from './message-cache.js';
import type { BaselineItem } from './spread-record.js';

/** The parameters of gossipsub, by their published names where they have one. */
export type GossipsubSettings = {
  /** Connections that each node dials; as many come in, on average. */
  readonly dials: number;
  readonly d: number;
  readonly dLow: number;
  readonly dHigh: number;
  /** Mesh links of its own dialling that a node keeps at least. */
  readonly dOut: number;
  readonly dLazy: number;
  /** Share of the peers outside the mesh that hear IHAVE, where that is more than `dLazy`. */
  readonly gossipFactor: number;
  readonly heartbeatMs: number;
  /** Windows of the message cache, one a heartbeat: in all, and of those that are gossiped. */
  readonly historyLength: number;
  readonly historyGossip: number;
  /** So often one peer is given one item that it asks for. */
  readonly gossipRetransmission: number;
  readonly pruneBackoffMs: number;
  /** A publisher sends to all its peers, in the mesh or not. */
  readonly floodPublish: boolean;
  /** v1.2: who has an item tells its mesh at once, before validating it. */
  readonly idontwant: boolean;
  /** Nodes begin at a moment of their own within this, and so do their heartbeats; 0: at once. */
  readonly startJitterMs: number;
};

/**
 * D, D_lo, D_hi and the connections of the paper's runs of 1,000 nodes (Vyzovitis et al. 2020:
 * D = 8, 6, 12; 20 peers dialled); the rest are the defaults of go-libp2p-pubsub. There D_out is 2
 * for D = 6; it must be below D_lo and at most D / 2.
 */
const GOSSIPSUB_SETTINGS: GossipsubSettings = {
  dials: 20,
  d: 8,
  dLow: 6,
  dHigh: 12,
  dOut: 2,
  dLazy: 6,
  gossipFactor: 0.25,
  heartbeatMs: 1_000,
  historyLength: 5,
  historyGossip: 3,
  gossipRetransmission: 3,
  pruneBackoffMs: 60_000,
  floodPublish: true,
  idontwant: false,
  startJitterMs: 1_000,
};

/** The paper's warm-up. */
const SETTLE_MS = 30_000;
/** A back-off is kept so much longer than agreed, so that both ends have let go of it. */
const BACKOFF_SLACK_HEARTBEATS = 2;
/** IDONTWANT is kept for this many heartbeats at least. */
const UNWANTED_HEARTBEATS = 3;

type Message =
  | { readonly type: 'item'; readonly item: BaselineItem; readonly hops: number }
  | { readonly type: 'ihave' | 'iwant' | 'idontwant'; readonly items: readonly number[] }
  | { readonly type: 'graft' | 'prune' };

/** What a node keeps of a peer that it is connected with. */
type Peer = {
  readonly number: number;
  readonly isOutbound: boolean;
  /** Not to be grafted before; 0: at any time. */
  backoffUntilMs: number;
  /** Items it said it has, in two generations; absent: none. */
  unwanted?: Set<number> | undefined;
  unwantedBefore?: Set<number> | undefined;
};

const GRAFT: Message = { type: 'graft' };
const PRUNE: Message = { type: 'prune' };

class GossipsubHost extends Host<Message> implements SpreadingHost<Message> {
  readonly #surroundings: Surroundings<Message>;
  readonly #settings: GossipsubSettings;
  readonly #random: Random;
  readonly #peers = new Map<number, Peer>();
  readonly #mesh = new Set<Peer>();
  readonly #seen = new Set<number>();
  readonly #cache: MessageCache;
  #heartbeats = 0;

  constructor(surroundings: Surroundings<Message>, settings: GossipsubSettings, number: number) {
    super(surroundings.network, number);
    this.#surroundings = surroundings;
    this.#settings = settings;
    this.#random = surroundings.randomOf(number);
    this.#cache = new MessageCache(settings.historyLength, settings.historyGossip);
  }

  join(): void {
    const { scheduler } = this.network;
    const { dials, heartbeatMs, startJitterMs } = this.#settings;
    const start = (): void => {
      for (const peer of othersUp(this.#surroundings, this.number, dials)) {
        this.network.dial(this, peer);
      }
      scheduler.after(heartbeatMs, () => this.#heartbeat(), this);
    };
    scheduler.after(this.#random.below(startJitterMs + 1), start, this);
  }

  override linked(peer: number, isCaller: boolean): void {
    if (this.#peers.has(peer)) return;
    this.#peers.set(peer, {
      number: peer,
      isOutbound: isCaller,
      backoffUntilMs: 0,
    });
  }

  override lost(number: number): void {
    const peer = this.#peers.get(number);
    if (peer === undefined) return;
    this.#peers.delete(number);
    this.#mesh.delete(peer);
  }

  override unreachable(): void {}

  override received(from: number, message: Message): void {
    const peer = this.#peers.get(from);
    if (peer === undefined) return;
    switch (message.type) {
      case 'item':
        return this.#receiveItem(peer, message.item, message.hops);
      case 'ihave':
        return this.#receiveIhave(peer, message.items);
      case 'iwant':
        return this.#receiveIwant(peer, message.items);
      case 'idontwant':
        peer.unwanted ??= new Set();
        for (const item of message.items) peer.unwanted.add(item);
        return;
      case 'graft':
        return this.#receiveGraft(peer);
      case 'prune':
        this.#mesh.delete(peer);
        this.#backOff(peer);
    }
  }

  // ------------------------------------------------------------------ items

  publish(item: BaselineItem): void {
    this.#seen.add(item.number);
    this.#cache.put(item, 0);
    const receivers = this.#settings.floodPublish ? this.#peers.values() : this.#mesh;
    for (const peer of receivers) this.#sendItem(peer, item, 1);
  }

  #receiveItem(from: Peer, item: BaselineItem, hops: number): void {
    const { scheduler } = this.network;
    item.received(this.number, from.number, hops, scheduler.nowMs);
    if (this.#seen.has(item.number)) return;
    this.#seen.add(item.number);
    if (this.isDropper) return;
    if (this.#settings.idontwant) this.#sayUnwanted(from, item);
    const relay = (): void => this.#relay(from, item, hops);
    scheduler.after(this.#surroundings.validationMs, relay, this);
  }

  #relay(from: Peer, item: BaselineItem, hops: number): void {
    this.#cache.put(item, hops);
    for (const peer of this.#mesh) {
      if (peer === from || peer.number === item.origin) continue;
      if (!isUnwanted(peer, item)) this.#sendItem(peer, item, hops + 1);
    }
  }

  #sendItem(peer: Peer, item: BaselineItem, hops: number): void {
    this.network.send(this, peer.number, { type: 'item', item, hops });
  }

  #sayUnwanted(from: Peer, item: BaselineItem): void {
    const message: Message = { type: 'idontwant', items: [item.number] };
    for (const peer of this.#mesh) {
      if (peer !== from) this.network.send(this, peer.number, message);
    }
  }

  /** Asks everybody who offers it, until it is there: as published, one asking per offer. */
  #receiveIhave(peer: Peer, offered: readonly number[]): void {
    const items = offered.filter((item) => !this.#seen.has(item));
    if (items.length > 0) this.network.send(this, peer.number, { type: 'iwant', items });
  }

  #receiveIwant(peer: Peer, wanted: readonly number[]): void {
    if (this.isDropper) return;
    for (const number of wanted) {
      const kept = this.#cache.take(number, peer.number, this.#settings.gossipRetransmission);
      if (kept === undefined || isUnwanted(peer, kept.item)) continue;
      this.#sendItem(peer, kept.item, kept.hops + 1);
    }
  }

  // ------------------------------------------------------------------ mesh

  #receiveGraft(peer: Peer): void {
    if (this.#mesh.has(peer)) return;
    const isFull = this.#mesh.size >= this.#settings.dHigh && !peer.isOutbound;
    if (!isFull && this.#isGraftable(peer)) return void this.#mesh.add(peer);
    this.#backOff(peer);
    this.network.send(this, peer.number, PRUNE);
  }

  #heartbeat(): void {
    const { heartbeatMs, dLow, dHigh, d } = this.#settings;
    this.network.scheduler.after(heartbeatMs, () => this.#heartbeat(), this);
    this.#heartbeats += 1;
    if (this.#mesh.size < dLow) this.#graft(d - this.#mesh.size);
    if (this.#mesh.size >= dHigh) this.#pruneExcess();
    if (this.#mesh.size >= dLow) this.#graftOutbound();
    if (!this.isDropper) this.#gossip();
    this.#cache.shift();
    if (this.#settings.idontwant && this.#heartbeats % UNWANTED_HEARTBEATS === 0) this.#forget();
  }

  #graft(count: number, isWanted: (peer: Peer) => boolean = () => true): void {
    const candidates = this.#outsiders().filter(
      (peer) => isWanted(peer) && this.#isGraftable(peer),
    );
    for (const peer of sampled(candidates, count, this.#random)) {
      this.#mesh.add(peer);
      this.network.send(this, peer.number, GRAFT);
    }
  }

  #graftOutbound(): void {
    let missing = this.#settings.dOut;
    for (const { isOutbound } of this.#mesh) if (isOutbound) missing -= 1;
    if (missing > 0) this.#graft(missing, (peer) => peer.isOutbound);
  }

  /** Keeps `d` by chance, `dOut` of its own dialling among them. */
  #pruneExcess(): void {
    const { d, dOut } = this.#settings;
    const mesh = shuffled([...this.#mesh], this.#random);
    const outbound = mesh.filter((peer) => peer.isOutbound).slice(0, dOut);
    const isShort = mesh.slice(0, d).filter((peer) => peer.isOutbound).length < outbound.length;
    const ordered = isShort ? [...new Set([...outbound, ...mesh])] : mesh;
    for (const peer of ordered.slice(d)) {
      this.#mesh.delete(peer);
      this.#backOff(peer);
      this.network.send(this, peer.number, PRUNE);
    }
  }

  #gossip(): void {
    const items = this.#cache.gossiped();
    if (items.length === 0) return;
    const { dLazy, gossipFactor } = this.#settings;
    const outsiders = this.#outsiders();
    const count = Math.max(dLazy, Math.floor(gossipFactor * outsiders.length));
    const message: Message = { type: 'ihave', items };
    for (const peer of sampled(outsiders, count, this.#random)) {
      this.network.send(this, peer.number, message);
    }
  }

  /** Peers outside the mesh. */
  #outsiders(): Peer[] {
    const outsiders: Peer[] = [];
    for (const peer of this.#peers.values()) if (!this.#mesh.has(peer)) outsiders.push(peer);
    return outsiders;
  }

  #isGraftable({ backoffUntilMs }: Peer): boolean {
    return this.network.scheduler.nowMs >= backoffUntilMs;
  }

  #backOff(peer: Peer): void {
    const { pruneBackoffMs, heartbeatMs } = this.#settings;
    const slackMs = BACKOFF_SLACK_HEARTBEATS * heartbeatMs;
    peer.backoffUntilMs = this.network.scheduler.nowMs + pruneBackoffMs + slackMs;
  }

  #forget(): void {
    for (const peer of this.#peers.values()) {
      peer.unwantedBefore = peer.unwanted;
      peer.unwanted = undefined;
    }
  }
}

const isUnwanted = ({ unwanted, unwantedBefore }: Peer, { number }: BaselineItem): boolean =>
  (unwanted?.has(number) ?? false) || (unwantedBefore?.has(number) ?? false);

/** Gossipsub with other settings than the published ones, under a name of its own. */
const gossipsubWith = (
  name: string,
  doc: string,
  changes: Partial<GossipsubSettings> = {},
): BaselineProtocol => {
  const settings = { ...GOSSIPSUB_SETTINGS, ...changes };
  return {
    name,
    doc,
    settleMs: () => SETTLE_MS,
    build: (options) =>
      buildNetwork<Message>(
        options,
        0,
        (surroundings, node) => new GossipsubHost(surroundings, settings, node),
      ),
  };
};

export const gossipsub = gossipsubWith(
  'gossipsub',
  'Gossipsub v1.1: a mesh of degree 8 (6-12), IHAVE to a quarter of the rest once a second.',
);

export const gossipsubIdontwant = gossipsubWith(
  'gossipsub-idontwant',
  'Gossipsub v1.2: as v1.1, and IDONTWANT before validation.',
  { idontwant: true },
);

/** To be held against the published figures; see bench/baselines.ts. */
export const gossipsubInStep = gossipsubWith(
  'gossipsub-in-step',
  'As gossipsub-idontwant, but all nodes start at once: their heartbeats stay in step.',
  { idontwant: true, startJitterMs: 0 },
);
