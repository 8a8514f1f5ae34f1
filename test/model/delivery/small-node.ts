/**
 * The part of a daemon that moves items, on its own: the real `Router` with all that is behind it
 * (`Spreader`, `Fetcher`, `Trials`, the machines *validation* and *fetch*), links that are up, and
 * at most one module. It does nothing by itself: whoever drives it says what comes next.
 */
import { createActor, createMachine } from 'xstate';
import type { ItemEvent, NoticeEvent } from '../../../machines/events.js';
import { fetchMachine } from '../../../machines/fetch.js';
import { stemMachine } from '../../../machines/stem.js';
import { validationMachine } from '../../../machines/validation.js';
import { parseConfig } from '../../../src/config/parse.js';
import { Counters } from '../../../src/core/counters.js';
import { seededRandom } from '../../../src/core/prng.js';
import { ratesOf } from '../../../src/core/rate-limit.js';
import { SPREAD_PROFILES, type SpreadProfileName } from '../../../src/core/spread-profile.js';
import { prepareSystem } from '../../../src/runtime/interpreter/system.js';
import { PeerAllowances } from '../../../src/runtime/peer-allowances.js';
import { NOBODY, type ConnectionId, type Ports } from '../../../src/runtime/ports.js';
import { Router, SWEEP_INTERVAL_MS } from '../../../src/runtime/router.js';
import { SIGHTING_MS } from '../../../src/runtime/spreader.js';
import { Watch } from '../../../src/runtime/watch.js';
import type { PeerMessage } from '../../../src/wire/messages.js';
import { decodePeer, encodePeer } from '../../../src/wire/peer-codec.js';

const TYPE = 7;
/** The only module's connection; links bear the numbers of the nodes at their other ends. */
const MODULE = 99;
const EPOCH_MS = Date.UTC(2026, 0, 1);

const parsed = parseConfig('');
if (!parsed.ok) throw new Error('the defaults are no configuration');
const { config } = parsed;

/** A node before anything has happened to it. */
export type Role = {
  readonly node: number;
  readonly profile: SpreadProfileName;
  /** The nodes it has links with, the nearest first. */
  readonly links: readonly number[];
  /** Whether its module subscribed to the type of the item. */
  readonly subscribes: boolean;
  /** The nodes whose modules did. */
  readonly subscribers: readonly number[];
  /** Of the item that it may announce. */
  readonly itemBytes: number;
};

/** What may happen to a node next. Messages are frames in hex. */
export type Step =
  | { readonly type: 'announce' }
  | { readonly type: 'hear'; readonly from: number; readonly frame: string }
  | { readonly type: 'lose'; readonly link: number }
  | { readonly type: 'fire' }
  | { readonly type: 'answer'; readonly valid: boolean };

type Timer = {
  readonly dueMs: number;
  readonly fire: () => void;
  readonly isOffer: boolean;
  /** True when it would find something to do. */
  readonly matters: () => boolean;
};

export class SmallNode {
  /** Frames sent over each link so far, in hex. */
  readonly sent: ReadonlyMap<number, string[]>;
  /** Notifications of the item that its module was sent. */
  notified = 0;
  /** Its module has announced the item or has found it valid. */
  isVouchedFor = false;
  /** The item, or word of having it, left before that: it must not. */
  hasLeaked = false;
  readonly #role: Role;
  readonly #router: Router;
  readonly #unanswered: number[] = [];
  readonly #timers = new Set<Timer>();
  #nowMs = 0;

  constructor(role: Role) {
    this.#role = role;
    this.sent = new Map(role.links.map((link) => [link, []]));
    this.#router = this.#build();
    this.#linkUp();
  }

  /** Notifications that its module has not answered yet. */
  get unanswered(): number {
    return this.#unanswered.length;
  }

  /** A timer runs that would find something to do. */
  get mayFire(): boolean {
    return this.#nextTimer() !== undefined;
  }

  take(step: Step): void {
    switch (step.type) {
      case 'announce':
        return this.#announce();
      case 'hear':
        return this.#hear(step.from, step.frame);
      case 'lose':
        return this.#router.removeLink(step.link);
      case 'fire':
        return this.#fire();
      case 'answer':
        return this.#answer(step.valid);
    }
  }

  // ------------------------------------------------------------------ what comes

  #announce(): void {
    this.isVouchedFor = true;
    const data = Buffer.alloc(this.#role.itemBytes, 1);
    const message = { type: 'ANNOUNCE', ttl: 0, dataType: TYPE, data } as const;
    this.#router.announce({ type: 'items.announced', connection: MODULE, messages: [message] });
  }

