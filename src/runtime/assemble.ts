/**
 * The one seam between the machines and the world: builds the parts of one daemon, gives the
 * machines their effects, and turns what the ports say into events. Daemon, simulator and tests
 * all call it.
 */
import { createActor } from 'xstate';
import type { Standing, ViewEvent } from '../../machines/events.js';
import type { PeerConnectionEvent, PeerSettings } from '../../machines/peer-connection.js';
import type { SupervisorInput, SupervisorOutput } from '../../machines/supervisor.js';
import { fetchMachine } from '../../machines/fetch.js';
import { stemMachine } from '../../machines/stem.js';
import { validationMachine } from '../../machines/validation.js';
import type { Config } from '../config/config.js';
import { ActiveView } from '../core/active-view.js';
import { AddressBook, type BookEntry } from '../core/address-book.js';
import { Counters } from '../core/counters.js';
import { HalfOpenSlots } from '../core/half-open-slots.js';
import type { IsolationAlarm } from '../core/isolation-watch.js';
import { InterestFloor } from '../core/interest-floor.js';
import { inboundMaxOf, LinkGroups, type LinkWorth } from '../core/link-groups.js';
import { Offenders, type Offender } from '../core/offenders.js';
import { ratesOf } from '../core/rate-limit.js';
import { Sampler } from '../core/sampler.js';
import { SPREAD_PROFILES, type SpreadProfile } from '../core/spread-profile.js';
import type { PeerAddress, PeerRecord } from '../wire/messages.js';
import { AddressExchange } from './address-exchange.js';
import { Conduct } from './conduct.js';
import { Connections } from './connections.js';
import { Dialer } from './dialer.js';
import { provideSupervisor } from './effects.js';
import { apiHandler, peersHandler } from './handlers.js';
import { prepareSystem } from './interpreter/system.js';
import { PeerAllowances } from './peer-allowances.js';
import type { ApiHandler, ConnectionId, PeersHandler, Ports, RandomPort } from './ports.js';
import { limitLog } from './log-limit.js';
import { mindOverflow } from './overflow.js';
import type { DaemonParts, Root } from './parts.js';
import { Router } from './router.js';
import { Sharers } from './sharers.js';
import { ViewKeeper } from './view-keeper.js';
import { ViewUpkeep } from './view-upkeep.js';
import { Watch } from './watch.js';

/** Deadlines of the handshake that are no settings (protocol page, "Handshake"). */
const CHALLENGE_TIMEOUT_MS = 5_000;
const SECURING_TIMEOUT_MS = 10_000;
const GREETING_TIMEOUT_MS = 10_000;
/** Our guesses. */
const ACQUAINTANCE_TIMEOUT_MS = 10_000;
const SAVE_INTERVAL_MS = 30_000;
const ALARM_INTERVAL_MS = 60_000;
const LEAVE_TIMEOUT_MS = 3_000;
const RESTARTS_MAX = 3;
const RESTART_INTERVAL_MS = 60_000;
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
  /** Who had misbehaved, as an earlier run knew it. */
  readonly offenders?: readonly Offender[];
  /** In place of the one that the configuration names: for trials of others. */
  readonly profile?: SpreadProfile | undefined;
};

/** What an earlier run knew. */
export type SavedBook = Pick<Assembly, 'knownPeers'> & Partial<Pick<Assembly, 'offenders'>>;

/** A daemon without its sockets. */
export type Daemon = {
  readonly root: Root;
  readonly counters: Counters;
  readonly api: ApiHandler;
  readonly peers: PeersHandler;
  /** The tables behind the peer view, to be read by whoever shows them. */
  readonly view: ActiveView;
  readonly groups: LinkGroups;
  readonly book: AddressBook;
  readonly router: Router;
  /** For whoever looks at the daemon while it runs. */
  readonly watch: Watch;
  /** Asks for an orderly end; `done` comes when all is closed or time is up. */
  shutdown(): void;
  readonly done: Promise<SupervisorOutput>;
};

/** Builds and starts the actors of one daemon. */
export const assemble = (assembly: Assembly, ports: Ports): Daemon => {
  const started: { root?: Root } = {};
  const parts = makeParts(assembly, ports, () => {
    if (started.root === undefined) throw new Error('the parts are silent until the root exists');
    return started.root;
  });
  const root = createActor(provideSupervisor(parts), {
    id: 'supervisor',
    clock: ports.clock,
    input: supervisorInput(assembly, parts),
  });
  prepareSystem(root.system, ports.clock);
  started.root = root;
  const done = outputOf(root, () => parts.router.stop());
  root.start();
  const { counters, view, groups, book, router, watch } = parts;
  return {
    root,
    done,
    counters,
    view,
    groups,
    book,
    router,
    watch,
    api: apiHandler(parts),
    peers: peersHandler(parts),
    shutdown: () => root.send({ type: 'shutdown.requested' }),
  };
};

