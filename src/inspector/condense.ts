/** Less to read for a page that reads slowly: where things stand, and not how they came there. */
import type { DaemonName, EventRecord, StateRecord, TraceRecord } from './protocol.js';

/**
 * The same records without events, messages and item steps: where the actors stand in the end is
 * told instead, and how many records were left out.
 */
export const condense = (records: readonly TraceRecord[]): TraceRecord[] => {
  const kept: TraceRecord[] = [];
  /** By actor, the place of the record that says where it stands. */
  const places = new Map<string, number>();
  const left = new Map<DaemonName, number>();
  const stand = (record: EventRecord | StateRecord): void => {
    const key = `${record.daemon}/${record.actor}`;
    const place = places.get(key);
    const known = place === undefined ? undefined : kept[place];
    if (place === undefined || known?.kind !== 'state') {
      places.set(key, kept.length);
      kept.push(stateOf(record));
    } else {
      kept[place] = { ...stateOf(record), changed: { ...known.changed, ...record.changed } };
    }
  };
  for (const record of records) {
    switch (record.kind) {
      case 'event':
        stand(record);
        left.set(record.daemon, (left.get(record.daemon) ?? 0) + 1);
        break;
      case 'state':
        stand(record);
        break;
      case 'message':
      case 'item':
        left.set(record.daemon, (left.get(record.daemon) ?? 0) + 1);
        break;
      case 'actor':
        // Another life under this name: what is known of the old one stays before it.
        places.delete(`${record.daemon}/${record.actor}`);
        kept.push(record);
        break;
      case 'daemon':
      case 'end':
      case 'view':
      case 'sampled':
      case 'gone':
        kept.push(record);
    }
  }
  const atMs = records.at(-1)?.atMs ?? 0;
  for (const [daemon, count] of left) {
    kept.push({ kind: 'sampled', daemon, atMs, left: count, away: 'slow page' });
  }
  return kept;
};

const stateOf = (record: EventRecord | StateRecord): StateRecord => ({
  kind: 'state',
  daemon: record.daemon,
  atMs: record.atMs,
  actor: record.actor,
  value: record.kind === 'event' ? record.after : record.value,
  changed: record.changed,
  ...(record.delays !== undefined && { delays: record.delays }),
});
