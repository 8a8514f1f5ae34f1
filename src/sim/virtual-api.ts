/** Local modules in memory, and the port by which a node serves them. */
import { formatAddress } from '../common/address.js';
import type { ApiHandler, ApiPort, ConnectionId, LogPort } from '../runtime/ports.js';
import { encodeApi } from '../wire/api-codec.js';
import type { WireError } from '../wire/decoded.js';
import { apiRequestFramer, type Framer } from '../wire/framing.js';
import type { ApiRequest, GossipNotification } from '../wire/messages.js';
import type { Scheduler, Timer } from './virtual-clock.js';

/** As the sockets have it: see `API_LIMITS`. */
const CLOSE_GRACE_MS = 1_000;
const DUMP_BYTES = 32;
const FIRST_MODULE_PORT = 30_000;
const MODULE_PORTS = 20_000;

/** What a module is told. */
export type ModuleHandler = {
  notified(message: GossipNotification): void;
  /** The daemon has hung up; the module may still hang up too. */
  ended(): void;
};

/** A module's side of its connection. What it says in one moment arrives as one read. */
export type ModuleSocket = {
  say(...messages: readonly ApiRequest[]): void;
  /** Anything, as bytes: for modules that babble. */
  write(bytes: Buffer): void;
  hangUp(): void;
};

/** The module side and the daemon side of the API of one node. */
export class VirtualApi {
  readonly #scheduler: Scheduler;
  readonly #handler: ApiHandler;
  readonly #log: LogPort;
  readonly #connections = new Map<ConnectionId, ModuleConnection>();
  #made = 0;
  #isOpen = true;
  /** What modules say while the daemon stands still, in order; undefined: it does not. */
  #parked: (() => void)[] | undefined;

  constructor(scheduler: Scheduler, handler: ApiHandler, log: LogPort = () => undefined) {
    this.#scheduler = scheduler;
    this.#handler = handler;
    this.#log = log;
  }

  readonly port: ApiPort = {
    send: (connection, message) => this.#connections.get(connection)?.send(message),
    // Modules of the same host read at once.
    unsentBytes: () => 0,
    close: (connection) => this.#connections.get(connection)?.close('closed by us'),
  };

