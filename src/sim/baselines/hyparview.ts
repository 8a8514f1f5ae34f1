/**
 * HyParView (Leitão, Pereira, Rodrigues 2007): a small symmetric active view whose links are open
 * connections, and a larger passive view of addresses to mend it from.
 */
import { pick, sampled, type Random } from '../../core/prng.js';
import type { Host, HostNetwork } from './hosts.js';

export type HyparviewSettings = {
  readonly activeMax: number;
  readonly passiveMax: number;
  /** Hops of a FORWARD_JOIN: in all, and left when it puts the newcomer in a passive view. */
  readonly activeWalk: number;
  readonly passiveWalk: number;
  readonly shuffleMs: number;
  /** Hops of a SHUFFLE, and members of each view that it carries beside the sender. */
  readonly shuffleWalk: number;
  readonly shuffleActive: number;
  readonly shufflePassive: number;
};

/**
 * The paper's for 10,000 nodes, of which only the period of shuffles has no number in ms: ten
 * seconds as the daemon has it, our guess. The walk of a shuffle is as long as that of a join.
 */
export const HYPARVIEW_SETTINGS: HyparviewSettings = {
  activeMax: 5,
  passiveMax: 30,
  activeWalk: 6,
  passiveWalk: 3,
  shuffleMs: 10_000,
  shuffleWalk: 6,
  shuffleActive: 3,
  shufflePassive: 4,
};

export type HyparviewMessage =
  | { readonly type: 'join' }
  | { readonly type: 'forward-join'; readonly newcomer: number; readonly hopsLeft: number }
  | { readonly type: 'neighbor'; readonly isUrgent: boolean }
  | { readonly type: 'neighbor-answer'; readonly isAccepted: boolean }
  | { readonly type: 'disconnect' }
  | {
      readonly type: 'shuffle';
      readonly origin: number;
      readonly nodes: readonly number[];
      readonly hopsLeft: number;
    }
  | { readonly type: 'shuffle-reply'; readonly nodes: readonly number[] };

/** What the view is for: hears of the links that come and go. */
export type ViewListener = {
  neighborUp(peer: number): void;
  neighborDown(peer: number): void;
};

/** Why a connection is being dialled, or has been and waits for an answer. */
type Errand = 'join' | 'urgent' | 'polite';

export class Hyparview {
  readonly #host: Host<HyparviewMessage>;
  readonly #network: HostNetwork<HyparviewMessage>;
  readonly #settings: HyparviewSettings;
  readonly #random: Random;
  readonly #listener: ViewListener;
  readonly #active = new Set<number>();
  readonly #passive = new Set<number>();
  readonly #errands = new Map<number, Errand>();
  /** Have refused since the last shuffle: not asked again before the next. */
  readonly #refusedBy = new Set<number>();
  /** Nodes sent in the last shuffle: the first to give way to what it brings. */
  #shuffledOut: readonly number[] = [];
  #contact: () => number | undefined = () => undefined;

  constructor(
    host: Host<HyparviewMessage>,
    settings: HyparviewSettings,
    random: Random,
    listener: ViewListener,
  ) {
    this.#host = host;
    this.#network = host.network;
    this.#settings = settings;
    this.#random = random;
    this.#listener = listener;
  }

  get active(): ReadonlySet<number> {
    return this.#active;
  }

  get passive(): ReadonlySet<number> {
    return this.#passive;
  }

  /** Joins by a node that is known from elsewhere, another each time; undefined: is the first. */
  join(contact: () => number | undefined): void {
    this.#contact = contact;
    this.#joinBy(contact());
    const { shuffleMs } = this.#settings;
    // Nodes shuffle each at its own time.
    const firstMs = this.#random.below(shuffleMs) + 1;
    this.#network.scheduler.after(firstMs, () => this.#shuffle(), this.#host);
  }

  // ------------------------------------------------------------------ connections

  /** A connection that this host has dialled is there. */
  linked(peer: number): void {
    const errand = this.#errands.get(peer);
    if (errand === undefined) return;
    if (errand === 'polite') return this.#say(peer, { type: 'neighbor', isUrgent: false });
    this.#errands.delete(peer);
    const isJoin = errand === 'join';
    this.#say(peer, isJoin ? { type: 'join' } : { type: 'neighbor', isUrgent: true });
    this.#addActive(peer);
  }

  unreachable(peer: number): void {
    const wasContact = this.#errands.get(peer) === 'join';
    this.#errands.delete(peer);
    this.#passive.delete(peer);
    if (wasContact) this.#joinBy(this.#contact());
    else this.#mend();
  }

  lost(peer: number): void {
    const wasAsked = this.#errands.delete(peer);
    if (wasAsked) this.#passive.delete(peer);
    const wasActive = this.#removeActive(peer);
    if (wasAsked || wasActive) this.#mend();
  }

  received(peer: number, message: HyparviewMessage): void {
    switch (message.type) {
      case 'join':
        return this.#receiveJoin(peer);
      case 'forward-join':
        return this.#receiveForwardJoin(peer, message.newcomer, message.hopsLeft);
      case 'neighbor':
        return this.#receiveNeighbor(peer, message.isUrgent);
      case 'neighbor-answer':
        return this.#receiveAnswer(peer, message.isAccepted);
      case 'disconnect':
        if (!this.#removeActive(peer)) return;
        this.#network.close(this.#host, peer);
        this.#addPassive([peer]);
        return this.#mend();
      case 'shuffle':
        return this.#receiveShuffle(peer, message);
      case 'shuffle-reply':
        this.#addPassive(message.nodes);
    }
  }

  // ------------------------------------------------------------------ joining

  #joinBy(contact: number | undefined): void {
    if (contact !== undefined) this.#dial(contact, 'join');
  }

