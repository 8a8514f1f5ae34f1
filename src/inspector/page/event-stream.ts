/**
 * The text of server-sent events, cut into events. It is read from `fetch`, not by
 * EventSource, which cannot send a token in a header nor say that it was refused.
 */

/** An event longer than this, in characters, is not ours; the stream is given up. */
export const EVENT_CHARACTERS_MAX = 67_108_864;

/** One event; without a name of its own it is a "message". */
export type StreamEvent = { readonly name: string; readonly data: string };

export class EventStreamReader {
  #rest: string[] = [];
  #restLength = 0;
  #data: string[] = [];
  #name = '';

  /** The events that are complete with this piece of text. Throws when one never ends. */
  read(piece: string): StreamEvent[] {
    const events: StreamEvent[] = [];
    let start = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', start)) {
      this.#rest.push(piece.slice(start, end));
      const line = this.#rest.join('').replace(/\r$/, '');
      this.#rest = [];
      this.#restLength = 0;
      start = end + 1;
      if (line === '') {
        if (this.#data.length > 0) {
          events.push({ name: this.#name || 'message', data: this.#data.join('\n') });
        }
        this.#data = [];
        this.#name = '';
      } else if (line.startsWith('data:')) {
        this.#data.push(valueOf(line, 'data:'));
      } else if (line.startsWith('event:')) {
        this.#name = valueOf(line, 'event:');
      }
    }
    this.#rest.push(piece.slice(start));
    this.#restLength += piece.length - start;
    if (this.#restLength > EVENT_CHARACTERS_MAX) throw new Error('an event without end');
    return events;
  }
}

const valueOf = (line: string, field: string): string => {
  const value = line.slice(field.length);
  return value.startsWith(' ') ? value.slice(1) : value;
};
