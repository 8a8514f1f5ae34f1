import type { Terminal } from '../terminal.js';

const COLUMNS = 30;
/** A run that is over sooner shows no bar: it would only flicker. */
const SHOWN_AFTER_MS = 1_000;

/** How far a long task is, on one line that replaces itself. */
export class ProgressBar {
  readonly #terminal: Terminal;
  readonly #total: number;
  readonly #startMs = performance.now();
  #line = '';

  constructor(terminal: Terminal, total: number) {
    this.#terminal = terminal;
    this.#total = total;
  }

  /** So many of the total are done; parts count. */
  show(done: number): void {
    const spentMs = performance.now() - this.#startMs;
    if (spentMs < SHOWN_AFTER_MS) return;
    const share = this.#total === 0 ? 1 : done / this.#total;
    const full = Math.round(share * COLUMNS);
    const bar = '█'.repeat(full) + '░'.repeat(COLUMNS - full);
    const leftS = share > 0 ? (spentMs * (1 - share)) / share / 1_000 : NaN;
    const left = Number.isFinite(leftS) ? `, about ${Math.ceil(leftS)} s left` : '';
    this.#line = `${bar} ${Math.floor(done)} of ${this.#total} runs${left}`;
    this.#terminal.status(this.#line);
  }

  /** Writes something in its place, and shows it again below. */
  above(write: () => void): void {
    this.#terminal.status('');
    write();
    if (this.#line !== '') this.#terminal.status(this.#line);
  }

  end(): void {
    if (this.#line !== '') this.#terminal.status('');
    this.#line = '';
  }
}
