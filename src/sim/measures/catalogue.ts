/** Every measure that a scenario may name: what it says, in which unit, and how it is taken. */
import { milliseconds, text, type Fields, type Read } from '../scenario/checks.js';
import type { Health } from './health.js';
import type { HostileShares } from './hostile-shares.js';
import { MARK, NO_HOP, type GroupTotals, type MeteredItem } from './meter.js';
import type { Meter, NodeIndex } from './meter.js';
import type { Histogram } from './histogram.js';
import { histogramOf } from './histogram.js';

/** What a run leaves behind to be measured. */
export type Measured = {
  readonly meter: Meter;
  /** Names of the item groups, in their order. */
  readonly groups: readonly string[];
  /** When the measuring began, in virtual ms of the world. */
  readonly beganMs: number;
  /** The overlay over time, the last entry at the end. */
  readonly health: readonly Health[];
  /** When each round of a fault with rounds began. */
  readonly roundsMs: readonly number[];
  /** Of what nodes that came back had missed: how much there was, and how much they had in time. */
  readonly caughtUp: { readonly missed: number; readonly had: number };
  /** Nodes that an attacker has singled out. */
  readonly victims: ReadonlySet<NodeIndex>;
};

export type Unit = 'share' | 'ms' | 'count' | 'bytes';

/** One entry of the table. */
export type Measure<Some extends Fields = Fields> = {
  readonly name: string;
  readonly doc: string;
  readonly unit: Unit;
  readonly fields: Some;
  /** NaN where there is nothing to measure. */
  read(measured: Measured, params: Read<Some>): number;
};

const measure = <Some extends Fields>(entry: Measure<Some>): Measure => entry;

/** Which items: those of one group, or all. */
const ofItems = {
  items: {
    check: text(40),
    doc: 'name of the item group; "all": of every group',
    fallback: 'all',
  },
} as const;

type OfItems = { readonly items: string };

const chosen = ({ meter, groups }: Measured, { items }: OfItems): MeteredItem[] => {
  if (items === 'all') return meter.items;
  const group = groups.indexOf(items);
  return meter.items.filter((item) => item.group === group);
};

const totalsOf = ({ meter, groups }: Measured, { items }: OfItems): GroupTotals[] => {
  const all = items === 'all' ? meter.groups : [meter.groups[groups.indexOf(items)]];
  return all.filter((totals) => totals !== undefined);
};

/** Of the deliveries that were expected at such nodes, the share at those that have the mark. */
const shareMarked = (
  measured: Measured,
  params: OfItems,
  mark: number,
  isCounted: (node: NodeIndex) => boolean = () => true,
): number => {
  const { meter } = measured;
  let [expected, had] = [0, 0];
  for (const item of chosen(measured, params)) {
    for (const node of meter.expected(item)) {
      if (!isCounted(node)) continue;
      expected += 1;
      if (meter.has(item, node, mark)) had += 1;
    }
  }
  return had / expected;
};

/** Items and nodes that did not come together. */
const missing = (measured: Measured, params: OfItems): number => {
  const { meter } = measured;
  return chosen(measured, params).reduce(
    (total, item) =>
      total + meter.expected(item).filter((node) => !meter.has(item, node, MARK.delivered)).length,
    0,
  );
};

const latencyOf = (measured: Measured, params: OfItems): Histogram => {
  const all = totalsOf(measured, params).map(({ latency }) => latency);
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  return histogramOf(all.flatMap((latency) => latency.bins()));
};

const percentile = (name: string, part: number): Measure =>
  measure({
    name,
    doc: `From the announce until the notification of so many modules: ${part * 100} %.`,
    unit: 'ms',
    fields: ofItems,
    read: (measured, params) => latencyOf(measured, params).percentileMs(part),
  });

const perDelivery = (measured: Measured, count: number): number =>
  count / measured.meter.groups.reduce((total, group) => total + (group?.deliveries ?? 0), 0);

