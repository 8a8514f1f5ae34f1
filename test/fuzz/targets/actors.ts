/**
 * A daemon with all its actors, in virtual time: peers in each state of handshake and link, on
 * either side, and modules, that say what a fuzzer makes up. Frames go through the framer, as from
 * a socket; what the machines are told is what sockets would tell them.
 */
import { pick, type Random } from '../../../src/core/prng.js';
import { proofBinding, proofHash, searchNonce } from '../../../src/core/puzzle.js';
import type { DialAddress } from '../../../src/common/address.js';
import type { ConnectionId } from '../../../src/runtime/ports.js';
import { commitment } from '../../../src/wire/commitment.js';
import { apiRequestFramer, peerFramer, type Framer } from '../../../src/wire/framing.js';
import { idBytes } from '../../../src/core/items.js';
import { itemId } from '../../../src/wire/item-id.js';
import { encodeApi } from '../../../src/wire/api-codec.js';
import {
  FRAME_LIMITS,
  NEIGHBOR_WORDS,
  type ApiMessage,
  type Challenge,
  type Hello,
  type Ok,
  type PeerMessage,
  type Verify,
} from '../../../src/wire/messages.js';
import { encodePeer } from '../../../src/wire/peer-codec.js';
import { transcriptHash } from '../../../src/wire/transcript.js';
import { apiCorpus, peerCorpus, type Corpus } from '../corpus.js';
import { pieces } from '../mutate.js';
import { must, type Target } from '../target.js';
import { quietDaemon, type Line, type QuietDaemon } from './quiet-daemon.js';

const CONNECTIONS_A_ROUND = 6;
const FRAMES_A_CONNECTION = 10;
const ROUND_MS = 700;
const TYPES = [1, 2, 3];
/** Who misbehaves is put aside by its address: each comes from another. */
const remote = (random: Random): DialAddress => ({
  host: `127.${1 + random.below(254)}.${random.below(256)}.${1 + random.below(254)}`,
  port: 50_001,
});

/** How far an honest beginning goes before the fuzzer takes over. */
const DEPTHS = ['nothing', 'proof', 'secured', 'hello', 'link'] as const;
type Depth = (typeof DEPTHS)[number];

/** The other end of one connection, which knows how to be honest. */
class Peer {
  readonly connection: ConnectionId;
  readonly #quiet: QuietDaemon;
  readonly #framer: Framer<PeerMessage>;
  readonly #identity: Buffer;
  readonly #salt = Buffer.alloc(16, 5);
  readonly #side: 'caller' | 'listener';
  readonly #host: string;

  constructor(
    quiet: QuietDaemon,
    connection: ConnectionId,
    side: Peer['side'],
    host: string,
    random: Random,
  ) {
    this.#host = host;
    this.#quiet = quiet;
    this.connection = connection;
    this.#side = side;
    this.#identity = random.bytes(32);
    this.#framer = peerFramer({ tls: true });
  }

  get side(): 'caller' | 'listener' {
    return this.#side;
  }

  get line(): Line {
    const line = this.#quiet.lines.get(this.connection);
    if (line === undefined) throw new Error('a connection has a line');
    return line;
  }

