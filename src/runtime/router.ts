/**
 * Routes items: what a module announces to the other modules and to the links, what a link brings
 * to the modules, and on to the other links when they have found it valid. Nothing is relayed
 * before that. The rules about one item are `core/`'s (ledger, knowledge base, ttl); the order of
 * things is here, and here only.
 *
 * Which links get an item at once and which are told of it is the `Spreader`'s; what is asked for,
 * and of whom, the `Fetcher`'s.
 */
import type { ActorRefFrom, AnyActorRef } from 'xstate';
import type { apiConnectionMachine } from '../../machines/api-connection.js';
import type { ItemEvent, Notice } from '../../machines/events.js';
import type { fetchMachine } from '../../machines/fetch.js';
import type { stemMachine } from '../../machines/stem.js';
import type { validationMachine } from '../../machines/validation.js';
import type { Config } from '../config/config.js';
import type { Counters } from '../core/counters.js';
import { ItemLedger } from '../core/item-ledger.js';
import { idText, relayTtl, type Item } from '../core/items.js';
import type { SpreadProfile } from '../core/spread-profile.js';
import { itemId } from '../wire/item-id.js';
import {
  ITEM_SALT_BYTES,
  type DontWant,
  type GossipAnnounce,
  type GossipValidation,
  type Have,
  type Want,
} from '../wire/messages.js';
import type { Conduct } from './conduct.js';
import { Departures } from './departures.js';
import { Fetcher } from './fetcher.js';
import { linkName, moduleName, stepTeller, type StepTeller } from './item-steps.js';
import { Links } from './links.js';
import { Modules } from './modules.js';
import type { PeerAllowances } from './peer-allowances.js';
import type { PendingItem } from './pending-items.js';
import { addNotice, noticeOf, type Notices } from './notices.js';
import type { ConnectionId, Ports } from './ports.js';
import { Receiving } from './receiving.js';
import { Spreader, spreadOf } from './spreader.js';
import { Trials } from './trials.js';
import type { Watch } from './watch.js';

/** The id of an item that nobody here wants is remembered so long (protocol page, "Spreading"). */
export const UNINTERESTING_MS = 10_000;
/** The ledger and the knowledge base forget what is over this often, so many entries at once. */
export const SWEEP_INTERVAL_MS = 1_000;
const SWEEP_MOST = 5_000;

type Event<Name extends ItemEvent['type']> = Extract<ItemEvent, { type: Name }>;

export type RouterDeps = {
  readonly ports: Ports;
  readonly config: Pick<Config, 'items' | 'api'>;
  readonly counters: Counters;
  readonly watch: Watch;
  readonly profile: SpreadProfile;
  readonly allowances: PeerAllowances;
  readonly conduct: Pick<Conduct, 'arrived' | 'brought' | 'unanswered'>;
  readonly validation: typeof validationMachine;
  readonly fetch: typeof fetchMachine;
  readonly stem: typeof stemMachine;
  /** Whether we dialled a link. */
  readonly isOutbound: (connection: ConnectionId) => boolean;
  readonly supervisor: () => AnyActorRef;
  readonly module: (
    connection: ConnectionId,
  ) => ActorRefFrom<typeof apiConnectionMachine> | undefined;
  /** What we want, what links want, or which links there are has changed. */
  readonly onInterests: () => void;
  /** The round trip of a link; undefined while it has not been measured. */
  readonly rttMs: (connection: ConnectionId) => number | undefined;
};

export class Router {
  readonly modules: Modules;
  readonly links: Links;
  readonly trials: Trials;
  readonly spreader: Spreader;
  readonly #deps: RouterDeps;
  readonly #ledger: ItemLedger;
  readonly #departures: Departures;
  readonly #fetcher: Fetcher;
  readonly #receiving: Receiving;
  /** Tells whoever looks. */
  readonly #watch: StepTeller;
  #sweepTimer: unknown;

