/**
 * How badly peers have behaved lately: points per identity, which fade. Points decide whom we would
 * rather dial and who gives way; with enough of them a peer is put aside, longer each time. No
 * single offence is enough for that.
 */

/**
 * `broken promises`: of what it offers by HAVE it does not send most when asked. `invalid items`:
 * most of what it is the first to bring is not well-formed. `protocol error`: it broke the protocol
 * on an established connection. `rate excess`: it was closed for sending too much.
 */
export type Offence = 'broken promises' | 'invalid items' | 'protocol error' | 'rate excess';

/**
 * Our guesses. Three links lost to the protocol or to rates within half an hour are no accident.
 * Promises and items are counted by the dozen already before they are an offence. Invalid items
 * weigh least: whoever passes one on has found it valid by modules of its own, so they say more of
 * its origin, or of two versions of a module, than of the peer.
 */
const POINTS: Readonly<Record<Offence, number>> = {
  'broken promises': 20,
  'invalid items': 5,
  'protocol error': 40,
  'rate excess': 40,
};
/** With so many points a peer is put aside; more than any one offence gives. */
export const ASIDE_POINTS = 100;
/** Points are half in half an hour; our guess. */
export const HALF_LIFE_MS = 1_800_000;
/** Fewer points than this are none. */
const LEAST_POINTS = 1;
/** How long a peer is put aside at first, twice as long each further time, a day at most. */
export const OFFENDER_ASIDE_FIRST_MS = 600_000;
export const OFFENDER_ASIDE_MAX_MS = 86_400_000;
/** Identities with points; each has cost a proof of work. Our guess. */
export const OFFENDERS_MAX = 512;

/** What is known of one identity. Times are wall-clock milliseconds since 1970. */
export type Offender = {
  /** Hex of the 32 B identity, lower case. */
  readonly identity: string;
  /** As they were at `atMs`. */
  readonly points: number;
  readonly atMs: number;
  /** How often it has been put aside. */
  readonly timesAside: number;
  /** Neither dialled, nor linked with, nor told of until then; 0: never was put aside. */
  readonly asideUntilMs: number;
};

/** A clock that was put back makes nobody older, nor an end further away than it can have been. */
const pointsAt = ({ points, atMs }: Offender, nowMs: number): number =>
  points * 2 ** (-Math.max(0, nowMs - atMs) / HALF_LIFE_MS);

const isAsideAt = ({ asideUntilMs }: Offender, nowMs: number): boolean =>
  asideUntilMs > nowMs && asideUntilMs - nowMs <= OFFENDER_ASIDE_MAX_MS;

/** Forgotten a day after it was last put aside, and when its points have faded. */
const isForgiven = (offender: Offender, nowMs: number): boolean =>
  pointsAt(offender, nowMs) < LEAST_POINTS &&
  Math.abs(nowMs - offender.asideUntilMs) > OFFENDER_ASIDE_MAX_MS;

/** Bounded by `offendersMax`: who has the fewest points makes room. */
export class Offenders {
  readonly #byIdentity = new Map<string, Offender>();
  readonly #offendersMax: number;
  #changes = 0;

  constructor(offendersMax = OFFENDERS_MAX) {
    this.#offendersMax = offendersMax;
  }

  get size(): number {
    return this.#byIdentity.size;
  }

  /** Grows with whatever is to be saved. */
  get changes(): number {
    return this.#changes;
  }

  /** Notes an offence. For how many milliseconds the peer is put aside now, if it is. */
  note(identity: string, offence: Offence, nowMs: number): number | undefined {
    const before = this.#byIdentity.get(identity) ?? unknown(identity);
    const points = pointsAt(before, nowMs) + POINTS[offence];
    const isEnough = points >= ASIDE_POINTS && !isAsideAt(before, nowMs);
    if (!isEnough) {
      this.#put({ ...before, points, atMs: nowMs }, nowMs);
      return undefined;
    }
    const termMs = Math.min(
      OFFENDER_ASIDE_MAX_MS,
      OFFENDER_ASIDE_FIRST_MS * 2 ** before.timesAside,
    );
    const timesAside = before.timesAside + 1;
    // It has paid half: when it is back, one offence alone does not put it aside again.
    const paid = { points: points / 2, atMs: nowMs, timesAside, asideUntilMs: nowMs + termMs };
    this.#put({ ...before, ...paid }, nowMs);
    return termMs;
  }

  /** The points of an identity, as they are now. */
  points(identity: string, nowMs: number): number {
    const offender = this.#byIdentity.get(identity);
    return offender === undefined ? 0 : pointsAt(offender, nowMs);
  }

  isAside(identity: string, nowMs: number): boolean {
    const offender = this.#byIdentity.get(identity);
    return offender !== undefined && isAsideAt(offender, nowMs);
  }

  /** Forgets what is known of one identity, or of all. How many that were. */
  forgive(identity?: string): number {
    const before = this.#byIdentity.size;
    if (identity === undefined) this.#byIdentity.clear();
    else this.#byIdentity.delete(identity);
    const forgiven = before - this.#byIdentity.size;
    this.#changes += forgiven;
    return forgiven;
  }

  /** Everybody with points, or put aside; whoever is forgiven by now is forgotten. */
  all(nowMs: number): Offender[] {
    for (const offender of [...this.#byIdentity.values()]) {
      if (isForgiven(offender, nowMs)) this.#byIdentity.delete(offender.identity);
    }
    return [...this.#byIdentity.values()];
  }

  /** Enters what an earlier run knew. */
  restore(offenders: readonly Offender[], nowMs: number): void {
    for (const offender of offenders) {
      const atMs = Math.min(offender.atMs, nowMs);
      if (!isForgiven(offender, nowMs)) this.#put({ ...offender, atMs }, nowMs);
    }
  }

  #put(offender: Offender, nowMs: number): void {
    this.#changes += 1;
    this.#byIdentity.set(offender.identity, offender);
    if (this.#byIdentity.size <= this.#offendersMax) return;
    // Rare: whoever is new here has paid with a proof of work.
    const weight = (other: Offender): number =>
      pointsAt(other, nowMs) + (isAsideAt(other, nowMs) ? ASIDE_POINTS : 0);
    const least = [...this.#byIdentity.values()].reduce((one, other) =>
      weight(other) < weight(one) ? other : one,
    );
    this.#byIdentity.delete(least.identity);
  }
}

const unknown = (identity: string): Offender => ({
  identity,
  points: 0,
  atMs: 0,
  timesAside: 0,
  asideUntilMs: 0,
});
