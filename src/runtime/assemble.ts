/**
 * The one seam between the machines and the world: gives the machines their effects, and turns
 * what the ports say into events. Daemon, simulator and tests all call it.
 */
import { createActor, type ActorRefFrom, type AnyActorRef } from 'xstate';
import { apiConnectionMachine } from '../../machines/api-connection.js';
import { challengerMachine } from '../../machines/challenger.js';
import type { ViewEvent } from '../../machines/events.js';
import { errorMessage } from '../../machines/handshake.js';
import {
  peerConnectionMachine,
  type PeerConnectionEvent,
  type PeerSettings,
} from '../../machines/peer-connection.js';
import { peerViewMachine } from '../../machines/peer-view.js';
import { proverMachine } from '../../machines/prover.js';
import { supervisorMachine, type SupervisorOutput } from '../../machines/supervisor.js';
import { validationMachine } from '../../machines/validation.js';
import type { Config } from '../config/config.js';
import { ActiveView } from '../core/active-view.js';
import { AddressBook, type BookEntry } from '../core/address-book.js';
import { Counters } from '../core/counters.js';
import { HalfOpenSlots } from '../core/half-open-slots.js';
import { NumberPool } from '../core/number-pool.js';
import { CHALLENGE_BYTES, PING_BYTES, SALT_BYTES, type PeerAddress } from '../wire/messages.js';
import { apiArrivals, peerArrivals } from './arrivals.js';
import type { ApiHandler, ConnectionId, PeersHandler, Ports } from './ports.js';
import { Router } from './router.js';
import { ViewKeeper, type Dial } from './view-keeper.js';

/** Deadlines of the handshake that are no settings (protocol page, "Handshake"). */
const CHALLENGE_TIMEOUT_MS = 5_000;
const GREETING_TIMEOUT_MS = 10_000;
/** Our guesses. */
const ACQUAINTANCE_TIMEOUT_MS = 10_000;
const SAVE_INTERVAL_MS = 30_000;
const LEAVE_TIMEOUT_MS = 3_000;
const RESTARTS_MAX = 3;
const RESTART_PERIOD_MS = 60_000;
const JITTER_SHARE = 0.2;
const JITTER_STEPS = 1_000;

export type Assembly = {
  readonly config: Config;
  /** SHA-256 of the host key's public half, 32 B. */
  readonly identity: Buffer;
  /** Where we listen. An unspecified host is told as such, and seen by the peer. */
  readonly listenAddress: PeerAddress;
  /** Name and version, for HELLO. */
  readonly agent: string;
  /** What an earlier run knew. */
  readonly knownPeers: readonly BookEntry[];
};

/** A daemon without its sockets. */
export type Daemon = {
  readonly root: ActorRefFrom<typeof supervisorMachine>;
  readonly counters: Counters;
  readonly api: ApiHandler;
  readonly peers: PeersHandler;
  /** The tables behind the peer view, to be read by whoever shows them. */
  readonly view: ActiveView;
  readonly book: AddressBook;
  readonly router: Router;
  /** Asks for an orderly end; `done` comes when all is closed or time is up. */
  shutdown(): void;
  readonly done: Promise<SupervisorOutput>;
};

/**
 * Builds and starts the actors of one daemon. The ports may come later than the assembly, since
 * they need its handlers: `makePorts` gets those.
 */
export const assemble = (assembly: Assembly, ports: Ports): Daemon =>
  new Assembler(assembly, ports).daemon();

class Assembler {
  readonly #assembly: Assembly;
  readonly #ports: Ports;
  readonly #counters = new Counters();
  readonly #moduleNumbers = new NumberPool();
  readonly #peerNumbers = new NumberPool();
  readonly #halfOpen: HalfOpenSlots;
  readonly #view: ActiveView;
  readonly #book: AddressBook;
  readonly #router: Router;
  readonly #keeper: ViewKeeper;
  readonly #root: ActorRefFrom<typeof supervisorMachine>;
  /** When the last PING left, per connection; its echo is not looked at: one is out at a time. */
  readonly #pingedAtMs = new Map<ConnectionId, number>();