  /** Connections of modules that there are. */
  connections(): readonly ConnectionId[] {
    return [...this.#connections.keys()];
  }

  /** Connects a module. It is told of `ended` when the daemon has no room for it. */
  connect(module: ModuleHandler): ModuleSocket {
    this.#made += 1;
    const port = FIRST_MODULE_PORT + (this.#made % MODULE_PORTS);
    const remote = formatAddress({ host: '127.0.0.1', port });
    const lease = {
      admit: () => this.#admit(connection),
      release: (name: ConnectionId) => void this.#connections.delete(name),
      whenAwake: (act: () => void) => this.#whenAwake(act),
    };
    const connection: ModuleConnection = new ModuleConnection(
      this.#scheduler,
      this.#handler,
      module,
      this.#log,
      lease,
    );
    this.#scheduler.after(0, () => this.#whenAwake(() => connection.open(remote)));
    return connection;
  }

  /** The daemon stands still: it is told nothing until `thaw`. */
  freeze(): void {
    this.#parked ??= [];
  }

  /** Tells the daemon what its modules have said meanwhile. */
  thaw(): void {
    const parked = this.#parked ?? [];
    this.#parked = undefined;
    for (const act of parked) act();
  }

  /** Refuses new modules, and hangs up on those that there are. */
  close(): void {
    this.#isOpen = false;
    for (const connection of [...this.#connections.values()]) connection.close('shutting down');
  }

  /** The process dies: it is told nothing, its modules that it has ended. */
  kill(): void {
    this.#isOpen = false;
    this.#parked = undefined;
    for (const connection of this.#connections.values()) connection.vanish();
    this.#connections.clear();
  }

  #whenAwake(act: () => void): void {
    if (this.#parked === undefined) act();
    else this.#parked.push(act);
  }

  #admit(connection: ModuleConnection): ConnectionId | undefined {
    const name = this.#isOpen ? this.#handler.accepted() : undefined;
    if (name !== undefined) this.#connections.set(name, connection);
    return name;
  }
}

type Registry = {
  admit(): ConnectionId | undefined;
  release(name: ConnectionId): void;
  whenAwake(act: () => void): void;
};

class ModuleConnection implements ModuleSocket {
  readonly #scheduler: Scheduler;
  readonly #handler: ApiHandler;
  readonly #module: ModuleHandler;
  readonly #log: LogPort;
  readonly #registry: Registry;
  #name: ConnectionId | undefined;
  #phase: 'opening' | 'open' | 'deaf' | 'closing' | 'closed' = 'opening';
  /** Said by the module and not yet arrived: messages, or bytes once it has written bytes. */
  #said: ApiRequest[] = [];
  #written: Buffer[] = [];
  #framer: Framer<ApiRequest> | undefined;
  #hasHungUp = false;
  #isArriving = false;
  /** Said by the daemon. */
  #notices: GossipNotification[] = [];
  #grace: Timer | undefined;
  #reason = 'closed';

  constructor(
    scheduler: Scheduler,
    handler: ApiHandler,
    module: ModuleHandler,
    log: LogPort,
    registry: Registry,
  ) {
    this.#scheduler = scheduler;
    this.#handler = handler;
    this.#module = module;
    this.#log = log;
    this.#registry = registry;
  }

  open(remote: string): void {
    const name = this.#registry.admit();
    if (name === undefined) {
      this.#phase = 'closed';
      return this.#module.ended();
    }
    this.#name = name;
    this.#phase = 'open';
    this.#tell((connection) => this.#handler.opened(connection, remote));
  }

  // ------------------------------------------------------------------ the module speaks

  say(...messages: readonly ApiRequest[]): void {
    if (this.#framer !== undefined) return this.write(Buffer.concat(messages.map(encodeApi)));
    this.#said.push(...messages);
    this.#arriveSoon();
  }

  write(bytes: Buffer): void {
    this.#framer ??= apiRequestFramer();
    this.#written.push(bytes);
    this.#arriveSoon();
  }

  hangUp(): void {
    this.#hasHungUp = true;
    this.#arriveSoon();
  }

  #arriveSoon(): void {
    if (this.#isArriving) return;
    this.#isArriving = true;
    this.#scheduler.after(0, () => this.#registry.whenAwake(() => this.#arrive()));
  }

  #arrive(): void {
    this.#isArriving = false;
    const [said, written] = [this.#said, Buffer.concat(this.#written)];
    [this.#said, this.#written] = [[], []];
    this.#hear(said);
    const { messages, error } = this.#framer?.push(written) ?? NOTHING_PUSHED;
    this.#hear(messages);
    if (error !== undefined) this.#reject(error, written);
    if (this.#hasHungUp) this.#hearEnd();
  }

  #hear(messages: readonly ApiRequest[]): void {
    if (this.#phase !== 'open' || messages.length === 0) return;
    this.#tell((name) => this.#handler.received(name, messages));
  }

  #hearEnd(): void {
    const pending = this.#framer?.pendingBytes ?? 0;
    if (pending > 0) {
      const detail = `the stream ends ${pending} bytes into a message`;
      this.#reject({ code: 'truncated', detail }, this.#framer?.pending ?? Buffer.alloc(0));
    }
    this.close('ended by the other side');
    // The daemon says what it has queued, then both have ended.
    this.#scheduler.after(0, () => this.#end());
  }

  #reject(error: WireError, bytes: Buffer): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'deaf';
    const dump = bytes.toString('hex', 0, DUMP_BYTES) + (bytes.length > DUMP_BYTES ? '…' : '');
    this.#tell((name) => this.#handler.malformed(name, error, dump));
  }

  // ------------------------------------------------------------------ the daemon speaks

  send(message: GossipNotification): void {
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    this.#notices.push(message);
    if (this.#notices.length === 1) this.#scheduler.after(0, () => this.#notify());
  }

  close(reason: string): void {
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    this.#phase = 'closing';
    this.#reason = reason;
    this.#scheduler.after(0, () => this.#module.ended());
    this.#grace = this.#scheduler.after(CLOSE_GRACE_MS, () => this.#end());
  }

  vanish(): void {
    this.#name = undefined;
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#scheduler.after(0, () => this.#module.ended());
  }

  #notify(): void {
    const notices = this.#notices;
    this.#notices = [];
    for (const notice of notices) this.#module.notified(notice);
  }

  #end(): void {
    if (this.#phase === 'closed') return;
    if (this.#grace !== undefined) this.#scheduler.cancel(this.#grace);
    const name = this.#name;
    this.#phase = 'closed';
    if (name === undefined) return;
    this.#registry.release(name);
    this.#guard(() => this.#handler.closed(name, this.#reason));
  }

  #tell(say: (name: ConnectionId) => void): void {
    const name = this.#name;
    if (name === undefined || this.#phase === 'closed') return;
    if (!this.#guard(() => say(name))) this.#end();
  }

  /** A handler that throws loses this connection, and nothing else. */
  #guard(say: () => void): boolean {
    try {
      say();
      return true;
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#log('error', 'connection handler failed', { reason });
      return false;
    }
  }
}

const NOTHING_PUSHED = { messages: [], error: undefined } as const;
