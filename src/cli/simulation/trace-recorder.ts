/**
 * Writes what daemons of a world do into a trace file, as the inspector would save it. Bounded: the
 * first nodes only, and so many records; the note at the end says what was left out.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { formatAddress } from '../../common/address.js';
import { Observer } from '../../inspector/observer.js';
import type { TraceRecord } from '../../inspector/protocol.js';
import { formatTrace } from '../../inspector/trace-text.js';
import type { WorldNode } from '../../sim/world.js';

/** Nodes that a trace shows: more than a person can follow. */
export const TRACED_NODES_MAX = 20;
/** Records of a trace; about 100 MB. */
export const TRACED_RECORDS_MAX = 250_000;

export class TraceRecorder {
  readonly #path: string;
  readonly #file: number;
  readonly #names = new Set<string>();
  readonly #stops: (() => void)[] = [];
  #records = 0;
  #left = 0;
  #unseen = 0;

  /** @throws Error when the file cannot be written. */
  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'w');
  }

  /** Watches a daemon from its start on, if it is one of the first. */
  readonly watch = (node: WorldNode): void => {
    const { name, daemon, identity, address, clock, endpoint } = node;
    if (!this.#names.has(name) && this.#names.size >= TRACED_NODES_MAX) {
      this.#unseen += 1;
      return;
    }
    this.#names.add(name);
    const observer = new Observer({
      daemon,
      identity: identity.toString('hex'),
      agent: `hearsay/sim ${name}`,
      p2p: formatAddress(address),
      api: 'none',
      control: false,
      // The file is the memory: nothing is kept beside it.
      ring: 1,
      clock: clock.forOnlooker(),
      unsentBytes: (connection) => endpoint.port.unsentBytes(connection),
      log: (_level, what, fields) => {
        throw new Error(`${what}: ${String(fields?.['reason'])}`);
      },
    });
    const stop = observer.subscribe((records) => {
      this.#write(records);
      return undefined;
    });
    this.#stops.push(stop);
  };

  /** Ends the file. Says what it holds. */
  close(): string {
    for (const stop of this.#stops) stop();
    closeSync(this.#file);
    const nodes = `${this.#names.size} nodes${this.#unseen > 0 ? `, ${this.#unseen} not` : ''}`;
    const left = this.#left > 0 ? `, ${this.#left} more were left out` : '';
    return `${this.#path}: a trace of ${nodes}, ${this.#records} records${left}`;
  }

  #write(records: readonly TraceRecord[]): void {
    const room = Math.max(0, TRACED_RECORDS_MAX - this.#records);
    const some = records.slice(0, room);
    this.#left += records.length - some.length;
    this.#records += some.length;
    if (some.length > 0) writeSync(this.#file, formatTrace(some));
  }
}
