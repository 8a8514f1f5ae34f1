/** Remembers ids for a while: a set that forgets. Bounded; the oldest make room. */
export class RecentIds {
  /** Id -> when it was added, the oldest first. */
  readonly #addedAtMs = new Map<string, number>();
  readonly #most: number;
  readonly #keepMs: number;

  constructor(most: number, keepMs: number) {
    this.#most = most;
    this.#keepMs = keepMs;
  }

  get size(): number {
    return this.#addedAtMs.size;
  }

  /** Adds an id. False when it is remembered from before; that does not prolong its time. */
  add(id: string, nowMs: number): boolean {
    this.#forget(nowMs);
    if (this.#addedAtMs.has(id)) return false;
    this.#addedAtMs.set(id, nowMs);
    for (const oldest of this.#addedAtMs.keys()) {
      if (this.#addedAtMs.size <= this.#most) break;
      this.#addedAtMs.delete(oldest);
    }
    return true;
  }

  has(id: string, nowMs: number): boolean {
    this.#forget(nowMs);
    return this.#addedAtMs.has(id);
  }

  remove(id: string): void {
    this.#addedAtMs.delete(id);
  }

  #forget(nowMs: number): void {
    for (const [id, addedAtMs] of this.#addedAtMs) {
      if (nowMs - addedAtMs < this.#keepMs) return;
      this.#addedAtMs.delete(id);
    }
  }
}
