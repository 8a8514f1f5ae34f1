type Waiter = {
  readonly matches: (line: string) => boolean;
  readonly found: (line: string) => void;
  readonly never: (error: Error) => void;
};

const TAIL_LINES = 20;

/** The lines of one run of a daemon, those to come included. */
export class LogLines {
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  #waiters: Waiter[] = [];
  #ended = false;

  add(stream: 'stdout' | 'stderr', line: string): void {
    this[stream].push(line);
    if (stream === 'stdout') return;
    const matched = this.#waiters.filter(({ matches }) => matches(line));
    this.#waiters = this.#waiters.filter((waiter) => !matched.includes(waiter));
    for (const { found } of matched) found(line);
  }

  /** No more lines will come. */
  end(): void {
    this.#ended = true;
    for (const { never } of this.#waiters.splice(0)) never(this.#endedError());
  }

  /** The first line of stderr that matches; rejects when the daemon ends without one. */
  waitFor(matches: (line: string) => boolean): Promise<string> {
    const past = this.stderr.find(matches);
    if (past !== undefined) return Promise.resolve(past);
    if (this.#ended) return Promise.reject(this.#endedError());
    return new Promise((found, never) => this.#waiters.push({ matches, found, never }));
  }

  /** The last lines, for the message of a test that fails. */
  tail(): string {
    return this.stderr.slice(-TAIL_LINES).join('\n');
  }

  #endedError(): Error {
    return new Error(`the daemon ended without that log line\n${this.tail()}`);
  }
}