const makeParts = (assembly: Assembly, unwatched: Ports, root: () => Root): DaemonParts => {
  const { config, listenAddress } = assembly;
  const identity = assembly.identity.toString('hex');
  const { passiveView, lab } = config.peers;
  const { halfOpenMax, halfOpenPerNetworkMax } = config.handshake;
  const watch = new Watch();
  const limited = { ...unwatched, log: limitLog(unwatched.log, unwatched.clock) };
  const counters = new Counters();
  const ports: Ports = mindOverflow(watch.ports(limited), counters, (connection) => {
    const why = { error: undefined, reason: 'does not drain' };
    connections.peer(connection)?.send({ type: 'connection.dropped', ...why });
  });
  const { random } = ports;
  const offenders = new Offenders();
  const floor: InterestFloor = new InterestFloor({
    types: () => router.modules.interests.types(),
    linksOf: (dataType) => router.links.interested(dataType, []),
    links: () => router.links.activeCount,
  });
  const { view, sampler, groups } = makeView(config, identity, random, {
    pointsOf: (who) => offenders.points(who, ports.clock.wallMs()),
    needed: () => floor.needed(),
  });
  const own = { identity, ownAddresses: [listenAddress] };
  const book = new AddressBook({ capacity: passiveView, ...own, lab, random, offenders });
  book.restore(assembly.knownPeers, ports.clock.wallMs(), assembly.offenders);
  const halfOpen = new HalfOpenSlots({
    slotsMax: halfOpenMax,
    perNetworkMax: halfOpenPerNetworkMax,
    lab,
  });
  counters.gauge('half_open', () => halfOpen.taken);
  counters.gauge('difficulty', () => root().getSnapshot().context.bitsOfCallers);
  const connections: Connections = new Connections(root, random, counters);
  const tell = (connection: ConnectionId, event: PeerConnectionEvent): void => {
    connections.peer(connection)?.send(event);
  };
  const allowances = new PeerAllowances({
    clock: ports.clock,
    counters,
    rates: ratesOf(config.items),
    onPersistent: (connection, kind) => {
      const why = { error: 'rateExceeded', reason: `more ${kind} than allowed` } as const;
      tell(connection, { type: 'connection.dropped', ...why });
    },
  });
  const conduct = new Conduct({
    ...{ ports, counters, view, book },
    hasCome: (itemId) => router.hasCome(itemId),
    // By way of its actor: the router, which may be amid its messages, loses the link afterwards.
    drop: (connection, reason) =>
      tell(connection, { type: 'connection.dropped', error: undefined, reason }),
  });
  const router: Router = new Router({
    ports,
    config,
    counters,
    watch,
    allowances,
    conduct,
    profile: assembly.profile ?? SPREAD_PROFILES[config.items.profile],
    validation: validationMachine,
    fetch: fetchMachine,
    stem: stemMachine,
    isOutbound: (connection) => view.byConnection(connection)?.direction === 'outbound',
    onInterests: () => sharers.review(),
    rttMs: (connection) => view.byConnection(connection)?.rttMs,
    supervisor: root,
    module: (connection) => connections.module(connection),
  });
  const toView = (event: ViewEvent): void => {
    root().getSnapshot().children['peer-view']?.send(event);
  };
  const common = {
    ports,
    config,
    counters,
    view,
    book,
    sampler,
    groups,
    allowances,
    tell,
    onStanding: (standing: Standing) => toView({ type: 'view.changed', standing }),
    onLearned: () => toView({ type: 'peers.learned' }),
    onAlarm: (alarm: IsolationAlarm) => toView({ type: 'view.alarmed', alarm }),
  };
  const dialer = new Dialer({
    ...common,
    dial: (dial) => {
      const connection = connections.namePeer();
      root().send({ type: 'dial.wanted', connection, ...dial, ...connections.secrets() });
      return connection;
    },
  });
  const exchange = new AddressExchange({
    ...common,
    ownRecord: () => ownRecord(assembly),
    lacking: (most) => floor.lacking(most),
    linksOf: (dataType) => router.links.interested(dataType, []),
    onSharers: (peers) => sharers.heed(peers),
  });
  const sharers: Sharers = new Sharers({
    ...common,
    floor,
    dialer,
    exchange,
    onLacking: (isLacking) => toView({ type: isLacking ? 'interests.lacked' : 'interests.shared' }),
  });
  const upkeep: ViewUpkeep = new ViewUpkeep({
    ...common,
    dialer,
    drop: (connection, reason) => keeper.drop(connection, undefined, reason),
  });
  const keeper: ViewKeeper = new ViewKeeper({
    ...common,
    dialer,
    exchange,
    upkeep,
    sharers,
    links: router,
  });
  const stores = { counters, watch, view, groups, book, halfOpen };
  const membership = { dialer, exchange, upkeep, sharers, keeper };
  const actors = { connections, allowances, conduct, router, ...membership };
  return { config, ports, ...stores, ...actors, root };
};

