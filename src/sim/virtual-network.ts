/**
 * A network in memory: TCP as daemons see it. Hosts listen and dial; what one side sends in one
 * moment arrives as one read, in order, after the latency of the pair of hosts and, where
 * a host's uplink has a limit, after its turn on the uplink.
 *
 * Messages are handed over as they are: only their sizes are counted, by the codec. With
 * `throughCodec` each is encoded and decoded on the way, which is slower and hides nothing.
 */
import { formatAddress, type DialAddress } from '../common/address.js';
import type { Random } from '../core/prng.js';
import { sendClassOf } from '../core/send-classes.js';
import { SendTally } from '../core/send-queue.js';
import {
  NOBODY,
  type ConnectionId,
  type ItemCopy,
  type LogPort,
  type PeersHandler,
  type PeersPort,
} from '../runtime/ports.js';
import type { PeerMessage } from '../wire/messages.js';
import { decodePeer, encodePeer, peerFrameBytes } from '../wire/peer-codec.js';
import { Cuts } from './cuts.js';
import type { NetworkTap } from './link-host.js';
import { AdjustablePaths, steadyPaths, type Latency, type Paths } from './paths.js';
import type { Scheduler } from './virtual-clock.js';
import { VirtualDial } from './virtual-dial.js';
import type { LinkEnd } from './virtual-link.js';

export type { Latency } from './paths.js';
export type { NetworkTap } from './link-host.js';

export type NetworkOptions = {
  /** A latency alone has neither jitter nor loss. */
  readonly latency: Latency | Paths;
  /** Encode and decode every message on its way. */
  readonly throughCodec?: boolean;
  /** A dial that has not succeeded by then has failed; as sockets have it. */
  readonly dialTimeoutMs?: number;
};

export type EndpointOptions = {
  /** Bytes a millisecond that leave the host, shared by its connections; undefined: no limit. */
  readonly uplink?: number | undefined;
  readonly log?: LogPort;
  /** What its certificate proves, 32 B; undefined: it speaks no TLS. */
  readonly identity?: Buffer;
};

/** Stands between a process and its sockets, to the harm of others. */
export type Interceptor = {
  /** False: what the process sends does not leave. */
  lets(message: PeerMessage, to: readonly ConnectionId[]): boolean;
  /** Something has come. False: the process is not told. */
  heard(from: ConnectionId, message: PeerMessage): boolean;
};

/** A host that listens and dials. */
export type VirtualEndpoint = {
  readonly port: PeersPort;
  readonly address: DialAddress;
  /** Refuses new connections, and does not dial any more. */
  stopAccepting(): void;
  /** Stops and closes all connections, each `closed` told; they need time to go. */
  close(): void;
  /** The process dies: it is told nothing, the other ends see their connections reset. */
  kill(): void;
  /**
   * The process is told nothing any more until `thaw`, its sockets stay open: what comes is taken
   * as far as TCP's window reaches, then the others wait.
   */
  freeze(): void;
  /** Tells, in order, all that has come meanwhile. */
  thaw(): void;
  /** Connections that it has a name for. */
  connections(): readonly ConnectionId[];
  /** Counts up with each that it named: a name is used again, a number is not. */
  numberOf(connection: ConnectionId): number | undefined;
  /** From now on the process does not have its sockets for itself. */
  intercept(interceptor: Interceptor): void;
  /** Sends past the interceptor. */
  say(to: readonly ConnectionId[], message: PeerMessage): void;
  /** Another uplink from now on, in bytes a millisecond; undefined: no limit. */
  limitUplink(bytesPerMs: number | undefined): void;
};

const DIAL_TIMEOUT_MS = 5_000;
/** Ports of callers begin here. */
const FIRST_CALLER_PORT = 40_000;
const CALLER_PORTS = 20_000;

/** The same latency between all pairs of hosts. */
export const evenLatency =
  (latencyMs: number): Latency =>
  () =>
    latencyMs;

/**
 * Hosts on a square, placed by chance: latency grows with distance, between `minMs` for neighbors
 * and `maxMs` from corner to corner. Each host's place is drawn when it is first asked for.
 */