const onItems: readonly Measure[] = [
  measure({
    name: 'delivery',
    doc: 'Deliveries to modules by those expected: who wanted the item, and stayed.',
    unit: 'share',
    fields: ofItems,
    read: (measured, params) => shareMarked(measured, params, MARK.delivered),
  }),
  measure({
    name: 'lost',
    doc: 'Expected deliveries that did not happen.',
    unit: 'count',
    fields: ofItems,
    read: missing,
  }),
  measure({
    name: 'delivery-before-repair',
    doc: 'Expected deliveries that came only over links which were there before the crash.',
    unit: 'share',
    fields: ofItems,
    read: (measured, params) =>
      measured.meter.hasOldLinks ? shareMarked(measured, params, MARK.oldLinks) : NaN,
  }),
  measure({
    name: 'copies',
    doc: 'Copies of items received per delivery; 1 is the least.',
    unit: 'count',
    fields: ofItems,
    read: (measured, params) => {
      const all = totalsOf(measured, params);
      const received = all.reduce((total, group) => total + group.received, 0);
      return received / all.reduce((total, group) => total + group.deliveries, 0);
    },
  }),
  percentile('p50', 0.5),
  percentile('p90', 0.9),
  percentile('p99', 0.99),
  measure({
    name: 'max',
    doc: 'From the announce until the last notification.',
    unit: 'ms',
    fields: ofItems,
    read: (measured, params) =>
      mostOf(
        totalsOf(measured, params)
          .filter(({ latency }) => latency.count > 0)
          .map(({ latency }) => latency.maxMs),
      ),
  }),
  measure({
    name: 'last-hop',
    doc: 'Hops that the first copy of an item had come where it came farthest.',
    unit: 'count',
    fields: ofItems,
    read: (measured, params) => {
      let most = 0;
      for (const { hops } of chosen(measured, params)) {
        for (const hop of hops) if (hop !== NO_HOP && hop > most) most = hop;
      }
      return most;
    },
  }),
];

const onTraffic: readonly Measure[] = [
  measure({
    name: 'haves',
    doc: 'HAVE messages sent per delivery.',
    unit: 'count',
    fields: {},
    read: (measured) => perDelivery(measured, measured.meter.messages.have),
  }),
  measure({
    name: 'wants',
    doc: 'WANT messages sent per delivery.',
    unit: 'count',
    fields: {},
    read: (measured) => perDelivery(measured, measured.meter.messages.want),
  }),
  measure({
    name: 'bytes',
    doc: 'Bytes given to connections per delivery, whatever they are about; not those of TLS.',
    unit: 'bytes',
    fields: {},
    read: (measured) => {
      const { item, have, want, other } = measured.meter.bytes;
      return perDelivery(measured, item + have + want + other);
    },
  }),
];

/** The largest; NaN of none, which reaches no bound. */
const mostOf = (values: readonly number[]): number =>
  values.length === 0 ? NaN : Math.max(...values);

const lastHealth = ({ health }: Measured, read: (health: Health) => number): number => {
  const last = health.at(-1);
  return last === undefined ? NaN : read(last);
};

/** Health since the measuring began, from `fromMs` on. */
const healthFrom = ({ health }: Measured, fromMs: number): readonly Health[] =>
  health.filter(({ atMs }) => atMs >= fromMs);

const from = {
  fromMs: { check: milliseconds(), doc: 'since the measuring began; 0: all of it', fallback: 0 },
} as const;

