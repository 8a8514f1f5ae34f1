import { createActor, createMachine } from 'xstate';
import { stemMachine } from '../../../machines/stem.js';
import { Counters } from '../../../src/core/counters.js';
import type { Item } from '../../../src/core/items.js';
import { seededRandom } from '../../../src/core/prng.js';
import { prepareSystem } from '../../../src/runtime/interpreter/system.js';
import { Links } from '../../../src/runtime/links.js';
import type { PeersPort } from '../../../src/runtime/ports.js';
import { STEM_BYTES_MAX, STEM_ITEMS_MAX, StemPhase } from '../../../src/runtime/stem-phase.js';
import { Watch } from '../../../src/runtime/watch.js';
import { ManualClock } from './manual-clock.js';

const TYPE = 7;
const item = (n: number, data = Buffer.alloc(1)): Item => ({
  id: n.toString(16).padStart(40, '0'),
  dataType: TYPE,
  expiryMs: 1,
  salt: Buffer.alloc(8),
  data,
});

const phase = () => {
  const clock = new ManualClock();
  const counters = new Counters();
  const sent: (readonly number[])[] = [];
  const peers: PeersPort = {
    dial: () => {},
    send: (connections) => {
      sent.push(connections);
      return [];
    },
    cancel: () => 0,
    waitingBytes: () => 0,
    unsentBytes: () => 0,
    limitFrames: () => {},
    secure: () => {},
    close: () => {},
  };
  const links = new Links(peers, counters);
  for (const link of [1, 2]) {
    links.add(link, []);
    links.activate(link);
    links.interests.add(link, TYPE);
  }
  const root = createActor(createMachine({}), { clock });
  prepareSystem(root.system, clock);
  root.start();
  const spread: { readonly id: string; readonly holders: readonly number[] }[] = [];
  const stem = new StemPhase({
    ...{ counters, links, watch: new Watch(), machine: stemMachine },
    ports: { clock, random: seededRandom('stem') },
    supervisor: () => root,
    isOutbound: () => true,
    spread: ({ id }, holders) => void spread.push({ id, holders }),
  });
  return { stem, counters, spread, sent };
};

describe('StemPhase', () => {
  it('sends an item to one link, and spreads it when somebody else does', () => {
    const { stem, sent, spread, counters } = phase();
    expect(stem.enter(item(1), undefined)).toBe(true);
    expect(sent).toHaveLength(1);
    expect([stem.has(item(1).id), counters.get('items_on_stem')]).toEqual([true, 1]);
    stem.sighted(item(1).id, 2);
    expect(spread).toEqual([{ id: item(1).id, holders: [2] }]);
    expect([stem.has(item(1).id), counters.get('items_on_stem')]).toEqual([false, 0]);
    stem.sighted(item(1).id, 1);
    stem.returned(item(1).id);
    expect(spread).toHaveLength(1);
  });

  it('forgets that a link that is gone had an item: its number may be another one’s', () => {
    const { stem, spread } = phase();
    expect(stem.enter(item(1), 2)).toBe(true);
    stem.forgetLink(2);
    stem.sighted(item(1).id, 1);
    expect(spread).toEqual([{ id: item(1).id, holders: [1] }]);
  });

  it('takes so many items, and no more until one has left', () => {
    const { stem, counters } = phase();
    for (let n = 0; n < STEM_ITEMS_MAX; n += 1) expect(stem.enter(item(n), undefined)).toBe(true);
    expect(stem.enter(item(STEM_ITEMS_MAX), undefined)).toBe(false);
    expect(counters.get('items_on_stem')).toBe(STEM_ITEMS_MAX);
    stem.sighted(item(0).id, 1);
    expect(stem.enter(item(STEM_ITEMS_MAX), undefined)).toBe(true);
  });

  it('takes so many bytes, and no more until some have left', () => {
    const { stem } = phase();
    const half = Buffer.alloc(STEM_BYTES_MAX / 2);
    expect([1, 2, 3].map((n) => stem.enter(item(n, half), undefined))).toEqual([true, true, false]);
    stem.returned(item(1).id);
    expect(stem.enter(item(3, half), undefined)).toBe(true);
  });

  it('forgets all when it stops', () => {
    const { stem, spread, counters } = phase();
    stem.enter(item(1), undefined);
    stem.stop();
    expect([counters.get('items_on_stem'), spread]).toEqual([0, []]);
  });
});
