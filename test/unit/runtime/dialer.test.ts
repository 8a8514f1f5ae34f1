import type { ConnectionEnd } from '../../../machines/events.js';
import { ActiveView } from '../../../src/core/active-view.js';
import { BACK_OFF_MAX_MS } from '../../../src/core/address-book.js';
import { Counters } from '../../../src/core/counters.js';
import { LinkGroups } from '../../../src/core/link-groups.js';
import { seededRandom } from '../../../src/core/prng.js';
import { Sampler } from '../../../src/core/sampler.js';
import { Dialer, DIALS_MAX, URGENT_DIALS_MAX, type Dial } from '../../../src/runtime/dialer.js';
import { at, idOf, NumberedBook, recordOf } from '../core/numbered-book.js';
import { configWith } from './default-config.js';
import { ManualClock } from './manual-clock.js';

const MIN_CONNECTIONS = 5;
/** Number of the connection of the first dial. */
const FIRST_DIAL = 1_001;

/** A daemon that has heard of fifty peers, unless told otherwise, and is linked with `links`. */
const setUp = (links: number, book = new NumberedBook().toldOf(1, 51)) => {
  const random = seededRandom('dialer');
  const limits = { degree: 20, minConnections: MIN_CONNECTIONS, maxConnections: 40, lab: false };
  const view = new ActiveView({ identity: idOf(0), random, ...limits });
  for (let link = 1; link <= links; link += 1) {
    const peer = { identity: idOf(1_000 + link), address: at(1_000 + link) };
    view.add({ connection: link, direction: 'outbound', purpose: 'neighbor', sinceMs: 0, ...peer });
    view.activate(link);
  }
  const sampler = new Sampler({ slots: 8, lab: false, random });
  const quotas = { sampled: 8, near: 4, anchors: 0 };
  const clock = new ManualClock();
  const dials: Dial[] = [];
  const dialer = new Dialer({
    ports: { clock, log: () => {} },
    config: configWith({ minConnections: MIN_CONNECTIONS }),
    counters: new Counters(),
    view,
    book,
    sampler,
    groups: new LinkGroups(view, sampler, quotas),
    dial: (dial) => FIRST_DIAL - 1 + dials.push(dial),
  });
  return { book, sampler, dialer, dials, clock };
};

describe('a dialer', () => {
  it.each([
    [0, URGENT_DIALS_MAX],
    [MIN_CONNECTIONS - 1, URGENT_DIALS_MAX],
    [MIN_CONNECTIONS, DIALS_MAX],
    [12, DIALS_MAX],
  ])('with %i links has at most %i dials under way', (links, most) => {
    const { dialer } = setUp(links);
    for (let round = 0; round < 5; round += 1) {
      dialer.fill();
      dialer.fillFromBook();
      dialer.replace();
      dialer.redraw(0);
    }
    expect([dialer.underWay, dialer.hasRoom]).toEqual([most, false]);
  });

  /** It is told of one peer after the other; how often it dials the first, when that ends so. */
  const dialsOfFirst = (how: Pick<ConnectionEnd, 'error' | 'identity'>): number => {
    const { book, sampler, dialer, dials, clock } = setUp(4, new NumberedBook());
    for (let peer = 1; peer <= 8; peer += 1) {
      book.learn(recordOf(peer), clock.wallMs());
      sampler.offer({ address: at(peer), identity: idOf(peer) });
      const before = dials.length;
      dialer.fillFromBook();
      for (const [number, dial] of dials.entries()) {
        if (number < before || dial.remote.host !== at(1).host) continue;
        const reached = { direction: 'outbound', phase: 'handshaking', reason: 'test' } as const;
        dialer.ended({ connection: FIRST_DIAL + number, ...dial, ...reached, ...how });
      }
      clock.advance(BACK_OFF_MAX_MS * 2);
    }
    return dials.filter(({ remote }) => remote.host === at(1).host).length;
  };

  it.each([
    ['is itself', idOf(0)],
    ['is linked under another identity', idOf(1_001)],
  ])(
    'dials an address once when who answers %s, whatever slots it was drawn for',
    (_, identity) => {
      expect(dialsOfFirst({ error: 'selfOrDuplicate', identity })).toBe(1);
    },
  );

  it('dials who does not answer three times, whatever slots it was drawn for', () => {
    expect(dialsOfFirst({ error: undefined, identity: undefined })).toBe(3);
  });
});
