/** The peer view of a daemon as a table. */
import type { Link } from '../core/active-view.js';
import { formatAddress } from '../common/address.js';
import type { ClockPort } from '../runtime/ports.js';
import type { Inspected } from './actors.js';
import type { DaemonName, ViewRecord } from './protocol.js';

/** Data types shown per link; a link may want more. */
const INTERESTS_SHOWN = 64;

export type ViewSource = Pick<
  Inspected,
  'view' | 'groups' | 'book' | 'watch' | 'router' | 'counters'
> & {
  readonly clock: ClockPort;
  /** Of the peers port: bytes that the system has not taken yet. */
  readonly unsentBytes: (connection: number) => number;
};

/** How the links, the address book and the figures stand now. */
export const viewRecord = (daemon: DaemonName, source: ViewSource): ViewRecord => {
  const { view, groups, book, counters, clock } = source;
  const atMs = clock.wallMs();
  // Links are dated by the monotonic clock, records by the wall's.
  const wallAheadMs = atMs - clock.monotonicMs();
  const groupOf = groups.all();
  return {
    kind: 'view',
    daemon,
    atMs,
    links: view.links().map((link) => ({
      ...linkRow(link, source, wallAheadMs),
      group: groupOf.get(link.connection),
    })),
    book: book.entries().map(({ identity, address, table, failures, heardMs, retryAtMs }) => ({
      identity,
      address: formatAddress(address),
      table,
      failures,
      heardMs,
      retryAtMs,
    })),
    offenders: book.offenders.all(atMs).map(({ identity, timesAside, asideUntilMs }) => ({
      identity,
      points: Math.round(book.offenders.points(identity, atMs)),
      timesAside,
      asideUntilMs,
    })),
    metrics: Object.fromEntries(counters.entries().map(({ name, value }) => [name, value])),
  };
};

const linkRow = (
  { connection, identity, address, direction, active, sinceMs, rttMs }: Link,
  { watch, router, unsentBytes }: ViewSource,
  wallAheadMs: number,
): ViewRecord['links'][number] => ({
  connection,
  identity,
  address: formatAddress(address),
  direction,
  active,
  sinceMs: Math.round(sinceMs + wallAheadMs),
  rttMs,
  unsentBytes: unsentBytes(connection),
  cut: watch.isCut(connection),
  interests: wantedTypes(router.links.interests, connection),
  eager: router.spreader.eager.typesOf(connection).slice(0, INTERESTS_SHOWN),
});

const wantedTypes = (
  interests: Inspected['router']['links']['interests'],
  connection: number,
): number[] => {
  const wanted: number[] = [];
  for (const dataType of interests.types()) {
    if (wanted.length >= INTERESTS_SHOWN) break;
    if (interests.wants(connection, dataType)) wanted.push(dataType);
  }
  return wanted;
};