  /** As the effects of a `peer-connection` have it. */
  #hear(from: number, frame: string): void {
    const decoded = decodePeer(Buffer.from(frame, 'hex'));
    if (!decoded.ok) throw new Error(`node ${from} sends what is no message: ${frame}`);
    const router = this.#router;
    const message = decoded.value;
    switch (message.type) {
      case 'SPREAD':
        return router.receive({ type: 'items.arrived', connection: from, messages: [message] });
      case 'HAVE':
        return router.heedOffers(from, [message]);
      case 'WANT':
        return router.serve(from, [message]);
      case 'DONT_WANT':
        return router.spare(from, [message]);
      case 'GRAFT':
        return router.spreader.graft(from, message.dataType);
      case 'PRUNE':
        return router.spreader.prune(from, message.dataType, message.backOffSeconds);
      default:
        throw new Error(`node ${from} sends ${message.type}`);
    }
  }

  #answer(valid: boolean): void {
    const messageId = this.#unanswered.shift();
    if (messageId === undefined) throw new Error('nothing was asked');
    if (valid) this.isVouchedFor = true;
    this.#router.judge(MODULE, [{ type: 'VALIDATION', messageId, valid }]);
  }

  #fire(): void {
    const timer = this.#nextTimer();
    if (timer === undefined) throw new Error('no timer runs');
    this.#timers.delete(timer);
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
    timer.fire();
  }

  /** Of those that are due first the one that was set first, as clocks have it. */
  #nextTimer(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.matters() && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    }
    return next;
  }

  // ------------------------------------------------------------------ how it is made

  #build(): Router {
    const counters = new Counters();
    const ports = this.#ports(counters);
    const root = createActor(
      createMachine({
        id: 'supervisor',
        on: {
          'items.judged': {
            actions: ({ event }) => {
              router.settle(event as Extract<ItemEvent, { type: 'items.judged' }>);
            },
          },
        },
      }),
    );
    prepareSystem(root.system, ports.clock);
    root.start();
    const module = {
      send: (event: ItemEvent | NoticeEvent): void => {
        if (event.type === 'items.notified') router.notify(MODULE, event.notices);
      },
    };
    const { items, api } = config;
    const { profile, links } = this.#role;
    const router: Router = new Router({
      ...{ ports, counters, watch: new Watch() },
      allowances: new PeerAllowances({
        ...{ clock: ports.clock, counters, rates: ratesOf(items) },
        onPersistent: (link) => {
          throw new Error(`link ${link} sends too much`);
        },
      }),
      conduct: { arrived: () => {}, brought: () => {}, unanswered: () => {} },
      config: { api, items },
      profile: SPREAD_PROFILES[profile],
      ...{ validation: validationMachine, fetch: fetchMachine, stem: stemMachine },
      isOutbound: () => true,
      supervisor: () => root,
      module: () => module as never,
      // Its links are given: it looks for no others.
      onInterests: () => {},
      rttMs: (link) => 1 + links.indexOf(link),
    });
    return router;
  }

  #linkUp(): void {
    const { links, subscribers, subscribes } = this.#role;
    const router = this.#router;
    const dataTypes = [TYPE];
    if (subscribes) {
      router.subscribe({ type: 'types.subscribed', connection: MODULE, dataTypes });
    }
    for (const link of links) {
      router.addLink(link);
      router.activateLink(link);
      if (!subscribers.includes(link)) continue;
      const message = { type: 'INTEREST', all: false, add: dataTypes, remove: [] } as const;
      router.heedInterest({ type: 'interest.changed', connection: link, message });
    }
    // What they told each other of their interests has arrived.
    for (const frames of this.sent.values()) frames.length = 0;
  }

  #ports(counters: Counters): Ports {
    const random = seededRandom(this.#role.node);
    return {
      clock: {
        setTimeout: (fire, delayMs) => this.#arm(fire, delayMs, counters),
        clearTimeout: (timer) => void this.#timers.delete(timer as Timer),
        wallMs: () => EPOCH_MS + this.#nowMs,
        monotonicMs: () => this.#nowMs,
      },
      random,
      api: {
        send: (_, { messageId }) => {
          this.notified += 1;
          this.#unanswered.push(messageId);
        },
        unsentBytes: () => 0,
        close: () => {},
      },
      peers: {
        dial: () => {},
        send: (links, message) => {
          this.#send(links, message);
          return NOBODY;
        },
        cancel: () => 0,
        waitingBytes: () => 0,
        unsentBytes: () => 0,
        secure: () => {},
        limitFrames: () => {},
        close: () => {},
      },
      solver: { solve: () => {}, cancel: () => {} },
      addressBook: { save: () => {} },
      rps: undefined,
      log: () => {},
    };
  }

  #arm(fire: () => void, delayMs: number, counters: Counters): Timer {
    const timer: Timer = {
      dueMs: this.#nowMs + delayMs,
      fire,
      isOffer: delayMs === SPREAD_PROFILES[this.#role.profile].offerDelayMs,
      matters: () => this.#matters(delayMs, counters),
    };
    this.#timers.add(timer);
    return timer;
  }

  /** Whether a timer of such a length would find something to do, now or later. */
  #matters(delayMs: number, counters: Counters): boolean {
    const isUndecided = counters.get('items_pending') > 0 || !this.isVouchedFor;
    const offers = [...this.#timers].some(({ isOffer }) => isOffer);
    switch (delayMs) {
      // Forgets what is old, for ever; nothing here lives so long.
      case SWEEP_INTERVAL_MS:
        return false;
      case config.api.validationTimeoutMs:
        return counters.get('items_pending') > 0;
      // Who has shown the item is asked before it is spread and before it is offered, and then
      // by nobody.
      case SIGHTING_MS:
        return isUndecided || offers;
      case SPREAD_PROFILES[this.#role.profile].offerDelayMs:
        return true;
      // WANTs that are late, or bide their time.
      default:
        return counters.get('items_fetching') > 0;
    }
  }

  #send(links: readonly ConnectionId[], message: PeerMessage): void {
    const tells = message.type === 'SPREAD' || message.type === 'HAVE';
    if (tells && !this.isVouchedFor) this.hasLeaked = true;
    const frame = encodePeer(message).toString('hex');
    for (const link of links) this.sent.get(link)?.push(frame);
  }
}