export const planeLatency = (random: Random, minMs: number, maxMs: number): Latency => {
  const places = new Map<string, readonly [x: number, y: number]>();
  const STEPS = 65_536;
  const placeOf = (host: string): readonly [x: number, y: number] => {
    const known = places.get(host);
    if (known !== undefined) return known;
    const place = [random.below(STEPS) / STEPS, random.below(STEPS) / STEPS] as const;
    places.set(host, place);
    return place;
  };
  return (fromHost, toHost) => {
    const [fromX, fromY] = placeOf(fromHost);
    const [toX, toY] = placeOf(toHost);
    return minMs + ((maxMs - minMs) * Math.hypot(fromX - toX, fromY - toY)) / Math.SQRT2;
  };
};

/** All hosts of a world and the paths between them. */
export class VirtualNetwork {
  readonly scheduler: Scheduler;
  readonly paths: AdjustablePaths;
  readonly cuts = new Cuts();
  /** No connection opens before this moment: dials that would succeed wait for it. */
  opensFromMs = 0;
  /** Whoever counts; undefined: nobody. */
  tap: NetworkTap | undefined;
  readonly #throughCodec: boolean;
  readonly #dialTimeoutMs: number;
  readonly #listening = new Map<string, Endpoint>();

  constructor(scheduler: Scheduler, options: NetworkOptions) {
    const { latency } = options;
    this.scheduler = scheduler;
    this.paths = new AdjustablePaths(
      typeof latency === 'function' ? steadyPaths(latency) : latency,
    );
    this.#throughCodec = options.throughCodec ?? false;
    this.#dialTimeoutMs = options.dialTimeoutMs ?? DIAL_TIMEOUT_MS;
  }

