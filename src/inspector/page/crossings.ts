/**
 * Messages that two daemons of one stream both saw: sent by one, received by the other. They are
 * joined by who talks to whom, by type and item, in the order in which a socket keeps them.
 */
import type { DaemonName, MessageRecord, TraceRecord } from '../protocol.js';
import { connectionOf } from './model.js';

/** Clocks of two hosts may differ, and streams are flushed apart: what passes for one message. */
export const CROSSING_MS_MAX = 5_000;

/** The first 8 hex digits of an identity name the daemon. */
export const nameOf = (identity: string): DaemonName => identity.slice(0, 8);

export type Crossing = {
  /** Index of the record at the sender, and at the receiver, in what was given. */
  readonly out: number;
  readonly in: number;
};

/**
 * Identity of the other end of every message to or from a peer, by index. The messages of a
 * handshake come before it is known: they take it from what the same connection learns later.
 */
export const peersOf = (records: readonly (TraceRecord | undefined)[]): Map<number, string> => {
  const peers = new Map<number, string>();
  const later = new Map<string, string>();
  for (let index = records.length - 1; index >= 0; index -= 1) {
    const record = records[index];
    if (record?.kind === 'actor') {
      // Before this, the number belonged to another connection.
      const connection = connectionOf(record.id);
      if (connection !== undefined) later.delete(`${record.daemon}/${connection}`);
    }
    if (record?.kind !== 'message' || record.side !== 'peer') continue;
    const link = `${record.daemon}/${record.connection}`;
    const peer = record.peer ?? later.get(link);
    if (peer === undefined) continue;
    later.set(link, peer);
    peers.set(index, peer);
  }
  return peers;
};

const keyOf = (record: MessageRecord, from: DaemonName, to: DaemonName): string =>
  `${from} ${to} ${record.type} ${record.item ?? ''}`;

/**
 * Pairs of a message sent and the same message received. The two ends of a stream may come in
 * either order; each record is in one pair at most.
 */
export const joinCrossings = (records: readonly (TraceRecord | undefined)[]): Crossing[] => {
  const peers = peersOf(records);
  const sent = new Map<string, number[]>();
  const received: { readonly index: number; readonly key: string; readonly atMs: number }[] = [];
  for (const [index, peer] of [...peers].reverse()) {
    const record = records[index];
    if (record?.kind !== 'message') continue;
    const other = nameOf(peer);
    if (record.direction === 'out') {
      const key = keyOf(record, record.daemon, other);
      const queue = sent.get(key);
      if (queue === undefined) sent.set(key, [index]);
      else queue.push(index);
    } else {
      received.push({ index, key: keyOf(record, other, record.daemon), atMs: record.atMs });
    }
  }
  const crossings: Crossing[] = [];
  for (const { index, key, atMs } of received) {
    const queue = sent.get(key);
    const at = queue?.findIndex(
      (out) => Math.abs((records[out]?.atMs ?? 0) - atMs) <= CROSSING_MS_MAX,
    );
    if (queue === undefined || at === undefined || at < 0) continue;
    const [out] = queue.splice(0, at + 1).slice(at);
    if (out !== undefined) crossings.push({ out, in: index });
  }
  return crossings;
};