  /** As a socket would bring it; nothing of a connection that is being closed is heard. */
  write(bytes: Buffer): void {
    const { daemon } = this.#quiet;
    if (this.line.isClosing) return;
    if (this.line.limitBytes !== undefined) this.#framer.limitBytes = this.line.limitBytes;
    const { messages, error } = this.#framer.push(bytes);
    must(this.#framer.pendingBytes <= FRAME_LIMITS.established, 'more is held than a frame');
    if (messages.length > 0) daemon.peers.received(this.connection, messages);
    if (error !== undefined && !this.line.isClosing) {
      daemon.peers.malformed(this.connection, error, '00');
    }
  }

  say(...messages: PeerMessage[]): void {
    this.write(Buffer.concat(messages.map(encodePeer)));
  }

  /** Behaves until there. */
  begin(depth: Depth, random: Random): void {
    const reach = DEPTHS.indexOf(depth);
    if (reach < 1) return;
    const said = this.#side === 'caller' ? this.#prove(random) : this.#challenge();
    if (reach < 2 || said === undefined || !this.line.isSecuring) return;
    this.#framer.surrender();
    this.#quiet.daemon.peers.secured(this.connection, this.#identity);
    if (reach < 3) return;
    this.say(this.#hello(said));
    if (reach < 4) return;
    this.say({ type: 'INTEREST', all: false, add: TYPES, remove: [] });
    this.say({ type: 'NEIGHBOR', word: this.#side === 'caller' ? 'high' : 'accept' });
  }

  /** As a caller: pays, and may ask to be paid. */
  #prove(random: Random): readonly [Challenge, Verify, Ok] | undefined {
    const challenge = this.#heard('CHALLENGE');
    if (challenge === undefined) return undefined;
    const own = commitment(this.#identity, this.#salt);
    const hash = proofHash(challenge);
    const binding = proofBinding(hash, challenge.challenge, challenge.commitment, own);
    const puzzle = { hash, binding, difficulty: challenge.difficulty };
    const nonce = searchNonce(puzzle, Buffer.alloc(8));
    const asks = { difficulty: random.below(2), challenge: Buffer.alloc(16, 3) };
    const verify: Verify = { type: 'VERIFY', commitment: own, nonce, ...asks };
    this.say(verify);
    const ok = this.#heard('OK');
    return ok && [challenge, verify, ok];
  }

  /** As a listener, which pays too when it is asked. */
  #challenge(): readonly [Challenge, Verify, Ok] | undefined {
    const challenge: Challenge = {
      type: 'CHALLENGE',
      version: 1,
      difficulty: 1,
      tls: true,
      blake3: false,
      challenge: Buffer.alloc(16, 4),
      commitment: commitment(this.#identity, this.#salt),
    };
    this.say(challenge);
    const verify = this.#heard('VERIFY');
    if (verify === undefined) return undefined;
    const { difficulty } = verify;
    const hash = proofHash(challenge);
    const binding = proofBinding(hash, verify.challenge, verify.commitment, challenge.commitment);
    const nonce = difficulty > 0 && searchNonce({ hash, binding, difficulty }, Buffer.alloc(8));
    const ok: Ok = { type: 'OK', nonce: nonce || undefined };
    this.say(ok);
    return [challenge, verify, ok];
  }

  #hello(said: readonly [Challenge, Verify, Ok]): Hello {
    return {
      type: 'HELLO',
      identity: this.#identity,
      salt: this.#salt,
      transcript: transcriptHash(...said),
      address: { family: 4, host: this.#host, port: 6001 },
      features: 0,
      agent: 'fuzz',
    };
  }

  #heard<Type extends PeerMessage['type']>(
    type: Type,
  ): Extract<PeerMessage, { type: Type }> | undefined {
    return this.line.heard.find(
      (message): message is Extract<PeerMessage, { type: Type }> => message.type === type,
    );
  }

  hangUp(): void {
    this.#quiet.daemon.peers.closed(this.connection, 'hung up');
    this.#quiet.lines.delete(this.connection);
  }
}

/** Messages that make sense at the moment, or nearly: for what mutations alone do not reach. */
const lively = (nowMs: number, random: Random): PeerMessage => {
  const dataType = pick(TYPES, random) ?? 1;
  const expiryMs = nowMs + 60_000 - random.below(5) * 30_000;
  const item = {
    dataType,
    expiryMs,
    salt: Buffer.alloc(8, 1),
    data: Buffer.alloc(3, random.below(9)),
  };
  const id = idBytes(itemId(item.dataType, item.expiryMs, item.salt, item.data));
  const record = {
    address: { family: 4 as const, host: `10.0.0.${random.below(256)}`, port: 1 + random.below(9) },
    identity: Buffer.alloc(32, random.below(256)),
    ageSeconds: random.below(100),
  };
  const messages: readonly PeerMessage[] = [
    { type: 'SPREAD', ttl: random.below(4), ...item },
    { type: 'HAVE', ids: [id] },
    { type: 'WANT', ids: [id] },
    { type: 'DONT_WANT', ids: [id] },
    { type: 'GRAFT', dataType },
    { type: 'PRUNE', dataType, backOffSeconds: random.below(3) },
    {
      type: 'INTEREST',
      all: random.below(9) === 0,
      add: [dataType],
      remove: [1 + random.below(3)],
    },
    { type: 'PEER_REQUEST', max: random.below(40), sample: [record], types: [random.below(8)] },
    { type: 'PEER_RESPONSE', peers: [record], sharing: random.below(2) },
    { type: 'PEER_JOIN', peer: record, hopsLeft: random.below(8) },
    { type: 'PEER_LEAVE', reason: random.below(3) },
    { type: 'NEIGHBOR', word: pick(NEIGHBOR_WORDS, random) ?? 'low' },
    { type: 'PING', echo: Buffer.alloc(8, random.below(3)) },
    { type: 'PONG', echo: Buffer.alloc(8, random.below(3)) },
  ];
  return pick(messages, random) ?? { type: 'PEER_LEAVE', reason: 0 };
};

const called = (quiet: QuietDaemon, random: Random): Peer | undefined => {
  const from = remote(random);
  const connection = quiet.daemon.peers.accepted();
  if (connection === undefined) return undefined;
  quiet.lines.delete(connection);
  quiet.daemon.peers.opened(connection, from);
  return quiet.lines.has(connection)
    ? new Peer(quiet, connection, 'caller', from.host, random)
    : undefined;
};

/** Answers a dial that waits. */
const answered = (quiet: QuietDaemon, random: Random): Peer | undefined => {
  const connection = quiet.dials.shift();
  if (connection === undefined) return undefined;
  quiet.daemon.peers.connected(connection, { host: '127.0.0.2', port: 6001 });
  return new Peer(quiet, connection, 'listener', '127.0.0.2', random);
};

/** Some are mad through and through, others only now and then: their links live longer. */
const MADNESS = [1, 2, 9];

const utter = (peer: Peer, corpus: Corpus, nowMs: number, random: Random): void => {
  const madness = pick(MADNESS, random) ?? 1;
  for (let n = 0; n < FRAMES_A_CONNECTION; n += 1) {
    const kind = random.below(12);
    const isMad = kind < madness;
    const isOdd = kind === 10;
    const frame = isMad
      ? corpus.mutated(random)
      : isOdd
        ? corpus.valid(random)
        : encodePeer(lively(nowMs, random));
    for (const piece of pieces(frame, random)) peer.write(piece);
  }
};

const peerLinks: Target = {
  name: 'peer-links',
  what: 'a daemon whose peers go mad, in each state of handshake and link',
  open: (begin) => {
    const quiet = quietDaemon(begin);
    const corpus = peerCorpus(begin);
    const module = quiet.daemon.api.accepted();
    if (module === undefined) throw new Error('a module is let in');
    quiet.daemon.api.opened(module, '127.0.0.1:1');
    const subscriptions = TYPES.map((dataType) => ({ type: 'NOTIFY' as const, dataType }));
    quiet.daemon.api.received(module, subscriptions);
    const judge = (random: Random): void => {
      const heard = quiet.notified.get(module)?.splice(0) ?? [];
      for (const { messageId } of heard) {
        const valid = random.below(4) > 0;
        quiet.daemon.api.received(module, [{ type: 'VALIDATION', messageId, valid }]);
      }
    };
    return {
      round: (random) => {
        const { counters } = quiet.daemon;
        const peers: Peer[] = [];
        // One behaves, so that there is somebody to whom items go.
        const calm = called(quiet, random);
        if (calm !== undefined) {
          peers.push(calm);
          calm.begin('link', random);
        }
        for (let n = 0; n < CONNECTIONS_A_ROUND; n += 1) {
          const peer = (random.below(2) === 0 && answered(quiet, random)) || called(quiet, random);
          if (!peer) continue;
          peers.push(peer);
          peer.begin(pick(DEPTHS, random) ?? 'nothing', random);
        }
        for (const peer of peers) {
          if (peer === calm) continue;
          utter(peer, corpus, quiet.nowMs(), random);
          judge(random);
          if (random.below(3) === 0) quiet.wait(random.below(ROUND_MS));
        }
        quiet.wait(random.below(30) === 0 ? 40_000 : random.below(ROUND_MS));
        for (const peer of peers) peer.hangUp();
        for (const dial of quiet.dials.splice(0)) {
          quiet.daemon.peers.closed(dial, 'nobody there');
          quiet.lines.delete(dial);
        }
        quiet.check();
        for (const gauge of ['links', 'links_active', 'half_open', 'link_interests']) {
          must(counters.get(gauge) === 0, `${gauge} is 0 when nobody is left`);
        }
        return peers.length * FRAMES_A_CONNECTION;
      },
      close: () => {
        const { counters } = quiet.daemon;
        for (const metric of ['items_accepted_total', 'items_sent_total', 'peer_malformed_total']) {
          const seen = counters
            .entries()
            .some(({ name, value }) => name.startsWith(metric) && value > 0);
          must(seen, `${metric} was reached`);
        }
        quiet.daemon.shutdown();
      },
    };
  },
};

const moduleMessage = (known: readonly number[], random: Random): ApiMessage => {
  const dataType = pick(TYPES, random) ?? 1;
  const kind = random.below(3);
  if (kind === 0) return { type: 'NOTIFY', dataType };
  if (kind === 1) {
    const messageId = pick(known, random) ?? random.below(0x10000);
    return { type: 'VALIDATION', messageId, valid: random.below(2) === 0 };
  }
  const data = random.bytes(1 + random.below(9));
  return { type: 'ANNOUNCE', ttl: random.below(3), dataType, data };
};

const modules: Target = {
  name: 'modules',
  what: 'a daemon whose modules go mad',
  open: (begin) => {
    const quiet = quietDaemon(begin);
    const corpus = apiCorpus(begin);
    return {
      round: (random) => {
        const { api, counters } = quiet.daemon;
        let frames = 0;
        const open: ConnectionId[] = [];
        for (let n = 0; n < CONNECTIONS_A_ROUND; n += 1) {
          const connection = api.accepted();
          if (connection === undefined) throw new Error('a module is let in');
          quiet.notified.delete(connection);
          quiet.modulesClosing.delete(connection);
          api.opened(connection, '127.0.0.1:2');
          open.push(connection);
        }
        for (const connection of open) {
          const framer = apiRequestFramer();
          for (let n = 0; n < FRAMES_A_CONNECTION; n += 1) {
            const known = (quiet.notified.get(connection) ?? []).map(({ messageId }) => messageId);
            const frame =
              random.below(4) > 0
                ? encodeApi(moduleMessage(known, random))
                : corpus.mutated(random);
            frames += 1;
            for (const piece of pieces(frame, random)) {
              if (quiet.modulesClosing.has(connection)) break;
              const { messages, error } = framer.push(piece);
              if (messages.length > 0) api.received(connection, messages);
              if (error !== undefined) api.malformed(connection, error, '00');
            }
          }
        }
        quiet.wait(random.below(20) === 0 ? 12_000 : random.below(ROUND_MS));
        for (const connection of open) api.closed(connection, 'hung up');
        for (const dial of quiet.dials.splice(0)) {
          quiet.daemon.peers.closed(dial, 'nobody there');
          quiet.lines.delete(dial);
        }
        quiet.check();
        must(counters.get('modules') === 0, 'no module is left');
        must(counters.get('notifications_outstanding') === 0, 'nobody is waited for');
        return frames;
      },
      close: () => {
        must(quiet.daemon.counters.get('notifications_total') > 0, 'modules were notified');
        quiet.daemon.shutdown();
      },
    };
  },
};

export const actorTargets: readonly Target[] = [peerLinks, modules];
