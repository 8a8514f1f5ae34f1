import { Readable } from 'node:stream';
import type { Terminal } from '../../../src/cli/terminal.js';

/** A terminal that keeps what is written to it. */
export class FakeTerminal implements Terminal {
  readonly stdin: Readable;
  readonly #out: Buffer[] = [];
  readonly #err: string[] = [];
  readonly #interruption = new AbortController();

  constructor(input: Iterable<Uint8Array | string> = []) {
    this.stdin = Readable.from([...input].map((chunk) => Buffer.from(chunk)));
  }

  get stdout(): string {
    return Buffer.concat(this.#out).toString();
  }

  get stderr(): readonly string[] {
    return this.#err;
  }

  out(text: string | Uint8Array): Promise<void> {
    this.#out.push(Buffer.from(text));
    return Promise.resolve();
  }

  status(): void {
    // Nobody looks.
  }

  err(line: string): void {
    this.#err.push(line);
  }

  interrupted(): AbortSignal {
    return this.#interruption.signal;
  }

  /** What Ctrl-C does. */
  interrupt(): void {
    this.#interruption.abort();
  }
}
