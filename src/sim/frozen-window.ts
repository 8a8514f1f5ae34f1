import type { LinkHost } from './link-host.js';

/**
 * What the two systems take of a connection whose reader stands still: Linux's buffers for
 * receiving (tcp_rmem, 128 KiB) and sending, about as much again.
 */
const FROZEN_WINDOW_BYTES = 262_144;

/** What is taken for the end of a connection whose process stands still. */
export class FrozenWindow {
  readonly #host: Pick<LinkHost<never>, 'isFrozen' | 'onThawed'>;
  #bytes = 0;

  constructor(host: Pick<LinkHost<never>, 'isFrozen' | 'onThawed'>) {
    this.#host = host;
  }

  /** No more is taken. */
  get isFull(): boolean {
    return this.#host.isFrozen && this.#bytes > FROZEN_WINDOW_BYTES;
  }

  /** So many bytes more are on their way. */
  fill(bytes: number): void {
    if (!this.#host.isFrozen) return;
    if (this.#bytes === 0) this.#host.onThawed(() => (this.#bytes = 0));
    this.#bytes += bytes;
  }
}
