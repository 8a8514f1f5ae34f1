import { Counters } from '../../../src/core/counters.js';
import { seededRandom } from '../../../src/core/prng.js';
import { SPREAD_PROFILES } from '../../../src/core/spread-profile.js';
import { Links } from '../../../src/runtime/links.js';
import { NOBODY, type ConnectionId, type PeersPort } from '../../../src/runtime/ports.js';
import {
  DONT_WANT_BYTES,
  FLOODED_TTL_MAX,
  SIGHTING_MS,
  Spreader,
  spreadOf,
} from '../../../src/runtime/spreader.js';
import { Watch } from '../../../src/runtime/watch.js';
import type { PeerMessage } from '../../../src/wire/messages.js';
import { item } from '../core/item-samples.js';
import { ManualClock } from './manual-clock.js';

const LINKS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const ID = 'ab'.repeat(20);
const ITEM = item(ID);
const TYPE = ITEM.dataType;
const profile = SPREAD_PROFILES.balanced;

const setUp = (name: keyof typeof SPREAD_PROFILES = 'balanced') => {
  const sent: { to: readonly ConnectionId[]; message: PeerMessage }[] = [];
  const peers: PeersPort = {
    dial: () => {},
    send: (to, message) => {
      sent.push({ to, message });
      return NOBODY;
    },
    cancel: () => 0,
    waitingBytes: () => 0,
    unsentBytes: () => 0,
    secure: () => {},
    limitFrames: () => {},
    close: () => {},
  };
  const clock = new ManualClock();
  const counters = new Counters();
  const links = new Links(peers, counters);
  for (const link of LINKS) {
    links.add(link, []);
    links.activate(link);
    links.heed(link, { type: 'INTEREST', all: false, add: [TYPE], remove: [] });
  }
  const ports = { peers, clock, random: seededRandom(1) };
  const spreader = new Spreader({
    ...{ ports, counters, links },
    watch: new Watch(),
    profile: SPREAD_PROFILES[name],
    rttMs: (link) => 10 * link,
  });
  const told = (type: PeerMessage['type']) =>
    sent.filter(({ message }) => message.type === type).flatMap(({ to }) => to);
  return { spreader, clock, sent, told };
};
const relayed = (holders: readonly number[] = [], ttl = 0) => ({
  ...{ item: ITEM, ttl, holders },
  isOwn: false,
});

describe('spreading', () => {
  it('pushes to a few links and offers to the others a moment later', () => {
    const { spreader, clock, told } = setUp();
    expect(spreader.spread(relayed())).toBe(LINKS.length);
    expect(told('SPREAD')).toHaveLength(profile.eagerMin);
    expect(told('GRAFT')).toEqual(told('SPREAD'));
    expect(told('HAVE')).toEqual([]);
    clock.advance(2 * profile.offerDelayMs);
    expect([...told('SPREAD'), ...told('HAVE')].toSorted((a, b) => a - b)).toEqual(LINKS);
  });

  it('sends neither an item nor word of it to those who have shown that they have it', () => {
    const { spreader, clock, told } = setUp();
    spreader.offered(3, [ID], true);
    spreader.spare(4, ID);
    spreader.spread(relayed([5]));
    spreader.offered(6, [ID], true);
    clock.advance(2 * profile.offerDelayMs);
    const reached = [...told('SPREAD'), ...told('HAVE')];
    for (const holder of [3, 4, 5]) expect(reached).not.toContain(holder);
    expect(told('HAVE')).not.toContain(6);
  });

  it('pushes an own announce to more', () => {
    const { spreader, told } = setUp();
    spreader.spread({ ...relayed(), isOwn: true });
    expect(told('SPREAD')).toHaveLength(profile.ownFanOut);
  });

  it('floods an item that has not far to go', () => {
    const { spreader, clock, told } = setUp();
    spreader.spread(relayed([], FLOODED_TTL_MAX));
    expect(told('SPREAD')).toEqual(LINKS);
    clock.advance(1_000);
    expect(told('HAVE')).toEqual([]);
  });

  it('does not flood an item that has', () => {
    const { spreader, told } = setUp();
    spreader.spread(relayed([], FLOODED_TTL_MAX + 1));
    expect(told('SPREAD')).toHaveLength(profile.eagerMin);
  });

  it('declines further copies of a large item, not of a small one', () => {
    const { spreader, told } = setUp();
    spreader.spread(relayed());
    const [one = 0, other = 0] = told('SPREAD');
    const large = spreadOf({ ...ITEM, data: Buffer.alloc(DONT_WANT_BYTES) }, 0);
    spreader.arrived(one, 'cd', spreadOf(ITEM, 0), true, false);
    expect(told('DONT_WANT')).toEqual([]);
    spreader.arrived(one, 'ef', large, true, false);
    expect(told('DONT_WANT')).toEqual([other]);
  });

  it('grafts the link that is first again and again', () => {
    const { spreader, clock, told } = setUp();
    spreader.spread(relayed());
    const grafted = told('GRAFT').length;
    for (let at = 0; at < 32; at += 1) {
      const id = at.toString(16).padStart(40, '0');
      spreader.arrived(12, id, spreadOf(ITEM, 0), true, false);
      spreader.offered(11, [id], true);
    }
    clock.advance(SIGHTING_MS);
    // A HAVE that comes at the same moment as a copy would have been the earlier copy.
    expect(told('GRAFT').slice(grafted)).toEqual([11]);
  });

  it('answers a GRAFT beyond the slack with a PRUNE of somebody', () => {
    const { spreader, told } = setUp();
    for (const link of LINKS) spreader.graft(link, TYPE);
    expect(told('PRUNE')).toHaveLength(LINKS.length - profile.eagerMin - profile.eagerSlack);
  });

  it('takes no GRAFT for a type that the link does not want', () => {
    const { spreader } = setUp();
    spreader.graft(1, TYPE + 1);
    expect(spreader.eager.typesOf(1)).toEqual([]);
  });

  it('refuses a PRUNE that would leave too few, by a GRAFT', () => {
    const { spreader, told } = setUp();
    spreader.spread(relayed());
    const [one = 0, other = 0] = told('SPREAD');
    spreader.prune(one, TYPE, 5);
    expect(told('GRAFT').at(-1)).toBe(one);
    spreader.graft(other === 12 ? 11 : 12, TYPE);
    spreader.prune(one, TYPE, 5);
    expect(spreader.eager.isEager(TYPE, one)).toBe(false);
  });

  it('prunes who brings a second copy under the lean profile', () => {
    const { spreader, told } = setUp('lean');
    spreader.spread(relayed());
    spreader.graft(7, TYPE);
    const copy = spreadOf(ITEM, 0);
    spreader.arrived(8, 'cd', copy, true, true);
    expect(told('GRAFT').at(-1)).toBe(8);
    spreader.arrived(7, 'cd', copy, false, false);
    expect(told('PRUNE')).toEqual([7]);
  });

  it('forgets a link that is gone', () => {
    const { spreader, clock, told } = setUp();
    spreader.spread(relayed());
    for (const link of LINKS) spreader.removeLink(link);
    clock.advance(1_000);
    expect(told('HAVE')).toEqual([]);
    expect(spreader.eager.typesOf(1)).toEqual([]);
  });
});
