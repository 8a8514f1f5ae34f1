import { hostOf } from './active-view.js';
import { networkOf } from './networks.js';
import type { PeerAddress } from '../wire/messages.js';

/** What looks like somebody cutting us off. */
export type IsolationAlarm = 'outbound links lost' | 'one network left' | 'links exchanged';

/** Outbound links that died within this time, the last of them included; our guess. */
export const LOST_TOGETHER_MS = 10_000;
/** So many at least, since two can be chance; our guess. */
const LOST_TOGETHER = 4;
/** Of the links that were there when this time began, some were lost within it; our guess. */
export const EXCHANGED_MS = 60_000;
/** So many at least, and this share of them; our guesses. */
const EXCHANGED = 6;
const EXCHANGED_SHARE = 3 / 4;
/** Networks that were there before only one was left; our guess. */
const NETWORKS_BEFORE = 3;
/** Losses that are remembered: as many as there can be links (`max_connections`). */
export const LOSSES_MAX = 256;

/** A link as far as it matters here. */
export type WatchedLink = {
  readonly direction: 'inbound' | 'outbound';
  readonly address: PeerAddress;
  /** Where it really is; absent: at its address. */
  readonly remoteHost?: string;
  /** When it became a link, monotonic milliseconds. */
  readonly sinceMs: number;
};

type Loss = { readonly atMs: number; readonly link: WatchedLink };

const networksOf = (links: readonly WatchedLink[]): number =>
  new Set(links.map((link) => networkOf(hostOf(link)))).size;

/**
 * Notices what an eclipse looks like from inside. It may also be an accident: many peers that fail
 * together look the same, and the same helps against both.
 *
 * Told of every link that was lost by no doing of ours; what we close ourselves is no sign.
 */
export class IsolationWatch {
  /** The latest last. */
  #losses: Loss[] = [];
  #networksSeen = 0;

  /** Losses that are remembered. */
  get remembered(): number {
    return this.#losses.length;
  }

  /** Notes a loss, and says what it looks like; `left` are the links that there are still. */
  lost(link: WatchedLink, left: readonly WatchedLink[], nowMs: number): IsolationAlarm | undefined {
    const recent = this.#losses.filter(({ atMs }) => nowMs - atMs < EXCHANGED_MS);
    this.#losses = [...recent, { atMs: nowMs, link }].slice(-LOSSES_MAX);
    const alarm = this.#outboundLost(left, nowMs) ?? this.#exchanged(left, nowMs);
    this.#networksSeen = Math.max(this.#networksSeen, networksOf([...left, link]));
    // One alarm for what happened together.
    if (alarm !== undefined) this.#losses = [];
    return alarm ?? this.changed(left);
  }

  /** Links have come or gone: says whether one network is all that is left of several. */
  changed(links: readonly WatchedLink[]): IsolationAlarm | undefined {
    const networks = networksOf(links);
    this.#networksSeen = Math.max(this.#networksSeen, networks);
    if (networks !== 1 || links.length < 2 || this.#networksSeen < NETWORKS_BEFORE)
      return undefined;
    this.#networksSeen = 1;
    return 'one network left';
  }

  #outboundLost(left: readonly WatchedLink[], nowMs: number): IsolationAlarm | undefined {
    if (left.some(({ direction }) => direction === 'outbound')) return undefined;
    const together = this.#losses.filter(
      ({ atMs, link }) => link.direction === 'outbound' && nowMs - atMs < LOST_TOGETHER_MS,
    );
    return together.length >= LOST_TOGETHER ? 'outbound links lost' : undefined;
  }

  /** Of the links of a minute ago, hardly one is left. */
  #exchanged(left: readonly WatchedLink[], nowMs: number): IsolationAlarm | undefined {
    const wasThere = ({ sinceMs }: WatchedLink): boolean => sinceMs <= nowMs - EXCHANGED_MS;
    const lost = this.#losses.filter(({ link }) => wasThere(link)).length;
    const before = lost + left.filter(wasThere).length;
    return lost >= EXCHANGED && lost >= EXCHANGED_SHARE * before ? 'links exchanged' : undefined;
  }
}
