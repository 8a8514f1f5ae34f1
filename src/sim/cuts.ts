/**
 * What does not pass in a network: cut paths, in one direction or both, and a partition. Whoever
 * has something to send may wait until it passes again.
 */

/** The directed paths of a network that nothing passes. */
export class Cuts {
  /** Nothing is cut at all: asked for every message. */
  #isWhole = true;
  /** Cut paths, each as "from|to". */
  readonly #paths = new Set<string>();
  /** Which part a host belongs to; undefined: whole. */
  #partOf: ((host: string) => number | string) | undefined;
  /** Hosts that nothing reaches and that reach nobody. */
  readonly #lonely = new Set<string>();
  /** Hosts whom nobody hears, and hosts that hear nobody. */
  readonly #unheard = new Set<string>();
  readonly #deaf = new Set<string>();
  /** Who waits to send, by path, in order of their coming. */
  readonly #waiting = new Map<string, { readonly from: string; readonly to: string; on: OnOpen }>();

  isCut(fromHost: string, toHost: string): boolean {
    if (this.#isWhole) return false;
    if (this.#lonely.has(fromHost) || this.#lonely.has(toHost)) return true;
    if (this.#unheard.has(fromHost) || this.#deaf.has(toHost)) return true;
    if (this.#partOf !== undefined && this.#partOf(fromHost) !== this.#partOf(toHost)) return true;
    return this.#paths.has(pathOf(fromHost, toHost));
  }

  /** Nothing passes from one to the other any more; the other way it does. */
  cutOneWay(fromHost: string, toHost: string): void {
    this.#paths.add(pathOf(fromHost, toHost));
    this.#isWhole = false;
  }

  /** Nothing passes to or from a host any more. */
  isolate(host: string): void {
    this.#lonely.add(host);
    this.#isWhole = false;
  }

  /** What a host sends reaches nobody (`out`), or what others send does not reach it (`in`). */
  muffle(host: string, direction: 'out' | 'in'): void {
    (direction === 'out' ? this.#unheard : this.#deaf).add(host);
    this.#isWhole = false;
  }

  /** Hosts of different parts do not reach each other any more; another partition ends this one. */
  partition(partOf: (host: string) => number | string): void {
    this.#partOf = partOf;
    this.#release();
  }

  healOneWay(fromHost: string, toHost: string): void {
    this.#paths.delete(pathOf(fromHost, toHost));
    this.#release();
  }

  /** Ends what `isolate` began. */
  rejoin(host: string): void {
    this.#lonely.delete(host);
    this.#release();
  }

  /** Ends what `muffle` began. */
  unmuffle(host: string, direction: 'out' | 'in'): void {
    (direction === 'out' ? this.#unheard : this.#deaf).delete(host);
    this.#release();
  }

  /** Ends the partition. */
  unite(): void {
    this.#partOf = undefined;
    this.#release();
  }

  /** Has `goOn` called once the path is open. */
  onOpen(fromHost: string, toHost: string, goOn: () => void): void {
    const path = pathOf(fromHost, toHost);
    const known = this.#waiting.get(path);
    if (known === undefined) {
      this.#waiting.set(path, { from: fromHost, to: toHost, on: new Set([goOn]) });
    } else {
      known.on.add(goOn);
    }
  }

  /** Something was healed, or cut elsewhere. */
  #release(): void {
    const sets = [this.#paths, this.#lonely, this.#unheard, this.#deaf];
    this.#isWhole = this.#partOf === undefined && sets.every(({ size }) => size === 0);
    for (const [path, { from, to, on }] of [...this.#waiting]) {
      if (this.isCut(from, to)) continue;
      this.#waiting.delete(path);
      for (const goOn of on) goOn();
    }
  }
}

type OnOpen = Set<() => void>;

const pathOf = (fromHost: string, toHost: string): string => `${fromHost}|${toHost}`;