  #receiveJoin(newcomer: number): void {
    this.#addActive(newcomer);
    for (const peer of this.#active) {
      if (peer === newcomer) continue;
      const hopsLeft = this.#settings.activeWalk;
      this.#say(peer, { type: 'forward-join', newcomer, hopsLeft });
    }
  }

  #receiveForwardJoin(sender: number, newcomer: number, hopsLeft: number): void {
    if (hopsLeft === 0 || this.#active.size <= 1) return this.#dial(newcomer, 'urgent');
    if (hopsLeft === this.#settings.passiveWalk) this.#addPassive([newcomer]);
    const next = this.#pickActive((peer) => peer !== sender && peer !== newcomer);
    if (next === undefined) return this.#dial(newcomer, 'urgent');
    this.#say(next, { type: 'forward-join', newcomer, hopsLeft: hopsLeft - 1 });
  }

  #receiveNeighbor(peer: number, isUrgent: boolean): void {
    const isAccepted =
      isUrgent || this.#active.has(peer) || this.#active.size < this.#settings.activeMax;
    if (!isUrgent) this.#say(peer, { type: 'neighbor-answer', isAccepted });
    if (isAccepted) this.#addActive(peer);
  }

  #receiveAnswer(peer: number, isAccepted: boolean): void {
    if (!this.#errands.delete(peer)) return;
    if (isAccepted) return this.#addActive(peer);
    if (!this.#active.has(peer)) this.#network.close(this.#host, peer);
    this.#refusedBy.add(peer);
    this.#mend();
  }

  // ------------------------------------------------------------------ views

  #addActive(peer: number): void {
    if (this.#active.has(peer)) return;
    while (this.#active.size >= this.#settings.activeMax) this.#dropOne();
    this.#passive.delete(peer);
    this.#active.add(peer);
    this.#listener.neighborUp(peer);
  }

  #dropOne(): void {
    const peer = this.#pickActive();
    if (peer === undefined) return;
    this.#say(peer, { type: 'disconnect' });
    this.#removeActive(peer);
    this.#network.close(this.#host, peer);
    this.#addPassive([peer]);
  }

  #removeActive(peer: number): boolean {
    const wasActive = this.#active.delete(peer);
    if (wasActive) this.#listener.neighborDown(peer);
    return wasActive;
  }

  /** A free place is filled from the passive view: one candidate for each place, at a time. */
  #mend(): void {
    const free = this.#settings.activeMax - this.#active.size - this.#errands.size;
    if (free <= 0) return;
    const candidates = [...this.#passive].filter(
      (peer) => !this.#refusedBy.has(peer) && !this.#errands.has(peer),
    );
    for (const peer of sampled(candidates, free, this.#random)) {
      this.#dial(peer, this.#active.size === 0 ? 'urgent' : 'polite');
    }
  }

  #addPassive(nodes: readonly number[]): void {
    for (const node of nodes) {
      if (node === this.#host.number || this.#active.has(node) || this.#passive.has(node)) continue;
      if (this.#passive.size >= this.#settings.passiveMax) this.#forgetOne();
      this.#passive.add(node);
    }
  }

  #forgetOne(): void {
    const known = this.#shuffledOut.find((node) => this.#passive.has(node));
    const node = known ?? pick([...this.#passive], this.#random);
    if (node !== undefined) this.#passive.delete(node);
  }

  // ------------------------------------------------------------------ shuffling

  #shuffle(): void {
    const { shuffleMs, shuffleActive, shufflePassive, shuffleWalk } = this.#settings;
    this.#network.scheduler.after(shuffleMs, () => this.#shuffle(), this.#host);
    this.#refusedBy.clear();
    const peer = this.#pickActive();
    if (peer === undefined) return this.#mend();
    const active = sampled([...this.#active], shuffleActive, this.#random);
    const passive = this.#somePassive(shufflePassive);
    const origin = this.#host.number;
    this.#shuffledOut = passive;
    const nodes = [origin, ...active, ...passive];
    this.#say(peer, { type: 'shuffle', origin, nodes, hopsLeft: shuffleWalk });
    // Places that nobody could fill when they fell free are tried again at each shuffle.
    this.#mend();
  }

  #receiveShuffle(sender: number, message: HyparviewMessage & { readonly type: 'shuffle' }): void {
    const { origin, nodes } = message;
    const hopsLeft = message.hopsLeft - 1;
    const next = this.#pickActive((peer) => peer !== sender && peer !== origin);
    if (hopsLeft > 0 && next !== undefined) return this.#say(next, { ...message, hopsLeft });
    if (origin === this.#host.number) return;
    const reply = this.#somePassive(nodes.length);
    this.#network.sendOnce(this.#host, origin, { type: 'shuffle-reply', nodes: reply });
    this.#shuffledOut = reply;
    this.#addPassive(nodes);
  }

  #somePassive(count: number): readonly number[] {
    return sampled([...this.#passive], count, this.#random);
  }

  #pickActive(isWanted: (peer: number) => boolean = () => true): number | undefined {
    return pick([...this.#active].filter(isWanted), this.#random);
  }

  #dial(peer: number, errand: Errand): void {
    if (peer === this.#host.number || this.#active.has(peer) || this.#errands.has(peer)) return;
    this.#errands.set(peer, errand);
    if (this.#network.isConnected(this.#host.number, peer)) return this.linked(peer);
    this.#network.dial(this.#host, peer);
  }

  #say(peer: number, message: HyparviewMessage): void {
    this.#network.send(this.#host, peer, message);
  }
}
