import { parseConfig } from '../../../src/config/parse.js';
import { Observer, type ObserverOptions } from '../../../src/inspector/observer.js';
import type { ActorRecord, EventRecord, TraceRecord } from '../../../src/inspector/protocol.js';
import { assemble, type Daemon } from '../../../src/runtime/assemble.js';
import {
  NOBODY,
  type ClockPort,
  type LogLevel,
  type PeersPort,
} from '../../../src/runtime/ports.js';
import { commitment } from '../../../src/wire/commitment.js';
import type { PeerMessage } from '../../../src/wire/messages.js';

/** A clock that stands still until it is told to go on; timers fire in the order they are due. */
export class HandClock implements ClockPort {
  nowMs = 1_700_000_000_000;
  readonly #timers = new Map<number, { readonly fire: () => void; readonly dueMs: number }>();
  #last = 0;

  setTimeout(fire: () => void, delayMs: number): number {
    this.#last += 1;
    this.#timers.set(this.#last, { fire, dueMs: this.nowMs + delayMs });
    return this.#last;
  }

  clearTimeout(id: unknown): void {
    this.#timers.delete(Number(id));
  }

  wallMs(): number {
    return this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  get pending(): number {
    return this.#timers.size;
  }

  advance(byMs: number): void {
    const untilMs = this.nowMs + byMs;
    for (;;) {
      const [next] = [...this.#timers].sort(([, a], [, b]) => a.dueMs - b.dueMs);
      if (next === undefined || next[1].dueMs > untilMs) break;
      this.#timers.delete(next[0]);
      this.nowMs = Math.max(this.nowMs, next[1].dueMs);
      next[1].fire();
    }
    this.nowMs = untilMs;
  }
}

/** A daemon without a network: what it sends is kept, what it hears is what a test says. */
export type SmallDaemon = {
  readonly daemon: Daemon;
  readonly clock: HandClock;
  readonly sent: { readonly connections: readonly number[]; readonly message: PeerMessage }[];
  readonly logged: { readonly level: LogLevel; readonly what: string }[];
  readonly options: ObserverOptions;
};

export const IDENTITY = Buffer.alloc(32, 7);
export const CALLERS_IDENTITY = Buffer.alloc(32, 8);

const HOST = { family: 4, host: '127.0.0.1', port: 6001 } as const;

export const smallDaemon = (over: Partial<ObserverOptions> = {}): SmallDaemon => {
  const parsed = parseConfig('[gossip]\nlab = true\ndifficulty = 0\n');
  if (!parsed.ok) throw new Error('the configuration has mistakes');
  const clock = new HandClock();
  const sent: SmallDaemon['sent'] = [];
  const logged: SmallDaemon['logged'] = [];
  const log = (level: LogLevel, what: string): void => void logged.push({ level, what });
  const peers: PeersPort = {
    dial: () => {},
    send: (connections, message) => {
      sent.push({ connections, message });
      return NOBODY;
    },
    cancel: () => 0,
    waitingBytes: () => 0,
    unsentBytes: () => 0,
    limitFrames: () => {},
    // Whoever calls has the certificate that the tests expect, at once.
    secure: (connection) => daemon.peers.secured(connection, CALLERS_IDENTITY),
    close: () => {},
  };
  let byte = 0;
  let chance = 0;
  const daemon: Daemon = assemble(
    {
      config: parsed.config,
      identity: IDENTITY,
      listenAddress: HOST,
      agent: 'hearsay/test',
      knownPeers: [],
    },
    {
      clock,
      random: {
        bytes: (length) => Buffer.alloc(length, (byte += 1)),
        below: (bound) => (chance += 1) % bound,
      },
      api: { send: () => {}, unsentBytes: () => 0, close: () => {} },
      peers,
      solver: { solve: () => {}, cancel: () => {} },
      addressBook: { save: () => {} },
      rps: undefined,
      log,
    },
  );
  const options: ObserverOptions = {
    daemon,
    identity: IDENTITY.toString('hex'),
    agent: 'hearsay/test',
    p2p: '127.0.0.1:6001',
    api: '127.0.0.1:7001',
    control: true,
    ring: 1_000,
    clock,
    idleMs: () => clock.nowMs,
    unsentBytes: () => 0,
    log,
    ...over,
  };
  return { daemon, clock, sent, logged, options };
};

/** An observer with a page that keeps what it is told. */
export const watched = (small: SmallDaemon): { observer: Observer; page: Page } => {
  const observer = new Observer(small.options);
  const page = new Page();
  page.leave = observer.subscribe((records) => page.take(records));
  return { observer, page };
};

export class Page {
  readonly records: TraceRecord[] = [];
  leave = (): void => {};

  take(records: readonly TraceRecord[]): undefined {
    this.records.push(...records);
  }

  of<Kind extends TraceRecord['kind']>(kind: Kind): Extract<TraceRecord, { kind: Kind }>[] {
    const isIt = (record: TraceRecord): record is Extract<TraceRecord, { kind: Kind }> =>
      record.kind === kind;
    return this.records.filter(isIt);
  }
}

/** Has a caller connect; the number of its connection. */
export const called = ({ daemon }: SmallDaemon): number => {
  const connection = daemon.peers.accepted();
  if (connection === undefined) throw new Error('the caller was refused');
  daemon.peers.opened(connection, { host: '127.0.0.1', port: 50_001 });
  return connection;
};

export const DATA_TYPE = 540;

/** The proof of a caller, where none is asked for. */
export const verify = {
  type: 'VERIFY',
  commitment: commitment(Buffer.alloc(32, 1), Buffer.alloc(16, 2)),
  nonce: Buffer.alloc(8),
  difficulty: 0,
  challenge: Buffer.alloc(16),
} as const;

/** A module connects; returns its connection. */
export const openModule = ({ daemon }: SmallDaemon): number => {
  const connection = daemon.api.accepted();
  if (connection === undefined) throw new Error('the module was refused');
  daemon.api.opened(connection, '127.0.0.1:50000');
  return connection;
};

/** A module announces so many items, each on its own. */
export const announce = (small: SmallDaemon, module: number, count: number): void => {
  for (let n = 0; n < count; n += 1) {
    const data = Buffer.from(`item ${n}`);
    small.daemon.api.received(module, [{ type: 'ANNOUNCE', ttl: 0, dataType: DATA_TYPE, data }]);
  }
};

/** What a page makes of records: where each actor stands. */
export const replay = (
  records: readonly TraceRecord[],
): Map<string, Pick<ActorRecord, 'value'>> => {
  const actors = new Map<string, { value: ActorRecord['value']; context: object }>();
  for (const record of records) {
    if (record.kind === 'daemon') actors.clear();
    if (record.kind === 'end') actors.delete(record.actor);
    if (record.kind === 'actor') {
      actors.set(record.actor, { value: record.value, context: record.context });
    }
    if (record.kind !== 'event' && record.kind !== 'state') continue;
    const actor = actors.get(record.actor);
    if (actor === undefined) throw new Error(`${record.actor} was never told of`);
    actor.value = record.kind === 'event' ? record.after : record.value;
    actor.context = { ...actor.context, ...record.changed };
  }
  return actors;
};

/** How things stand, as somebody sees it who has never looked before. */
export const standing = (small: SmallDaemon): Promise<readonly TraceRecord[]> =>
  new Observer(small.options).trace();

/** What a page was told of an event that an actor got. */
export const eventOf = (page: Page, id: string, type: string): EventRecord => {
  const actor = page.of('actor').find((record) => record.id === id)?.actor;
  const found = page.of('event').find((event) => event.actor === actor && event.type === type);
  if (found === undefined) throw new Error(`no ${type} of ${id}`);
  return found;
};