  constructor(deps: RouterDeps) {
    this.#deps = deps;
    const { ports, counters, watch, profile, rttMs, supervisor, onInterests } = deps;
    const { items, api } = deps.config;
    this.modules = new Modules(ports, api, counters);
    this.links = new Links(ports.peers, counters, onInterests);
    this.spreader = new Spreader({ ports, counters, watch, profile, rttMs, links: this.links });
    this.#fetcher = new Fetcher({
      ...{ ports, counters, profile, supervisor, rttMs },
      machine: deps.fetch,
      conduct: deps.conduct,
    });
    this.#departures = new Departures({
      ...{ ports, config: deps.config, counters, watch, supervisor, stem: deps.stem },
      ...{ links: this.links, spreader: this.spreader, isOutbound: deps.isOutbound },
    });
    this.trials = new Trials({
      clock: ports.clock,
      config: deps.config,
      counters,
      validation: deps.validation,
      supervisor,
      onMissed: (module) => deps.module(module)?.send({ type: 'verdict.missed' }),
    });
    this.#ledger = new ItemLedger({
      idsMax: items.seenIdsMax,
      suppressMs: items.suppressTimeMs,
      uninterestingMs: UNINTERESTING_MS,
    });
    this.#watch = stepTeller(watch);
    this.#receiving = new Receiving({
      ...{ ports, counters, config: deps.config, conduct: deps.conduct },
      ...{ allowances: deps.allowances, watch: this.#watch, ledger: this.#ledger },
      ...{ modules: this.modules, trials: this.trials, spreader: this.spreader },
      ...{ fetcher: this.#fetcher, departures: this.#departures },
    });
    this.#sweep();
    counters.gauge('items_seen', () => this.#ledger.size);
  }

  /**
   * The actors that are not among the supervisor's children: validations and fetches, at most so
   * many of each, those that wait first.
   */
  residents(most = Infinity): AnyActorRef[] {
    return [
      ...this.trials.validations.actors(most),
      ...this.#fetcher.actors.actors(most),
      ...this.#departures.stem.actors.actors(most),
    ];
  }

  /** Ends every timer and validation. */
  stop(): void {
    this.#fetcher.stop();
    this.#departures.stop();
    this.spreader.stop();
    this.trials.stop();
    this.#deps.ports.clock.clearTimeout(this.#sweepTimer);
  }

  // ------------------------------------------------------------------ modules

  subscribe({ connection, dataTypes }: Event<'types.subscribed'>): void {
    const fresh = this.modules.subscribe(connection, dataTypes);
    if (fresh === undefined) {
      const reason = 'subscribes to too many data types';
      this.#deps.module(connection)?.send({ type: 'connection.malformed', reason, dump: '' });
      return;
    }
    this.links.tellAll(fresh, []);
  }

  /** Who announces vouches: the item leaves at once, and its announcer is not asked. */
  announce({ connection, messages }: Event<'items.announced'>): void {
    const notices: Notices = new Map();
    for (const message of messages) {
      const { item, ttl } = this.#make(message);
      this.#ledger.record(item.id, 'valid', ttl, this.#nowMs());
      this.#watch(item, 'announced', moduleName(connection), `ttl ${ttl}`);
      for (const module of this.modules.interests.interested(item.dataType)) {
        if (module === connection) continue;
        this.#watch(item, 'asked', moduleName(module), 'only told');
        addNotice(notices, module, noticeOf(item, false));
      }
      this.#departures.launch(item, ttl);
    }
    this.#deps.counters.count('items_announced_total', messages.length);
    this.#notify(notices);
  }

  /** The verdicts of one module, as one read brought them. */
  judge(connection: ConnectionId, messages: readonly GossipValidation[]): void {
    for (const verdict of this.modules.recognize(connection, messages)) {
      this.#watchVerdict(verdict.itemId, connection, verdict.valid);
      const isOnTrial = this.trials.vote(connection, verdict, verdict.valid);
      if (!isOnTrial) this.#hearLateVerdict(connection, verdict.itemId, verdict.valid);
    }
    this.trials.report();
  }

  /** The connection ended: the module leaves every vote and every subscription. */
  forgetModule({ connection }: Event<'module.left'>): void {
    const { orphaned, unanswered } = this.modules.leave(connection);
    this.links.tellAll([], orphaned);
    this.trials.abstain(connection, unanswered);
  }

  /** Queues NOTIFICATIONs on one module's connection. */
  notify(connection: ConnectionId, notices: readonly Notice[]): void {
    this.trials.abstain(connection, this.modules.notify(connection, notices));
  }

  // ------------------------------------------------------------------ links

  receive({ connection, messages }: Event<'items.arrived'>): void {
    this.#notify(this.#receiving.receive(connection, messages));
  }

  /** HAVE: what we lack is asked for, once; what they have need not be sent any more. */
  heedOffers(connection: ConnectionId, messages: readonly Have[]): void {
    const ids = this.#allowedIds(connection, messages);
    this.spreader.offered(connection, ids, this.#fetcher.promises.isTrusted(connection));
    this.links.takeBack(connection, ids);
    const nowMs = this.#nowMs();
    const lacking: string[] = [];
    for (const id of ids) {
      this.#departures.stem.sighted(id, connection);
      const state = this.#ledger.state(id, nowMs);
      if (state === 'pending') this.trials.pending.addHolder(id, connection);
      if (state === undefined) lacking.push(id);
    }
    this.#fetcher.heard(connection, lacking);
  }

  /** Whether an item has come, from whomever. */
  hasCome(itemId: string): boolean {
    return this.#ledger.state(itemId, this.#nowMs()) !== undefined;
  }

  /** DONT_WANT: they have these, and need no copy of those that have not left yet. */
  spare(connection: ConnectionId, messages: readonly DontWant[]): void {
    const ids = this.#allowedIds(connection, messages);
    for (const id of ids) {
      this.spreader.spare(connection, id);
      this.trials.pending.addHolder(id, connection);
    }
    this.links.takeBack(connection, ids);
  }

  /** WANT: what we know is sent; what we do not know any more is passed over. */
  serve(connection: ConnectionId, messages: readonly Want[]): void {
    const nowMs = this.#nowMs();
    for (const id of this.#allowedIds(connection, messages)) {
      const known = this.#departures.known(id);
      if (known === undefined || this.links.hasServed(connection, id, nowMs)) continue;
      if (!this.#deps.allowances.take(connection, 'wants', known.item.data.length)) continue;
      this.links.serve(connection, id, spreadOf(known.item, known.ttl), nowMs);
    }
  }

  /** The ids of messages that are within what the connection may send. */
  #allowedIds(connection: ConnectionId, messages: readonly { ids: readonly Buffer[] }[]): string[] {
    return messages
      .filter(({ ids }) => this.#deps.allowances.take(connection, 'ids', ids.length))
      .flatMap(({ ids }) => ids.map(idText));
  }

  heedInterest({ connection, message }: Event<'interest.changed'>): void {
    if (!this.#deps.allowances.take(connection, 'interests')) return;
    const isFresh = this.links.heed(connection, message);
    for (const dataType of message.remove) this.spreader.eager.drop(connection, dataType);
    if (this.links.isActive(connection)) this.#departures.offer(connection, isFresh);
  }

  /** A connection was established: the peer is told what our modules want. */
  addLink(connection: ConnectionId): void {
    this.links.add(connection, this.modules.interests.types());
  }

  /** The connection is a link now: it is offered what it may have missed. */
  activateLink(connection: ConnectionId): void {
    this.links.activate(connection);
    this.#departures.offer(connection, (dataType) =>
      this.links.interests.wants(connection, dataType),
    );
  }

  removeLink(connection: ConnectionId): void {
    this.links.remove(connection);
    this.spreader.removeLink(connection);
    this.#departures.forgetLink(connection);
    this.trials.pending.forgetHolder(connection);
    this.#fetcher.lost(connection);
  }

  // ------------------------------------------------------------------ verdicts

  /** Validations have decided: accepted items go on, the others stop here. */
  settle({ verdicts }: Event<'items.judged'>): void {
    for (const { itemId: id, verdict } of verdicts) {
      this.#deps.counters.count(`items_${verdict}_total`);
      const pending = this.trials.end(id);
      if (pending === undefined) continue;
      this.#watch(pending.item, verdict, undefined, '');
      if (pending.broughtBy !== undefined && verdict !== 'ignored') {
        this.#deps.conduct.brought(pending.broughtBy, verdict === 'accepted');
      }
      const onStemFrom = this.#departures.leaveStem(id);
      if (verdict === 'accepted') this.#accept(pending, onStemFrom);
      else if (verdict === 'rejected') this.#ledger.settle(id, 'invalid');
      else this.#ignore(pending);
    }
  }

  #accept({ item, holders }: PendingItem, onStemFrom: ConnectionId | undefined): void {
    this.#ledger.settle(item.id, 'valid');
    const { stem } = this.#departures;
    if (onStemFrom !== undefined && stem.enter(item, onStemFrom)) return;
    const ttl = relayTtl(this.#ledger.ttl(item.id) ?? 1);
    if (ttl !== undefined) this.#departures.spread({ item, ttl, holders, isOwn: false });
  }

  #ignore(pending: PendingItem): void {
    this.#ledger.settle(pending.item.id, 'ignored');
    this.trials.pending.shelve(pending);
  }

  /** After the decision only an *ignored* item can still change: it is offered, not pushed. */
  #hearLateVerdict(module: ConnectionId, id: string, valid: boolean): void {
    if (this.#ledger.state(id, this.#nowMs()) !== 'ignored') return;
    const late = this.trials.pending.unshelve(id);
    this.#deps.counters.count('verdicts_late_total');
    if (late !== undefined) {
      this.#watch(
        late.item,
        'answered',
        moduleName(module),
        `${valid ? 'valid' : 'invalid'}, late`,
      );
      this.#watch(late.item, valid ? 'accepted' : 'rejected', undefined, 'late');
    }
    this.#ledger.settle(id, valid ? 'valid' : 'invalid');
    const ttl = relayTtl(this.#ledger.ttl(id) ?? 1);
    if (!valid || late === undefined || ttl === undefined) return;
    this.#departures.keep(late.item, ttl);
    const links = this.links.interested(late.item.dataType, late.holders);
    for (const link of links) this.#watch(late.item, 'offered', linkName(link), 'late verdict');
    this.links.offer(links, [id]);
  }

  // ------------------------------------------------------------------ items

  #make({ dataType, data, ttl }: GossipAnnounce): { item: Item; ttl: number } {
    const { itemLifetimeMs, p2pTtl } = this.#deps.config.items;
    const salt = this.#deps.ports.random.bytes(ITEM_SALT_BYTES);
    const expiryMs = this.#wallMs() + itemLifetimeMs;
    const id = itemId(dataType, expiryMs, salt, data);
    return {
      item: { id, dataType, expiryMs, salt, data: Buffer.from(data) },
      ttl: ttl === 0 ? p2pTtl : ttl,
    };
  }

  #notify(notices: Notices): void {
    for (const [connection, some] of notices) {
      this.#deps.module(connection)?.send({ type: 'items.notified', notices: some });
    }
  }

  #watchVerdict(id: string, module: ConnectionId, valid: boolean): void {
    const item = this.trials.pending.get(id)?.item;
    const detail = valid ? 'valid' : 'invalid';
    if (item !== undefined) this.#watch(item, 'answered', moduleName(module), detail);
  }

  #sweep(): void {
    const { clock } = this.#deps.ports;
    this.#sweepTimer = clock.setTimeout(() => {
      this.#ledger.sweep(this.#nowMs(), SWEEP_MOST);
      this.#departures.sweep();
      this.#sweep();
    }, SWEEP_INTERVAL_MS);
  }

  #nowMs(): number {
    return this.#deps.ports.clock.monotonicMs();
  }

  #wallMs(): number {
    return this.#deps.ports.clock.wallMs();
  }
}