/** The links, and the groups that they are of. */
const makeView = (
  { peers }: Config,
  identity: string,
  random: RandomPort,
  worth: LinkWorth,
): { readonly view: ActiveView; readonly sampler: Sampler; readonly groups: LinkGroups } => {
  const { degree, minConnections, maxConnections, lab } = peers;
  const quotas = { sampled: peers.sampledLinks, near: peers.nearLinks, anchors: peers.anchorLinks };
  const inboundMax = inboundMaxOf(maxConnections, quotas);
  const limits = { degree, minConnections, maxConnections, inboundMax, lab, random };
  const view = new ActiveView({ identity, ...limits });
  const sampler = new Sampler({ slots: quotas.sampled, lab, random });
  return { view, sampler, groups: new LinkGroups(view, sampler, quotas, worth) };
};

/** Ourselves as others would dial us; undefined while we do not know our address. */
const ownRecord = ({ listenAddress, identity }: Assembly): PeerRecord | undefined =>
  ['0.0.0.0', '::'].includes(listenAddress.host)
    ? undefined
    : { address: listenAddress, identity, ageSeconds: 0 };

const supervisorInput = (
  assembly: Assembly,
  { config, ports, router, halfOpen }: DaemonParts,
): SupervisorInput => ({
  peerView: {
    searchCooldownMs: config.peers.searchCooldownMs,
    retryMaxMs: config.peers.retryMaxMs,
    shuffleIntervalMs: config.peers.shuffleIntervalMs,
    feelerIntervalMs: config.peers.feelerIntervalMs,
    rotationIntervalMs: config.peers.rotationIntervalMs,
    alarmIntervalMs: ALARM_INTERVAL_MS,
    saveIntervalMs: SAVE_INTERVAL_MS,
    jitter: () => jitter(ports.random),
  },
  peerSettings: peerSettings(assembly),
  difficulty: {
    setting: config.handshake.difficulty,
    cap: config.handshake.difficultyMax,
    difficultyIntervalMs: config.handshake.difficultyIntervalMs,
    takenShare: () => halfOpen.takenShare(ports.clock.monotonicMs()),
  },
  strictApi: config.api.strictApi,
  hasSubscribed: (connection, dataType) => router.modules.interests.wants(connection, dataType),
  halfOpenSlotIsFree: (host) => halfOpen.isFreeFor(host, ports.clock.monotonicMs()),
  restartsMax: RESTARTS_MAX,
  restartIntervalMs: RESTART_INTERVAL_MS,
  leaveTimeoutMs: LEAVE_TIMEOUT_MS,
});

const peerSettings = ({ identity, listenAddress, agent, config }: Assembly): PeerSettings => ({
  identity,
  listenAddress,
  agent,
  features: 0,
  difficultyMax: config.handshake.difficultyMax,
  tls: config.handshake.transport === 'tls',
  blake3: config.handshake.hash === 'blake3',
  challengeTimeoutMs: CHALLENGE_TIMEOUT_MS,
  proofTimeoutMs: config.handshake.proofTimeoutMs,
  securingTimeoutMs: SECURING_TIMEOUT_MS,
  greetingTimeoutMs: GREETING_TIMEOUT_MS,
  acquaintanceTimeoutMs: ACQUAINTANCE_TIMEOUT_MS,
  pingIntervalMs: config.peers.pingIntervalMs,
  pingTimeoutMs: config.peers.pingTimeoutMs,
});

const jitter = (random: RandomPort): number =>
  1 + JITTER_SHARE * ((2 * random.below(JITTER_STEPS)) / JITTER_STEPS - 1);

/** Resolves when the root is over, having `finally` tidied up, whether it ended or failed. */
const outputOf = (root: Root, tidyUp: () => void): Promise<SupervisorOutput> =>
  new Promise((resolve) => {
    root.subscribe({
      complete: () => {
        tidyUp();
        resolve(root.getSnapshot().output ?? { failure: undefined });
      },
      error: (error) => {
        tidyUp();
        resolve({ failure: `supervisor failed: ${String(error)}` });
      },
    });
  });
