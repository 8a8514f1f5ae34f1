/**
 * What leaves for other daemons, and what is kept for those who ask later: items are spread, or
 * passed on along the stem first, or held until a link wants them. When is the `Router`'s to say.
 */
import type { AnyActorRef } from 'xstate';
import type { stemMachine } from '../../machines/stem.js';
import type { Config } from '../config/config.js';
import type { Counters } from '../core/counters.js';
import { UNLIMITED_TTL, type Item } from '../core/items.js';
import { KnowledgeBase } from '../core/knowledge-base.js';
import { MessageCache } from '../core/message-cache.js';
import { HeldItems, type HeldItem } from './held-items.js';
import type { Links } from './links.js';
import type { ConnectionId, Ports } from './ports.js';
import { spreadOf, type Spreader, type Spreading } from './spreader.js';
import { StemPhase } from './stem-phase.js';
import type { Watch } from './watch.js';

export type DeparturesDeps = {
  readonly ports: Pick<Ports, 'clock' | 'random'>;
  readonly config: Pick<Config, 'items'>;
  readonly counters: Counters;
  readonly watch: Watch;
  readonly links: Links;
  readonly spreader: Spreader;
  readonly stem: typeof stemMachine;
  readonly supervisor: () => AnyActorRef;
  /** Whether we dialled a link. */
  readonly isOutbound: (connection: ConnectionId) => boolean;
};

export class Departures {
  readonly stem: StemPhase;
  readonly #deps: DeparturesDeps;
  readonly #knowledge: KnowledgeBase;
  readonly #cache = new MessageCache();
  readonly #held = new HeldItems();
  /** Items on trial that came along the stem, and over which link. */
  readonly #stemmed = new Map<string, ConnectionId>();

  constructor(deps: DeparturesDeps) {
    this.#deps = deps;
    const { counters } = deps;
    const { cacheSize, knowledgeBytesMax } = deps.config.items;
    this.#knowledge = new KnowledgeBase({ itemsMax: cacheSize, bytesMax: knowledgeBytesMax });
    this.stem = new StemPhase({
      ...deps,
      machine: deps.stem,
      spread: (item, holders) => this.spread({ item, ttl: UNLIMITED_TTL, holders, isOwn: false }),
    });
    counters.gauge('items_held', () => this.#held.size);
    counters.gauge('message_cache_items', () => this.#cache.size);
    counters.gauge('message_cache_bytes', () => this.#cache.bytes);
    counters.gauge('knowledge_base_items', () => this.#knowledge.size);
    counters.gauge('knowledge_base_bytes', () => this.#knowledge.bytes);
  }

  /** An item of our own sets out: on the stem, or spread at once, or when a link wants it. */
  launch(item: Item, ttl: number): void {
    if (this.takesStem(ttl) && this.stem.enter(item, undefined)) return;
    if (this.spread({ item, ttl, holders: [], isOwn: true }) > 0) return;
    this.#held.hold({ item, ttl });
    const { id, dataType } = item;
    const detail = 'no link wants it yet';
    this.#deps.watch.item(() => ({ step: 'held', item: id, dataType, who: undefined, detail }));
  }

  /** Only what may go any distance: a ttl that counts down would tell how far it has come. */
  takesStem(ttl: number): boolean {
    return this.#deps.config.items.stem && ttl === UNLIMITED_TTL;
  }

  /** An item on trial came along the stem: found valid, it goes on along it. */
  cameOnStem(id: string, from: ConnectionId): void {
    this.#stemmed.set(id, from);
  }

  /** Its trial is over, or it came otherwise as well; the link over which it came on the stem. */
  leaveStem(id: string): ConnectionId | undefined {
    const from = this.#stemmed.get(id);
    this.#stemmed.delete(id);
    return from;
  }

  /** A link is gone, and its number may soon be another's: what it brought is spread from here. */
  forgetLink(connection: ConnectionId): void {
    for (const [id, from] of this.#stemmed) if (from === connection) this.#stemmed.delete(id);
    this.stem.forgetLink(connection);
  }

  /** To how many links it goes, now or by being offered. */
  spread(spreading: Spreading): number {
    const { item, ttl, isOwn } = spreading;
    const links = this.#deps.spreader.spread(spreading);
    // Whose it is would be told by who offers it while nobody else has it: such an item waits.
    if (links > 0 || !isOwn || !this.takesStem(ttl)) this.keep(item, ttl);
    return links;
  }

  /** For those who are told of it later. */
  keep(item: Item, ttl: number): void {
    this.#knowledge.add(item, ttl);
    this.#cache.add({ item, ttl }, this.#nowMs());
  }

  /** What is kept, for who asks for it. */
  known(id: string): HeldItem | undefined {
    return this.#knowledge.get(id, this.#wallMs()) ?? this.#cache.get(id);
  }

  /** Sends on what was held for want of a link, and offers what the knowledge base has. */
  offer(connection: ConnectionId, isWanted: (dataType: number) => boolean): void {
    const { links } = this.#deps;
    const nowMs = this.#wallMs();
    const held = this.#held.release(isWanted, nowMs);
    const sent = new Set(held.map(({ item }) => item.id));
    for (const { item, ttl } of held) {
      if (this.takesStem(ttl)) this.launch(item, ttl);
      else links.push([connection], item.id, spreadOf(item, ttl));
    }
    const known = this.#knowledge.unexpired(nowMs, isWanted).map(({ item }) => item.id);
    const unsent = known.filter((id) => !sent.has(id));
    links.offerAnew(new Map([[connection, unsent]]), this.#nowMs());
  }

  /** Forgets what has expired. */
  sweep(): void {
    this.#knowledge.sweep(this.#wallMs());
    this.#cache.sweep(this.#nowMs());
  }

  stop(): void {
    this.stem.stop();
  }

  #nowMs(): number {
    return this.#deps.ports.clock.monotonicMs();
  }

  #wallMs(): number {
    return this.#deps.ports.clock.wallMs();
  }
}