  constructor(assembly: Assembly, ports: Ports) {
    this.#assembly = assembly;
    this.#ports = ports;
    const { config } = assembly;
    const identity = assembly.identity.toString('hex');
    const { degree, minConnections, maxConnections, passiveView, lab } = config.peers;
    const { random } = ports;
    const limits = { degree, minConnections, maxConnections, lab, random };
    this.#view = new ActiveView({ identity, ...limits });
    this.#book = new AddressBook({
      capacity: passiveView,
      identity,
      ownAddresses: [assembly.listenAddress],
      lab,
      random,
    });
    this.#book.restore(assembly.knownPeers, ports.clock.wallMs());
    this.#halfOpen = new HalfOpenSlots({
      slotsMax: config.handshake.halfOpenMax,
      perNetworkMax: config.handshake.halfOpenPerNetworkMax,
      lab,
    });
    this.#router = this.#makeRouter();
    this.#keeper = this.#makeKeeper();
    this.#root = this.#makeRoot();
    this.#counters.gauge('half_open', () => this.#halfOpen.taken);
    this.#counters.gauge('modules', () => this.#moduleNumbers.taken);
    this.#counters.gauge('peer_connections', () => this.#peerNumbers.taken);
  }

  daemon(): Daemon {
    const root = this.#root;
    const done = new Promise<SupervisorOutput>((resolve) => {
      root.subscribe({
        complete: () => {
          this.#router.stop();
          resolve(root.getSnapshot().output ?? { failure: undefined });
        },
        error: (error) => {
          this.#router.stop();
          resolve({ failure: `supervisor failed: ${String(error)}` });
        },
      });
    });
    root.start();
    return {
      root,
      done,
      counters: this.#counters,
      view: this.#view,
      book: this.#book,
      router: this.#router,
      api: this.#apiHandler(),
      peers: this.#peersHandler(),
      shutdown: () => root.send({ type: 'shutdown.requested' }),
    };
  }

  // ------------------------------------------------------------------ what the ports say

  #apiHandler(): ApiHandler {
    const reject = (reason: string): undefined => {
      this.#counters.count('modules_refused_total');
      this.#ports.log('warn', 'module refused', { reason });
      return undefined;
    };
    return {
      accepted: () =>
        this.#moduleNumbers.taken >= this.#assembly.config.api.apiConnectionsMax
          ? reject('too many modules (api_connections_max)')
          : this.#moduleNumbers.take(),
      opened: (connection, remote) => {
        this.#root.send({ type: 'module.connected', connection, remote });
      },
      received: (connection, messages) => {
        const actor = this.#module(connection);
        for (const event of apiArrivals(messages)) actor?.send(event);
      },
      malformed: (connection, { code, detail }, dump) => {
        this.#counters.count(`api_malformed_total{code="${code}"}`);
        const reason = `${code}: ${detail}`;
        this.#module(connection)?.send({ type: 'connection.malformed', reason, dump });
      },
      closed: (connection, reason) => {
        const actor = this.#module(connection);
        if (actor === undefined) this.#freeModule(connection);
        else actor.send({ type: 'connection.closed', reason });
      },
    };
  }

  #peersHandler(): PeersHandler {
    return {
      accepted: () => this.#peerNumbers.take(),
      opened: (connection, remote) => {
        this.#root.send({ type: 'caller.connected', connection, remote, ...this.#secrets() });
      },
      connected: (connection, remote) => {
        this.#peer(connection)?.send({ type: 'connection.connected', remote });
      },
      received: (connection, messages) => {
        const actor = this.#peer(connection);
        for (const event of peerArrivals(messages)) actor?.send(event);
      },
      malformed: (connection, { code, detail }, dump) => {
        this.#counters.count(`peer_malformed_total{code="${code}"}`);
        const reason = `${code}: ${detail}`;
        this.#peer(connection)?.send({ type: 'connection.malformed', reason, dump });
      },
      drained: (connection) => this.#router.links.settleDebts(connection),
      closed: (connection, reason) => {
        const actor = this.#peer(connection);
        if (actor === undefined) this.#freePeer(connection);
        else actor.send({ type: 'connection.closed', reason });
      },
    };
  }

  // ------------------------------------------------------------------ what the machines want

  #makeRoot(): ActorRefFrom<typeof supervisorMachine> {
    const router = this.#router;
    const { config } = this.#assembly;
    const machine = supervisorMachine.provide({
      actors: {
        'api-connection': this.#apiConnection(),
        'peer-connection': this.#peerConnection(),
        'peer-view': this.#peerView(),
      },
      actions: {
        announce: (_, event) => router.announce(event),
        subscribe: (_, event) => router.subscribe(event),
        receive: (_, event) => router.receive(event),
        fetch: (_, event) => router.fetch(event),
        serve: (_, event) => router.serve(event),
        settle: (_, event) => router.settle(event),
        heedInterest: (_, event) => router.heedInterest(event),
        forgetModule: (_, event) => router.forgetModule(event),
        refuseBusy: (_, { connection }) => {
          this.#counters.count('callers_refused_total');
          this.#ports.peers.send([connection], errorMessage('busy', 'too many callers'));
          this.#ports.peers.close(connection);
        },
        takeHalfOpenSlot: (_, { connection, remote }) => {
          this.#halfOpen.take(connection, remote.host);
        },
        freeHalfOpenSlot: (_, { connection }) => this.#halfOpen.release(connection),
        freeModule: (_, { connection }) => this.#freeModule(connection),
        freePeer: (_, { connection }) => this.#freePeer(connection),
        abandon: (_, { actorId, error }) => this.#abandon(actorId, error),
        farewell: () => this.#farewell(),
      },
    });
    const { peers } = config;
    return createActor(machine, {
      id: 'supervisor',
      clock: this.#ports.clock,
      input: {
        peerView: {
          searchCooldownMs: peers.searchCooldownMs,
          retryMaxMs: peers.retryMaxMs,
          shuffleIntervalMs: peers.shuffleIntervalMs,
          feelerIntervalMs: peers.feelerIntervalMs,
          saveIntervalMs: SAVE_INTERVAL_MS,
          jitter: () => this.#jitter(),
        },
        peerSettings: this.#peerSettings(),
        strictApi: config.api.strictApi,
        hasSubscribed: (connection, dataType) =>
          router.modules.interests.wants(connection, dataType),
        halfOpenSlotIsFree: (host) => this.#halfOpen.isFreeFor(host),
        restartsMax: RESTARTS_MAX,
        restartPeriodMs: RESTART_PERIOD_MS,
        leaveTimeoutMs: LEAVE_TIMEOUT_MS,
      },
    });
  }

  #apiConnection() {
    return apiConnectionMachine.provide({
      actions: {
        notify: ({ context }, { notices }) => this.#router.notify(context.connection, notices),
        judge: ({ context }, { messages }) => this.#router.judge(context.connection, messages),
        expectAnswers: ({ context }, { expected }) => {
          this.#router.modules.expectAnswers(context.connection, expected);
          this.#ports.log('info', expected ? 'module answers again' : 'module does not answer', {
            module: context.remote,
          });
        },
        refuse: ({ context }, { reason, dump }) => {
          this.#ports.log('warn', 'module closed for bad input', {
            module: context.remote,
            reason,
            bytes: dump,
          });
        },
        disconnect: ({ context }) => this.#ports.api.close(context.connection),
      },
    });
  }

  #peerConnection() {
    const { peers, solver } = this.#ports;
    const solve = (
      self: AnyActorRef,
      name: string,
      { binding, difficulty }: { binding: Buffer; difficulty: number },
    ): void => {
      const connection = Number(name.slice(name.lastIndexOf('.') + 1));
      solver.solve(connection, binding, difficulty, (nonce) => {
        self.send({ type: 'puzzle.solved', nonce });
      });
    };
    const handshakeSend = (name: string, message: Parameters<typeof peers.send>[1]): void =>
      peers.send([Number(name.slice(name.lastIndexOf('.') + 1))], message);
    return peerConnectionMachine.provide({
      actors: {
        challenger: challengerMachine.provide({
          actions: {
            send: ({ self }, { message }) => handshakeSend(self.id, message),
            solvePuzzle: ({ self }, puzzle) => solve(self, self.id, puzzle),
          },
        }),
        prover: proverMachine.provide({
          actions: {
            send: ({ self }, { message }) => handshakeSend(self.id, message),
            solvePuzzle: ({ self }, puzzle) => solve(self, self.id, puzzle),
          },
        }),
      },
      actions: {
        dial: ({ context }) => peers.dial(context.connection, context.remote),
        send: ({ context }, { message }) => peers.send([context.connection], message),
        ping: ({ context }) => this.#ping(context.connection),
        measure: ({ context }) => this.#measure(context.connection),
        limitFrames: ({ context }, { bytes }) => peers.limitFrames(context.connection, bytes),
        cancelPuzzle: ({ context }) => solver.cancel(context.connection),
        report: ({ context }, { reason, dump }) => {
          this.#ports.log('warn', 'peer closed for bad input', {
            peer: `${context.remote.host}:${context.remote.port}`,
            reason,
            bytes: dump,
          });
        },
        disconnect: ({ context }, { error, reason, byUs }) => {
          if (byUs && error !== undefined) {
            peers.send([context.connection], errorMessage(error, reason));
          }
          peers.close(context.connection);
        },
      },
    });
  }

  #peerView() {
    const keeper = this.#keeper;
    return peerViewMachine.provide({
      actions: {
        dialContacts: () => keeper.dialContacts(),
        fill: () => keeper.fill(),
        askRps: () => keeper.askRps(),
        admit: (_, params) => keeper.admit(params),
        welcome: (_, params) => keeper.welcome(params),
        answerNeighbor: (_, params) => keeper.answerNeighbor(params),
        hearAnswer: (_, params) => keeper.hearAnswer(params),
        forget: (_, params) => keeper.forget(params),
        noteEnd: (_, params) => keeper.noteEnd(params),
        noteLeaver: (_, params) => keeper.noteLeaver(params),
        answerShuffle: (_, params) => keeper.answerShuffle(params),
        learn: (_, params) => keeper.learn(params),
        walk: (_, params) => keeper.walk(params),
        shuffle: () => keeper.shuffle(),
        feel: () => keeper.feel(),
        saveBook: () => keeper.saveBook(),
      },
    });
  }

  #makeRouter(): Router {
    return new Router({
      ports: this.#ports,
      config: this.#assembly.config,
      counters: this.#counters,
      validation: validationMachine,
      supervisor: () => this.#root,
      module: (connection) => this.#module(connection),
    });
  }

  #makeKeeper(): ViewKeeper {
    const { identity, listenAddress, config } = this.#assembly;
    const isUnspecified = ['0.0.0.0', '::'].includes(listenAddress.host);
    const toView = (event: ViewEvent): void => {
      this.#root.getSnapshot().children['peer-view']?.send(event);
    };
    return new ViewKeeper({
      ports: this.#ports,
      config,
      counters: this.#counters,
      view: this.#view,
      book: this.#book,
      ownRecord: () =>
        isUnspecified ? undefined : { address: listenAddress, identity, ageSeconds: 0 },
      dial: (dial) => this.#dial(dial),
      tell: (connection, event: PeerConnectionEvent) => this.#peer(connection)?.send(event),
      onStanding: (standing) => toView({ type: 'view.changed', standing }),
      onLearned: () => toView({ type: 'peers.learned' }),
      links: this.#router,
    });
  }

  // ------------------------------------------------------------------ small deeds

  #peerSettings(): PeerSettings {
    const { identity, listenAddress, agent, config } = this.#assembly;
    const { handshake, peers } = config;
    return {
      identity,
      listenAddress,
      agent,
      features: 0,
      difficulty: handshake.difficulty,
      difficultyMax: handshake.difficultyMax,
      tls: false,
      blake3: false,
      challengeTimeoutMs: CHALLENGE_TIMEOUT_MS,
      proofTimeoutMs: handshake.proofTimeoutMs,
      greetingTimeoutMs: GREETING_TIMEOUT_MS,
      acquaintanceTimeoutMs: ACQUAINTANCE_TIMEOUT_MS,
      pingIntervalMs: peers.pingIntervalMs,
      pingTimeoutMs: peers.pingTimeoutMs,
    };
  }

  #module(connection: ConnectionId): ActorRefFrom<typeof apiConnectionMachine> | undefined {
    return this.#root.getSnapshot().children[`api-connection.${connection}`] as
      ActorRefFrom<typeof apiConnectionMachine> | undefined;
  }

  #peer(connection: ConnectionId): ActorRefFrom<typeof peerConnectionMachine> | undefined {
    return this.#root.getSnapshot().children[`peer-connection.${connection}`] as
      ActorRefFrom<typeof peerConnectionMachine> | undefined;
  }

  #secrets(): { challenge: Buffer; salt: Buffer } {
    const { random } = this.#ports;
    return { challenge: random.bytes(CHALLENGE_BYTES), salt: random.bytes(SALT_BYTES) };
  }

  #jitter(): number {
    return 1 + JITTER_SHARE * ((2 * this.#ports.random.below(JITTER_STEPS)) / JITTER_STEPS - 1);
  }

  #dial(dial: Dial): ConnectionId {
    const connection = this.#peerNumbers.take();
    this.#root.send({ type: 'dial.wanted', connection, ...dial, ...this.#secrets() });
    return connection;
  }

  #ping(connection: ConnectionId): void {
    this.#pingedAtMs.set(connection, this.#ports.clock.monotonicMs());
    const echo = this.#ports.random.bytes(PING_BYTES);
    this.#ports.peers.send([connection], { type: 'PING', echo });
  }

  #measure(connection: ConnectionId): void {
    const pingedAtMs = this.#pingedAtMs.get(connection);
    const link = this.#view.byConnection(connection);
    if (pingedAtMs === undefined || link === undefined) return;
    this.#book.heard(link.identity, this.#ports.clock.wallMs());
    this.#view.measured(connection, this.#ports.clock.monotonicMs() - pingedAtMs);
  }

  #freeModule(connection: ConnectionId): void {
    this.#moduleNumbers.release(connection);
    this.#checkClosed();
  }

  #freePeer(connection: ConnectionId): void {
    this.#halfOpen.release(connection);
    this.#pingedAtMs.delete(connection);
    this.#peerNumbers.release(connection);
    this.#checkClosed();
  }

  #checkClosed(): void {
    const isEmpty = this.#moduleNumbers.taken + this.#peerNumbers.taken === 0;
    if (isEmpty) this.#root.send({ type: 'connections.closed' });
  }

  /** An actor failed, which is our bug: its connection ends, the daemon goes on. */
  #abandon(actorId: string, error: unknown): void {
    this.#counters.count('actors_failed_total');
    this.#ports.log('error', 'actor failed', {
      actor: actorId,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    const connection = Number(actorId.slice(actorId.lastIndexOf('.') + 1));
    if (actorId.startsWith('api-connection.')) {
      this.#router.forgetModule({ type: 'module.left', connection });
      this.#ports.api.close(connection);
    } else if (actorId.startsWith('peer-connection.')) {
      this.#keeper.forget({ connection });
      this.#ports.solver.cancel(connection);
      this.#ports.peers.close(connection);
    }
  }

  #farewell(): void {
    this.#keeper.farewell();
    const reason = 'the daemon stops';
    for (const child of Object.values(this.#root.getSnapshot().children)) {
      if (child?.id === 'peer-view') continue;
      (child as AnyActorRef | undefined)?.send({
        type: 'connection.dropped',
        error: undefined,
        reason,
      });
    }
    this.#checkClosed();
  }
}
