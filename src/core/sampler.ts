import type { PeerAddress } from '../wire/messages.js';
import { keyedHash, type HashKey } from './keyed-hash.js';
import { exempt, networkOf } from './networks.js';
import type { Random } from './prng.js';

/** Somebody whom a slot may be given to. */
export type Candidate = {
  readonly address: PeerAddress;
  /** Hex of the 32 B identity. */
  readonly identity: string;
};

/** Smaller is better; by network first, by identity and address within one. */
type Rank = readonly [network: number, itself: number];
type Ranked = { readonly candidate: Candidate; readonly rank: Rank };

type Slot = {
  key: HashKey;
  /** The best of all that was heard of under this key. */
  best: Ranked | undefined;
  /** Connection that is, or is to become, the link of this slot. */
  holder: number | undefined;
  /** The holder is a link. */
  isLinked: boolean;
  /** Connection that is to take the holder's place. */
  heir: number | undefined;
  /** Dials for it that came to nothing, since the last that did not. */
  failures: number;
  /** Counts up with each draw of any slot: the smallest was drawn longest ago. */
  drawn: number;
};

export type SamplerOptions = {
  /** Links to be drawn. */
  readonly slots: number;
  /** True: every host of a loopback or private range is a network of its own. */
  readonly lab: boolean;
  readonly random: Random;
};

const WORD = 2 ** 32;

/**
 * Draws the links that are to be beyond anybody's influence, after BASALT (Auvolat, Bromberg, Frey,
 * Taïani 2021). Each slot has a secret key, under which candidates are ranked: by the hash of their
 * network (/24, IPv6: /48) first, so that all the identities of one network compete as one, however
 * many they are and however often they are told of. A slot remembers the best that was heard of
 * since its key was made, and a new key is made when its link has been made: so a draw looks back
 * on all that was told since the last one, and a flood of addresses displaces nobody.
 *
 * It knows which connection a slot was given to, and dials nobody.
 */
export class Sampler {
  readonly #options: SamplerOptions;
  readonly #slots: Slot[];
  readonly #byConnection = new Map<number, Slot>();
  #draws = 0;

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.slots }, () => ({
      key: this.#newKey(),
      best: undefined,
      holder: undefined,
      isLinked: false,
      heir: undefined,
      failures: 0,
      drawn: 0,
    }));
  }

  /** Links that have been drawn, and are. */
  get linkedCount(): number {
    return this.#slots.filter(({ isLinked }) => isLinked).length;
  }

  /** Numbers of the slots without a link or a dial under way. */
  vacant(): number[] {
    return [...this.#slots.keys()].filter((slot) => this.#slots[slot]?.holder === undefined);
  }

  /** The slot whose link was drawn longest ago and may go; undefined: none. */
  oldest(mayGo: (connection: number) => boolean): number | undefined {
    let oldest: number | undefined;
    let drawn = Infinity;
    for (const [number, slot] of this.#slots.entries()) {
      const { holder, isLinked, heir } = slot;
      if (holder === undefined || !isLinked || heir !== undefined || slot.drawn >= drawn) continue;
      if (!mayGo(holder)) continue;
      oldest = number;
      drawn = slot.drawn;
    }
    return oldest;
  }

  /** Somebody was heard of, or proved. */
  offer(candidate: Candidate): void {
    const network = this.#networkOf(candidate);
    for (const slot of this.#slots) {
      const { best } = slot;
      const first = keyedHash(slot.key, network);
      if (best !== undefined && first > best.rank[0]) continue;
      const rank = [first, keyedHash(slot.key, nameOf(candidate))] as const;
      if (best === undefined || isBetter(rank, best.rank)) slot.best = { candidate, rank };
    }
  }

  /** The address book has forgotten somebody: no slot draws who answers there no more. */
  forget(candidate: Candidate): void {
    const name = nameOf(candidate);
    for (const slot of this.#slots) {
      if (slot.best !== undefined && nameOf(slot.best.candidate) === name) slot.best = undefined;
    }
  }

  /**
   * Whom to dial for a slot: the best of `among` and, unless its last dials have failed, of all
   * that was heard of. Undefined when nobody is eligible.
   */
  draw(
    number: number,
    among: readonly Candidate[],
    isEligible: (candidate: Candidate) => boolean,
  ): Candidate | undefined {
    const slot = this.#slot(number);
    const heard = slot.failures === 0 ? slot.best : undefined;
    let best = heard !== undefined && isEligible(heard.candidate) ? heard : undefined;
    for (const candidate of among) {
      const first = keyedHash(slot.key, this.#networkOf(candidate));
      if (best !== undefined && first > best.rank[0]) continue;
      const rank = [first, keyedHash(slot.key, nameOf(candidate))] as const;
      if (best !== undefined && !isBetter(rank, best.rank)) continue;
      if (isEligible(candidate)) best = { candidate, rank };
    }
    return best?.candidate;
  }

  /** True when the last dials for a slot came to nothing. */
  hasFailed(number: number): boolean {
    return this.#slot(number).failures > 0;
  }

  /** A connection was dialled for a slot: to be its link, or to take the place of its link. */
  give(number: number, connection: number): void {
    const slot = this.#slot(number);
    this.#draws += 1;
    slot.drawn = this.#draws;
    if (slot.holder === undefined) slot.holder = connection;
    else slot.heir = connection;
    this.#byConnection.set(connection, slot);
  }

  /**
   * The connection has become a link. Returns the one whose place it took, which no slot holds any
   * more; undefined when there was none. A new key is made for the next draw.
   */
  linked(connection: number): number | undefined {
    const slot = this.#byConnection.get(connection);
    if (slot === undefined || (slot.isLinked && slot.holder === connection)) return undefined;
    const replaced = slot.heir === connection ? slot.holder : undefined;
    if (replaced !== undefined) this.#byConnection.delete(replaced);
    slot.holder = connection;
    slot.heir = undefined;
    slot.isLinked = true;
    slot.failures = 0;
    slot.best = undefined;
    slot.key = this.#newKey();
    return replaced;
  }

  /** The connection is over, or its link belongs to another group now: its slot is vacant. */
  release(connection: number): void {
    const slot = this.#byConnection.get(connection);
    if (slot === undefined) return;
    this.#byConnection.delete(connection);
    if (slot.heir === connection) {
      slot.heir = undefined;
      slot.failures += 1;
      return;
    }
    // What came to nothing is not drawn again before something else was.
    if (!slot.isLinked) slot.failures += 1;
    slot.holder = slot.heir;
    slot.heir = undefined;
    slot.isLinked = false;
  }

  /** True when the link of this connection was drawn. */
  holds(connection: number): boolean {
    const slot = this.#byConnection.get(connection);
    return slot?.holder === connection && slot.isLinked;
  }

  #slot(number: number): Slot {
    const slot = this.#slots[number];
    if (slot === undefined) throw new RangeError(`no slot ${number}`);
    return slot;
  }

  #networkOf({ address, identity }: Candidate): string {
    return exempt(address.host, this.#options.lab) ? identity : networkOf(address.host);
  }

  #newKey(): HashKey {
    const { random } = this.#options;
    return [random.below(WORD) | 0, random.below(WORD) | 0];
  }
}

const isBetter = (one: Rank, other: Rank): boolean =>
  one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]);

const nameOf = ({ address, identity }: Candidate): string =>
  `${address.host} ${address.port} ${identity}`;
