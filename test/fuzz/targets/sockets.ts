/** The same through real sockets on loopback, where bytes come in pieces and connections break. */
import { readdirSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { DialAddress } from '../../../src/common/address.js';
import { parseConfig } from '../../../src/config/parse.js';
import { pick, seededRandom, type Random } from '../../../src/core/prng.js';
import { listenApi } from '../../../src/node/api.js';
import { nodeClock } from '../../../src/node/clock.js';
import { listenPeers } from '../../../src/node/peers.js';
import { assemble, type Daemon } from '../../../src/runtime/assemble.js';
import { LateHandlers } from '../../../src/runtime/late-handlers.js';
import type { LogPort } from '../../../src/runtime/ports.js';
import { commitment } from '../../../src/wire/commitment.js';
import { peerFramer } from '../../../src/wire/framing.js';
import type { Hello, PeerMessage, Verify } from '../../../src/wire/messages.js';
import { encodePeer } from '../../../src/wire/peer-codec.js';
import { transcriptHash } from '../../../src/wire/transcript.js';
import { newHost } from '../../contract/test-security.js';
import { apiCorpus, peerCorpus, type Corpus } from '../corpus.js';
import { mutated, PIECES_OF_TLS, pieces } from '../mutate.js';
import { must, type Session, type Target } from '../target.js';

const CONNECTIONS_A_ROUND = 12;
const FRAMES_A_CONNECTION = 12;
const WAIT_MS = 10_000;
const TICK_MS = 5;

type Served = {
  readonly daemon: Daemon;
  readonly api: DialAddress;
  readonly p2p: DialAddress;
  check(): void;
  close(): Promise<void>;
};

/** A daemon on sockets; its proofs cost nothing, and it dials nobody whom a fuzzer makes up. */
const serve = async (transport: 'plain' | 'tls'): Promise<Served> => {
  const parsed = parseConfig(
    `[gossip]\nlab = true\nlab_links_only = true\ndifficulty = 0\ntransport = ${transport}\n`,
  );
  if (!parsed.ok) throw new Error('the configuration has mistakes');
  const failures: string[] = [];
  const log: LogPort = (level, what, fields) => {
    if (level === 'error') failures.push(`${what} ${JSON.stringify(fields)}`);
  };
  const host = await newHost();
  const handlers = new LateHandlers();
  const address = { host: '127.0.0.1', port: 0 };
  const security = transport === 'tls' ? host : undefined;
  const p2p = await listenPeers({ address, security }, handlers.peers, log);
  const api = await listenApi({ address }, handlers.api, log);
  const daemon = assemble(
    {
      config: parsed.config,
      identity: host.identity,
      listenAddress: { family: 4, ...p2p.address },
      agent: 'hearsay/fuzz',
      knownPeers: [],
    },
    {
      clock: nodeClock,
      random: seededRandom('sockets'),
      api: api.port,
      peers: p2p.port,
      solver: { solve: () => {}, cancel: () => {} },
      addressBook: { save: (text) => void text() },
      rps: undefined,
      log,
    },
  );
  handlers.bind(daemon);
  return {
    daemon,
    api: api.address,
    p2p: p2p.address,
    check: () => {
      must(failures.length === 0, failures.join('; '));
      must(daemon.counters.get('actors_failed_total') === 0, 'an actor failed');
    },
    close: async () => {
      daemon.shutdown();
      await daemon.done;
      await Promise.all([p2p.close(), api.close()]);
    },
  };
};

/** Resolves once it is so; rejects when it takes too long. */
const until = async (isSo: () => boolean, what: string): Promise<void> => {
  const endMs = performance.now() + WAIT_MS;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
};

/** One end of a connection that need not behave. */
class Caller {
  readonly socket: Socket;
  readonly #heard: PeerMessage[] = [];
  readonly #framer = peerFramer();
  #wake = (): void => {};
  isOver = false;

  constructor(to: DialAddress, speaks: 'peer' | 'api') {
    this.socket = createConnection({ ...to, noDelay: true });
    this.#framer.limitBytes = 71_680;
    const end = (): void => {
      this.isOver = true;
      this.#wake();
    };
    this.socket.on('error', end).on('close', end).on('end', end);
    this.socket.on('data', (chunk) => {
      if (speaks === 'peer') this.#heard.push(...this.#framer.push(chunk).messages);
      this.#wake();
    });
  }

  /** The next message of a type; undefined when the connection is over before it comes. */
  async next<Type extends PeerMessage['type']>(
    type: Type,
  ): Promise<Extract<PeerMessage, { type: Type }> | undefined> {
    for (;;) {
      const at = this.#heard.findIndex((message) => message.type === type);
      const found = this.#heard.splice(0, at + 1).at(-1);
      if (found !== undefined) return found as Extract<PeerMessage, { type: Type }>;
      if (this.isOver) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  say(message: PeerMessage): void {
    this.socket.write(encodePeer(message));
  }

  /** Honest until there. */
  async begin(depth: number, random: Random): Promise<void> {
    if (depth === 0) return;
    const challenge = await this.next('CHALLENGE');
    if (challenge === undefined) return;
    const [identity, salt] = [random.bytes(32), random.bytes(16)];
    const own = { commitment: commitment(identity, salt), nonce: Buffer.alloc(8) };
    const verify: Verify = { type: 'VERIFY', ...own, difficulty: 0, challenge: Buffer.alloc(16) };
    this.say(verify);
    const ok = await this.next('OK');
    if (ok === undefined || depth === 1) return;
    const transcript = transcriptHash(challenge, verify, ok);
    const address = { family: 4, host: '127.0.0.1', port: 1 } as const;
    const hello: Hello = {
      type: 'HELLO',
      identity,
      salt,
      transcript,
      address,
      features: 0,
      agent: 'fuzz',
    };
    this.say(hello);
    await this.next('HELLO');
    if (depth > 2) this.say({ type: 'NEIGHBOR', word: 'high' });
  }

  /** Says so many frames and leaves, in order or not. */
  async rave(frames: readonly Buffer[], random: Random): Promise<void> {
    for (const frame of frames) {
      for (const piece of pieces(frame, random)) {
        if (this.isOver) return;
        this.socket.write(piece);
      }
      if (random.below(4) === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    if (random.below(3) === 0) this.socket.destroy();
    else this.socket.end();
  }

  async gone(): Promise<void> {
    if (!this.socket.destroyed) {
      await until(() => this.isOver, 'the daemon ends a connection whose other end has ended it');
    }
    this.socket.destroy();
  }
}

const openFiles = (): number => readdirSync('/proc/self/fd').length;

/** Rounds of several connections at once; after each the daemon has nothing of them left. */
const session = async (
  transport: 'plain' | 'tls',
  visit: (served: Served, random: Random) => Promise<void>,
): Promise<Session> => {
  const served = await serve(transport);
  const filesBefore = openFiles();
  return {
    round: async (random) => {
      const { counters } = served.daemon;
      const visits = Array.from({ length: CONNECTIONS_A_ROUND }, () =>
        visit(served, seededRandom(random.below(2 ** 32))),
      );
      await Promise.all(visits);
      const isLeft = (): boolean =>
        ['peer_connections', 'modules', 'half_open', 'links'].some(
          (gauge) => counters.get(gauge) > 0,
        );
      await until(() => !isLeft(), 'nothing is left of connections that are over');
      served.check();
      return CONNECTIONS_A_ROUND * FRAMES_A_CONNECTION;
    },
    close: async () => {
      await until(() => openFiles() <= filesBefore, 'every socket is closed');
      await served.close();
    },
  };
};

const framesOf = (corpus: Corpus, random: Random): Buffer[] =>
  Array.from({ length: FRAMES_A_CONNECTION }, () =>
    random.below(4) === 0 ? corpus.valid(random) : corpus.mutated(random),
  );

/** What a client of TLS says first. */
const clientHello = (): Promise<Buffer> =>
  new Promise((resolve) => {
    const wire = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _encoding, done) => {
        resolve(chunk);
        done();
      },
    });
    connectTls({ socket: wire }).on('error', () => {});
  });

export const socketTargets: readonly Target[] = [
  {
    name: 'api-socket',
    what: 'modules on real sockets',
    open: (begin) => {
      const corpus = apiCorpus(begin);
      return session('plain', async ({ api }, random) => {
        const caller = new Caller(api, 'api');
        await caller.rave(framesOf(corpus, random), random);
        await caller.gone();
      });
    },
  },
  {
    name: 'peer-socket',
    what: 'callers on real sockets, in each state up to a link',
    open: (begin) => {
      const corpus = peerCorpus(begin);
      return session('plain', async ({ p2p }, random) => {
        const caller = new Caller(p2p, 'peer');
        await caller.begin(random.below(4), random);
        await caller.rave(framesOf(corpus, random), random);
        await caller.gone();
      });
    },
  },
  {
    name: 'peer-tls',
    what: 'callers that are due to begin TLS, and begin something like it',
    open: async () => {
      const hello = await clientHello();
      return session('tls', async ({ p2p }, random) => {
        const caller = new Caller(p2p, 'peer');
        await caller.begin(1, random);
        const frames = Array.from({ length: FRAMES_A_CONNECTION }, () =>
          mutated(hello, pick(PIECES_OF_TLS, random) ?? hello, { sizeBytes: 2 }, random),
        );
        await caller.rave([hello.subarray(0, random.below(2) * hello.length), ...frames], random);
        await caller.gone();
      });
    },
  },
];
