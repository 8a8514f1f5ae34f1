/**
 * The pages that are told at the same time. Their number is bounded, and yet whoever comes is let
 * in: another gives way, and is told so.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PageStream } from './page-stream.js';
import type { TraceSource } from './source.js';

/** Pages that are told at once. Our guess. */
export const STREAMS_MAX = 16;

const GIVES_WAY = `another page took this place: at most ${STREAMS_MAX} are told at once`;

/** What decides who gives way. */
export type Seat = {
  /** Where the page connected from. */
  readonly address: string;
  /** It was told so much that it has not read that it is told nothing any more. */
  readonly isStuck: boolean;
};

/**
 * Who of these, in the order in which they came, gives way to a newcomer from that address: whoever
 * does not read; else whoever came first from the address that has the most. So one host that opens
 * page after page drives out its own.
 */
export const whoGivesWay = <Page extends Seat>(
  pages: readonly Page[],
  newcomer: string,
): Page | undefined => {
  const stuck = pages.find(({ isStuck }) => isStuck);
  if (stuck !== undefined) return stuck;
  const counts = new Map([[newcomer, 1]]);
  for (const { address } of pages) counts.set(address, (counts.get(address) ?? 0) + 1);
  const most = Math.max(...pages.map(({ address }) => counts.get(address) ?? 0));
  const isCrowded = (address: string): boolean => counts.get(address) === most;
  return (
    pages.find(({ address }) => address === newcomer && isCrowded(address)) ??
    pages.find(({ address }) => isCrowded(address))
  );
};

type OpenPage = Seat & { readonly stream: PageStream; readonly socket: Socket | null };

export class OpenPages {
  readonly #pages = new Set<OpenPage>();

  get size(): number {
    return this.#pages.size;
  }

  /** Whether one of them is at the other end. */
  has(socket: Socket): boolean {
    for (const page of this.#pages) if (page.socket === socket) return true;
    return false;
  }

  /** Tells the page what the sources tell, from now on. */
  open(response: ServerResponse, sources: readonly TraceSource[]): void {
    const { socket } = response;
    const address = socket?.remoteAddress ?? '';
    if (this.#pages.size >= STREAMS_MAX) {
      const leaving = whoGivesWay([...this.#pages], address);
      leaving?.stream.displace(GIVES_WAY);
      if (leaving !== undefined) this.#pages.delete(leaving);
    }
    const stream = new PageStream(response, sources);
    const page: OpenPage = {
      ...{ address, socket, stream },
      get isStuck() {
        return stream.isStuck;
      },
    };
    this.#pages.add(page);
    response.on('close', () => this.#pages.delete(page));
  }

  /** Ends them all. */
  close(): void {
    for (const { stream } of this.#pages) stream.close();
  }
}