  /**
   * Listens at an address.
   *
   * @throws RangeError when somebody listens there.
   */
  open(
    address: DialAddress,
    handler: PeersHandler,
    options: EndpointOptions = {},
  ): VirtualEndpoint {
    const key = formatAddress(address);
    if (this.#listening.has(key)) throw new RangeError(`somebody listens at ${key}`);
    const endpoint = new Endpoint(this, address, handler, options);
    this.#listening.set(key, endpoint);
    return endpoint;
  }

  /** From now on nothing passes between two hosts; what is on its way arrives. */
  cut(oneHost: string, otherHost: string): void {
    this.cuts.cutOneWay(oneHost, otherHost);
    this.cuts.cutOneWay(otherHost, oneHost);
  }

  /** What had to wait passes again, in order, as TCP brings it. */
  heal(oneHost: string, otherHost: string): void {
    this.cuts.healOneWay(oneHost, otherHost);
    this.cuts.healOneWay(otherHost, oneHost);
  }

  listenerAt(address: DialAddress): Endpoint | undefined {
    return this.#listening.get(formatAddress(address));
  }

  forget(address: DialAddress): void {
    this.#listening.delete(formatAddress(address));
  }

  get dialTimeoutMs(): number {
    return this.#dialTimeoutMs;
  }

  /** The message as the other side will have it. @throws RangeError when it has no bytes. */
  carry(message: PeerMessage): PeerMessage {
    if (!this.#throughCodec) return message;
    const decoded = decodePeer(encodePeer(message));
    if (!decoded.ok) throw new RangeError(`${message.type}: ${decoded.error.detail}`);
    return decoded.value;
  }
}

/** One host: its connections by name, as its handler gave them. */
export class Endpoint implements VirtualEndpoint {
  readonly network: VirtualNetwork;
  readonly address: DialAddress;
  handler: PeersHandler;
  readonly log: LogPort;
  uplink: number | undefined;
  /** When the last byte that waits for the uplink will have left. */
  uplinkFreeMs = 0;
  readonly waiting = new SendTally();
  readonly identity: Buffer | undefined;
  readonly #ends = new Map<ConnectionId, LinkEnd>();
  readonly #numbers = new Map<ConnectionId, number>();
  #named = 0;
  /** What comes while the process is frozen, in order; undefined: it is not. */
  #parked: (() => void)[] | undefined;
  /** Whoever may send again once it is thawed. */
  #onThawed: (() => void)[] = [];
  #dials = 0;
  #interceptor: Interceptor | undefined;
  #phase: 'open' | 'closing' | 'dead' = 'open';

  constructor(
    network: VirtualNetwork,
    address: DialAddress,
    handler: PeersHandler,
    { uplink, log, identity }: EndpointOptions,
  ) {
    this.network = network;
    this.address = address;
    this.handler = handler;
    this.uplink = uplink;
    this.identity = identity;
    this.log = log ?? (() => undefined);
  }

  readonly port: PeersPort = {
    dial: (connection, to) => this.#dial(connection, to),
    send: (connections, message, copy) =>
      this.#interceptor?.lets(message, connections) === false
        ? NOBODY
        : this.say(connections, message, copy),
    cancel: (connection, itemIds) => this.#ends.get(connection)?.cancel(itemIds) ?? 0,
    waitingBytes: (sendClass) => this.waiting.bytesOf(sendClass),
    unsentBytes: (connection) => this.#ends.get(connection)?.unsentBytes ?? 0,
    limitFrames: (connection, bytes) => this.#ends.get(connection)?.limitFrames(bytes),
    secure: (connection, role) => this.#ends.get(connection)?.secure(role),
    close: (connection) => this.#ends.get(connection)?.close('closed by us'),
  };

  get isFrozen(): boolean {
    return this.#parked !== undefined;
  }

  whenAwake(act: () => void): void {
    if (this.#parked === undefined) act();
    else this.#parked.push(act);
  }

  onThawed(goOn: () => void): void {
    this.#onThawed.push(goOn);
  }

  freeze(): void {
    this.#parked ??= [];
  }

  thaw(): void {
    const parked = this.#parked ?? [];
    const onThawed = this.#onThawed;
    this.#parked = undefined;
    this.#onThawed = [];
    for (const act of parked) act();
    for (const goOn of onThawed) goOn();
  }

  connections(): readonly ConnectionId[] {
    return [...this.#ends.keys()];
  }

  limitUplink(bytesPerMs: number | undefined): void {
    this.uplink = bytesPerMs;
  }

  intercept(interceptor: Interceptor): void {
    const { handler } = this;
    this.#interceptor = interceptor;
    this.handler = {
      ...handler,
      received: (connection, messages) => {
        const told = messages.filter((message) => interceptor.heard(connection, message));
        if (told.length > 0) handler.received(connection, told);
      },
    };
  }

  /** The connection has ended; its name is free. */
  release(connection: ConnectionId): void {
    this.#ends.delete(connection);
    this.#numbers.delete(connection);
  }

  #name(connection: ConnectionId, end: LinkEnd): void {
    this.#named += 1;
    this.#ends.set(connection, end);
    this.#numbers.set(connection, this.#named);
  }

  numberOf(connection: ConnectionId): number | undefined {
    return this.#numbers.get(connection);
  }

  /** Gives a caller's connection its name; undefined: refused. */
  admit(end: LinkEnd): ConnectionId | undefined {
    if (this.#phase !== 'open') return undefined;
    const connection = this.handler.accepted();
    if (connection !== undefined) this.#name(connection, end);
    return connection;
  }

  stopAccepting(): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'closing';
    this.network.forget(this.address);
  }

  close(): void {
    this.stopAccepting();
    for (const end of [...this.#ends.values()]) end.close('shutting down');
  }

  kill(): void {
    this.stopAccepting();
    this.#phase = 'dead';
    this.#parked = undefined;
    this.#onThawed = [];
    for (const end of this.#ends.values()) end.vanish();
    this.#ends.clear();
  }

  #dial(connection: ConnectionId, to: DialAddress): void {
    if (this.#ends.has(connection)) {
      return this.log('error', 'dial under a name in use', { connection });
    }
    this.#dials += 1;
    const from = {
      host: this.address.host,
      port: FIRST_CALLER_PORT + (this.#dials % CALLER_PORTS),
    };
    const dial = new VirtualDial(this, from, to);
    this.#name(connection, dial.caller);
    dial.begin(connection, this.#phase === 'open');
  }

  say(
    connections: readonly ConnectionId[],
    message: PeerMessage,
    copy?: ItemCopy,
  ): readonly ConnectionId[] {
    const sending = copy ?? { sendClass: sendClassOf(message.type) };
    let refused: ConnectionId[] | undefined;
    try {
      const bytes = peerFrameBytes(message);
      const carried = this.network.carry(message);
      for (const connection of connections) {
        const end = this.#ends.get(connection);
        if (end?.send(carried, bytes, sending) === false) (refused ??= []).push(connection);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.log('error', 'message cannot be encoded', { endpoint: 'peers', reason });
    }
    return refused ?? NOBODY;
  }
}
