/**
 * Hosts without daemons: plain objects that speak over connections of the virtual world, cheap
 * enough for ten thousand. Time is the `Scheduler`'s, latency that of the daemons' network, and
 * connections keep the same manners: a dial takes three one-way trips until the listener hears of
 * it, messages arrive in order, a crash is seen as a reset one trip later. Messages are handed over
 * as they are and nobody has a limit of bandwidth.
 */
import type { Scheduler, TimerOwner } from '../virtual-clock.js';
import type { Latency } from '../virtual-network.js';

/** A connection between two hosts; one object for both ends. */
type Connection = { readonly latencyMs: number };

/** What a protocol makes of a host. Its timers die with it, when they name it as their owner. */
export abstract class Host<Message> implements TimerOwner {
  readonly number: number;
  readonly network: HostNetwork<Message>;
  /** Receives and keeps its links as all do, but neither relays, offers nor serves items. */
  isDropper = false;
  isStopped = false;

  constructor(network: HostNetwork<Message>, number: number) {
    this.network = network;
    this.number = number;
  }

  /** A connection is there; `isCaller`: this host has dialled it. */
  abstract linked(peer: number, isCaller: boolean): void;
  abstract received(peer: number, message: Message): void;
  /** A connection has ended, and not by this host's doing. */
  abstract lost(peer: number): void;
  /** Nobody listens there. */
  abstract unreachable(peer: number): void;
}

/** Where a host stands: named as the daemons of a `World` are, so that both meet one network. */
export const hostName = (number: number): string => `10.${number >> 8}.${number & 0xff}.1`;

/** The hosts of a network and the connections between them. */
export class HostNetwork<Message> {
  readonly scheduler: Scheduler;
  readonly #latency: Latency;
  readonly #hosts: (Host<Message> | undefined)[] = [];
  /** Of each host, by the other's number, in order of their making. */
  readonly #connections: Map<number, Connection>[] = [];
  /** The numbers of those that run, in no order that means anything. */
  readonly #running: number[] = [];

  constructor(scheduler: Scheduler, latency: Latency) {
    this.scheduler = scheduler;
    this.#latency = latency;
  }

  /** The host of that number, if it runs. */
  at(number: number): Host<Message> | undefined {
    return this.#hosts[number];
  }

  get running(): readonly number[] {
    return this.#running;
  }

  /** Puts a host in its place; one that was there before must have crashed. */
  add(host: Host<Message>): void {
    this.#running.push(host.number);
    this.#hosts[host.number] = host;
    this.#connections[host.number] = new Map();
  }

  /** To whom a host has connections, in order of their making. */
  peersOf(number: number): readonly number[] {
    return [...(this.#connections[number]?.keys() ?? [])];
  }

  /** How many connections a host has. */
  degree(number: number): number {
    return this.#connections[number]?.size ?? 0;
  }

  isConnected(from: number, to: number): boolean {
    return this.#connections[from]?.has(to) ?? false;
  }

  /**
   * Tells `linked` at both ends, or `unreachable`. When there is a connection by then, the caller
   * is told of it once more, and the listener is not.
   */
  dial(from: Host<Message>, to: number): void {
    const latencyMs = this.#latencyMs(from.number, to);
    this.scheduler.after(2 * latencyMs, () => this.#answer(from, to, latencyMs), from);
  }

  /** A connection for one message, of which neither end is told. */
  sendOnce(from: Host<Message>, to: number, message: Message): void {
    const latencyMs = this.#latencyMs(from.number, to);
    this.scheduler.after(3 * latencyMs, () => this.at(to)?.received(from.number, message));
  }

  /** Without a connection the message is lost. */
  send(from: Host<Message>, to: number, message: Message): void {
    const connection = this.#connections[from.number]?.get(to);
    if (connection === undefined) return;
    this.scheduler.after(connection.latencyMs, () => {
      if (this.#connections[to]?.get(from.number) !== connection) return;
      this.at(to)?.received(from.number, message);
    });
  }

  /** Ends a connection; what has been sent arrives before its end does. */
  close(from: Host<Message>, to: number): void {
    const connections = this.#connections[from.number];
    const connection = connections?.get(to);
    if (connection === undefined) return;
    connections?.delete(to);
    this.#endLater(connection, from.number, to);
  }

  /** The process dies: its connections are reset, what it has sent arrives. */
  crash(number: number): void {
    const host = this.#hosts[number];
    if (host === undefined) return;
    host.isStopped = true;
    this.#hosts[number] = undefined;
    const last = this.#running.pop();
    if (last !== undefined && last !== number) this.#running[this.#running.indexOf(number)] = last;
    const connections = this.#connections[number] ?? new Map<number, Connection>();
    this.#connections[number] = new Map();
    for (const [peer, connection] of connections) this.#endLater(connection, number, peer);
  }

  #latencyMs(from: number, to: number): number {
    return this.#latency(hostName(from), hostName(to));
  }

  #answer(from: Host<Message>, to: number, latencyMs: number): void {
    const listener = this.at(to);
    if (listener === undefined) return from.unreachable(to);
    if (this.isConnected(from.number, to)) return from.linked(to, true);
    // Both have dialled at once: they share what was there first.
    const connection = this.#connections[to]?.get(from.number) ?? { latencyMs };
    this.#connections[from.number]?.set(to, connection);
    this.scheduler.after(latencyMs, () => this.#open(listener, from.number, connection));
    from.linked(to, true);
  }

  #open(listener: Host<Message>, peer: number, connection: Connection): void {
    if (listener.isStopped) return this.#endLater(connection, listener.number, peer);
    const connections = this.#connections[listener.number];
    if (connections === undefined || connections.has(peer)) return;
    connections.set(peer, connection);
    listener.linked(peer, false);
  }

  #endLater(connection: Connection, from: number, to: number): void {
    this.scheduler.after(connection.latencyMs, () => {
      const connections = this.#connections[to];
      if (connections?.get(from) !== connection) return;
      connections.delete(from);
      this.at(to)?.lost(from);
    });
  }
}