const onViews: readonly Measure[] = [
  measure({
    name: 'links-min',
    doc: 'Links of the node that has the fewest, at the end.',
    unit: 'count',
    fields: {},
    read: (measured) => lastHealth(measured, ({ linksMin }) => linksMin),
  }),
  measure({
    name: 'links-median',
    doc: 'Links of a node, at the end.',
    unit: 'count',
    fields: {},
    read: (measured) => lastHealth(measured, ({ linksMedian }) => linksMedian),
  }),
  measure({
    name: 'links-max',
    doc: 'Links of the node that has the most, at the end.',
    unit: 'count',
    fields: {},
    read: (measured) => lastHealth(measured, ({ linksMax }) => linksMax),
  }),
  measure({
    name: 'outbound-min',
    doc: 'Links that a node dialled itself, of the node that has the fewest, at the end.',
    unit: 'count',
    fields: {},
    read: (measured) => lastHealth(measured, ({ outboundMin }) => outboundMin),
  }),
  measure({
    name: 'isolated',
    doc: 'Nodes without a link, at the worst moment.',
    unit: 'count',
    fields: from,
    read: (measured, { fromMs }) =>
      mostOf(healthFrom(measured, fromMs).map(({ isolated }) => isolated)),
  }),
  measure({
    name: 'components',
    doc: 'Parts of the overlay that no link joins, at the worst moment.',
    unit: 'count',
    fields: from,
    read: (measured, { fromMs }) =>
      mostOf(healthFrom(measured, fromMs).map(({ components }) => components)),
  }),
];

/** Of honest nodes' things, the share that attackers had, at the moment when it was largest. */
const hostileShare = (name: string, of: keyof HostileShares, doc: string): Measure =>
  measure({
    name,
    doc: `${doc}, at the worst moment.`,
    unit: 'share',
    fields: from,
    read: (measured, { fromMs }) => {
      const shares = healthFrom(measured, fromMs).map(({ hostile }) => hostile[of]);
      return mostOf(shares.filter((share) => !Number.isNaN(share)));
    },
  });

const onAttackers: readonly Measure[] = [
  measure({
    name: 'delivery-victims',
    doc: 'Deliveries to the victims that an attacker has chosen, by those expected.',
    unit: 'share',
    fields: ofItems,
    read: (measured, params) =>
      shareMarked(measured, params, MARK.delivered, (node) => measured.victims.has(node)),
  }),
  hostileShare(
    'hostile-outbound',
    'outbound',
    'Of the links that honest nodes dialled, those to attackers',
  ),
  hostileShare('hostile-links', 'links', 'Of all links of honest nodes, those with attackers'),
  hostileShare(
    'hostile-samples',
    'samples',
    'Of the links that honest samplers drew, those to attackers',
  ),
  hostileShare(
    'hostile-book',
    'book',
    'Of the entries of honest address books, those that are an attacker’s or invented',
  ),
  hostileShare(
    'hostile-victims',
    'victims',
    'Of the links of the victims that an attacker has chosen, those with it',
  ),
  hostileShare(
    'hostile-victims-outbound',
    'victimsOutbound',
    'Of the links that such victims have dialled, those to the attacker',
  ),
];

const onFaults: readonly Measure[] = [
  measure({
    name: 'broken-rounds',
    doc: 'Rounds of churn in which an item missed a node that wanted it and stayed.',
    unit: 'count',
    fields: ofItems,
    read: (measured, params) => {
      const { meter, roundsMs } = measured;
      const broken = new Set<number>();
      for (const item of chosen(measured, params)) {
        const round = roundsMs.findLastIndex((roundMs) => roundMs <= item.atMs);
        const isLost = meter.expected(item).some((node) => !meter.has(item, node, MARK.delivered));
        if (isLost && round >= 0) broken.add(round);
      }
      return broken.size;
    },
  }),
  measure({
    name: 'caught-up',
    doc:
      'Of the unexpired items of the cache that a node had missed while it was away, those that ' +
      'it had in time after its return.',
    unit: 'share',
    fields: {},
    read: ({ caughtUp: { missed, had } }) => had / missed,
  }),
];

export const MEASURES: ReadonlyMap<string, Measure> = new Map(
  [...onItems, ...onTraffic, ...onViews, ...onAttackers, ...onFaults].map((entry) => [
    entry.name,
    entry,
  ]),
);
