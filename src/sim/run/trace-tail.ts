/** The last things that happened, kept for the case that something is found wrong. */
import { peerMessageText, type TraceNames } from '../../runtime/trace-words.js';
import type { PeerMessage } from '../../wire/messages.js';

/** Entries kept. */
export const TAIL_ENTRIES_MAX = 60;
/** Characters of a line; lists of ids are longer than anybody reads. */
const LINE_CHARS_MAX = 160;

type Entry =
  | { readonly atMs: number; readonly note: string }
  | {
      readonly atMs: number;
      readonly from: string;
      readonly to: string;
      readonly message: PeerMessage;
    };

/** A ring of messages and notes; they become words only when somebody asks. */
export class TraceTail {
  readonly #names: TraceNames;
  readonly #entries: Entry[] = [];
  #next = 0;

  constructor(names: TraceNames) {
    this.#names = names;
  }

  message(atMs: number, from: string, to: string, message: PeerMessage): void {
    this.#add({ atMs, from, to, message });
  }

  note(atMs: number, note: string): void {
    this.#add({ atMs, note });
  }

  /** A line each, the oldest first. */
  lines(): string[] {
    const inOrder = [...this.#entries.slice(this.#next), ...this.#entries.slice(0, this.#next)];
    return inOrder.map((entry) => {
      const time = `${entry.atMs.toFixed(1)} ms`.padStart(14);
      if ('note' in entry) return `${time}  -- ${entry.note}`;
      const [from, to] = [entry.from, entry.to].map((host) => this.#names.host(host) ?? host);
      const { message } = entry;
      const line = `${from} -> ${to}  ${message.type} ${peerMessageText(message, this.#names)}`;
      const isLong = line.length > LINE_CHARS_MAX;
      return `${time}  ${isLong ? `${line.slice(0, LINE_CHARS_MAX)}…` : line}`;
    });
  }

  #add(entry: Entry): void {
    this.#entries[this.#next] = entry;
    this.#next = (this.#next + 1) % TAIL_ENTRIES_MAX;
  }
}
