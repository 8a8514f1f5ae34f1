/**
 * Items on the stem at this daemon: each with a `stem` actor that waits until somebody spreads it,
 * or does so itself. While an item is on the stem it is in no table from which others are told of
 * it or served.
 */
import type { AnyActorRef } from 'xstate';
import type { stemMachine } from '../../machines/stem.js';
import type { Counters } from '../core/counters.js';
import { UNLIMITED_TTL, type Item } from '../core/items.js';
import { failsafeMs, StemRoute } from '../core/stem.js';
import { DeadlineLadder } from './deadline-ladder.js';
import { implement } from './interpreter/implement.js';
import type { Links } from './links.js';
import type { ConnectionId, Ports } from './ports.js';
import { ResidentActors } from './resident-actors.js';
import { spreadOf } from './spreader.js';
import type { Watch } from './watch.js';

/** Items on the stem at once, and their data; beyond it one is spread at once. Our guess. */
export const STEM_ITEMS_MAX = 1_024;
export const STEM_BYTES_MAX = 16 * 1_024 * 1_024;
/** Rungs to which the wait is rounded up. */
const WAITS_MS = [4_000, 5_500, 7_500, 10_000, 14_000, 19_000, 26_000, 36_000, 60_000];

export type StemPhaseDeps = {
  readonly ports: Pick<Ports, 'clock' | 'random'>;
  readonly counters: Counters;
  readonly links: Links;
  readonly watch: Watch;
  readonly machine: typeof stemMachine;
  readonly supervisor: () => AnyActorRef;
  /** Whether we dialled a link. */
  readonly isOutbound: (connection: ConnectionId) => boolean;
  /** Spreads an item from here; `holders` have shown that they have it. */
  readonly spread: (item: Item, holders: readonly ConnectionId[]) => void;
};

type OnStem = { readonly item: Item; holders: readonly ConnectionId[] };

export class StemPhase {
  readonly actors: ResidentActors<typeof stemMachine>;
  readonly #deps: StemPhaseDeps;
  readonly #route: StemRoute;
  readonly #items = new Map<string, OnStem>();
  readonly #deadlines: DeadlineLadder;
  #bytes = 0;

  constructor(deps: StemPhaseDeps) {
    this.#deps = deps;
    const { ports, counters } = deps;
    this.#route = new StemRoute(ports.random);
    const logic = implement(deps.machine, {
      actions: {
        passOn: (_, { itemId, relay }) => this.#passOn(itemId, relay),
        spread: (_, { itemId, reason }) => this.#spread(itemId, reason),
      },
    });
    this.actors = new ResidentActors(logic, undefined, deps.supervisor);
    this.#deadlines = new DeadlineLadder(ports.clock, WAITS_MS, (ids) => {
      for (const id of ids) this.actors.of(id)?.send({ type: 'deadline.passed' });
    });
    counters.gauge('items_on_stem', () => this.#items.size);
  }

  has(id: string): boolean {
    return this.#items.has(id);
  }

  /**
   * Takes an item that was announced here, or came on the stem and was found valid. False: it is to
   * be spread from here.
   */
  enter(item: Item, from: ConnectionId | undefined): boolean {
    const { ports, links, isOutbound } = this.#deps;
    const isFull =
      this.#items.size >= STEM_ITEMS_MAX || this.#bytes + item.data.length > STEM_BYTES_MAX;
    if (isFull) return false;
    const interested = links
      .interested(item.dataType, [])
      .map((connection) => ({ connection, isOutbound: isOutbound(connection) }));
    const turn = this.#route.turn(interested, from, ports.clock.monotonicMs());
    if (turn.kind === 'spread') return false;
    this.#items.set(item.id, { item, holders: from === undefined ? [] : [from] });
    this.#bytes += item.data.length;
    this.#deadlines.add(item.id, failsafeMs(ports.random));
    const { connection: relay } = turn;
    this.actors.begin(item.id).send({ type: 'stem.entered', itemId: item.id, relay });
    return true;
  }

  /** A link shows that it has an item, otherwise than on the stem: it is being spread. */
  sighted(id: string, link: ConnectionId): void {
    const onStem = this.#items.get(id);
    if (onStem !== undefined) onStem.holders = [...onStem.holders, link];
    this.actors.of(id)?.send({ type: 'item.sighted' });
  }

  /** An item that is on the stem here came along it again. */
  returned(id: string): void {
    this.actors.of(id)?.send({ type: 'item.returned' });
  }

  /** A link is gone, and its number may soon be another's. */
  forgetLink(connection: ConnectionId): void {
    this.#route.forget(connection);
    for (const onStem of this.#items.values()) {
      onStem.holders = onStem.holders.filter((holder) => holder !== connection);
    }
  }

  stop(): void {
    this.#deadlines.clear();
    this.actors.stop();
    this.#items.clear();
    this.#bytes = 0;
  }

  #passOn(id: string, relay: ConnectionId): void {
    const item = this.#items.get(id)?.item;
    if (item === undefined) return;
    this.#deps.counters.count('stems_passed_total');
    this.#deps.links.push([relay], id, { ...spreadOf(item, UNLIMITED_TTL), stem: true });
    const [who, detail] = [`peer-connection.${relay}`, 'on the stem'];
    const { dataType } = item;
    this.#deps.watch.item(() => ({ step: 'relayed', item: id, dataType, who, detail }));
  }

  #spread(id: string, reason: string): void {
    const onStem = this.#items.get(id);
    this.#items.delete(id);
    this.#deadlines.remove(id);
    this.actors.end(id);
    if (onStem === undefined) return;
    this.#bytes -= onStem.item.data.length;
    this.#deps.counters.count(`stems_ended_total{reason="${reason}"}`);
    this.#deps.spread(onStem.item, onStem.holders);
  }
}
