import { parseConfig } from '../../../src/config/parse.js';
import { seededRandom, type Random } from '../../../src/core/prng.js';
import { searchNonce } from '../../../src/core/puzzle.js';
import { assemble, type Daemon } from '../../../src/runtime/assemble.js';
import type { ConnectionId, LogPort, Ports } from '../../../src/runtime/ports.js';
import { Scheduler, VirtualClock } from '../../../src/sim/virtual-clock.js';
import type { GossipNotification, PeerMessage } from '../../../src/wire/messages.js';
import { must } from '../target.js';

export const EPOCH_MS = 1_700_000_000_000;
export const OWN_IDENTITY = Buffer.alloc(32, 7);

/** What a connection of the daemon's was told to do, for whoever plays its other end. */
export class Line {
  readonly heard: PeerMessage[] = [];
  limitBytes: number | undefined;
  isClosing = false;
  isSecuring = false;
}

export type QuietDaemon = {
  readonly daemon: Daemon;
  /** Peers' connections by number, from the first use of the number until `hangUp`. */
  readonly lines: Map<ConnectionId, Line>;
  readonly notified: Map<ConnectionId, GossipNotification[]>;
  readonly modulesClosing: Set<ConnectionId>;
  /** Dials that wait for their outcome. */
  readonly dials: ConnectionId[];
  /** Virtual time goes by. */
  wait(ms: number): void;
  nowMs(): number;
  /** Fails when anything went wrong inside. */
  check(): void;
};

const CONFIG = `[gossip]
lab = true
difficulty = 1
known_peers = 127.0.0.2:6001, 127.0.0.3:6001, 127.0.0.4:6001
search_cooldown = 0.1
retry_max = 0.1
challenge_cooldown = 0.1
max_connections = 40
seen_ids_max = 1000
pending_items_max = 200
`;

/** A daemon with all its actors, and a world around it that is a fuzzer. */
export const quietDaemon = (random: Random): QuietDaemon => {
  const parsed = parseConfig(CONFIG);
  if (!parsed.ok) throw new Error('the configuration has mistakes');
  const scheduler = new Scheduler();
  const clock = new VirtualClock(scheduler, { epochMs: EPOCH_MS });
  const lines: QuietDaemon['lines'] = new Map();
  const notified: QuietDaemon['notified'] = new Map();
  const modulesClosing = new Set<ConnectionId>();
  const dials: ConnectionId[] = [];
  const failures: string[] = [];
  const log: LogPort = (level, what, fields) => {
    if (level === 'error') failures.push(`${what} ${JSON.stringify(fields)}`);
  };
  const lineOf = (connection: ConnectionId): Line => {
    const line = lines.get(connection) ?? new Line();
    lines.set(connection, line);
    return line;
  };
  const ports: Ports = {
    clock,
    random: seededRandom(random.below(2 ** 32)),
    api: {
      send: (connection, message) => {
        const heard = notified.get(connection) ?? [];
        heard.push(message);
        if (heard.length > 8) heard.shift();
        notified.set(connection, heard);
      },
      unsentBytes: () => 0,
      close: (connection) => void modulesClosing.add(connection),
    },
    peers: {
      dial: (connection) => {
        lines.set(connection, new Line());
        dials.push(connection);
      },
      send: (connections, message) => {
        for (const connection of connections) {
          const { heard } = lineOf(connection);
          heard.push(message);
          if (heard.length > 32) heard.shift();
        }
        return [];
      },
      cancel: () => 0,
      waitingBytes: () => 0,
      unsentBytes: () => 0,
      limitFrames: (connection, bytes) => void (lineOf(connection).limitBytes = bytes),
      secure: (connection) => void (lineOf(connection).isSecuring = true),
      close: (connection) => void (lineOf(connection).isClosing = true),
    },
    solver: {
      solve: (_, puzzle, done) => done(searchNonce(puzzle, Buffer.alloc(8))),
      cancel: () => {},
    },
    addressBook: { save: () => {} },
    rps: undefined,
    log,
  };
  const daemon = assemble(
    {
      config: parsed.config,
      identity: OWN_IDENTITY,
      listenAddress: { family: 4, host: '127.0.0.1', port: 6001 },
      agent: 'hearsay/fuzz',
      knownPeers: [],
    },
    ports,
  );
  return {
    daemon,
    lines,
    notified,
    modulesClosing,
    dials,
    wait: (ms) => scheduler.runUntil(scheduler.nowMs + ms),
    nowMs: () => EPOCH_MS + scheduler.nowMs,
    check: () => {
      must(failures.length === 0, failures.join('; '));
      must(daemon.counters.get('actors_failed_total') === 0, 'an actor failed');
    },
  };
};
