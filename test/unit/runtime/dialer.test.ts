import { ActiveView } from '../../../src/core/active-view.js';
import { Counters } from '../../../src/core/counters.js';
import { LinkGroups } from '../../../src/core/link-groups.js';
import { seededRandom } from '../../../src/core/prng.js';
import { Sampler } from '../../../src/core/sampler.js';
import { Dialer, DIALS_MAX, URGENT_DIALS_MAX } from '../../../src/runtime/dialer.js';
import { at, idOf, NumberedBook } from '../core/numbered-book.js';
import { configWith } from './default-config.js';
import { ManualClock } from './manual-clock.js';

const MIN_CONNECTIONS = 5;

/** A daemon that has heard of fifty peers and is linked with `links` others. */
const setUp = (links: number) => {
  const random = seededRandom('dialer');
  const book = new NumberedBook().toldOf(1, 51);
  const limits = { degree: 20, minConnections: MIN_CONNECTIONS, maxConnections: 40, lab: false };
  const view = new ActiveView({ identity: idOf(0), random, ...limits });
  for (let link = 1; link <= links; link += 1) {
    const peer = { identity: idOf(1_000 + link), address: at(1_000 + link) };
    view.add({ connection: link, direction: 'outbound', purpose: 'neighbor', sinceMs: 0, ...peer });
    view.activate(link);
  }
  const sampler = new Sampler({ slots: 8, lab: false, random });
  const quotas = { sampled: 8, near: 4, anchors: 0 };
  let dials = 1_000;
  return new Dialer({
    ports: { clock: new ManualClock(), log: () => {} },
    config: configWith({ minConnections: MIN_CONNECTIONS }),
    counters: new Counters(),
    view,
    book,
    sampler,
    groups: new LinkGroups(view, sampler, quotas),
    dial: () => (dials += 1),
  });
};

describe('a dialer', () => {
  it.each([
    [0, URGENT_DIALS_MAX],
    [MIN_CONNECTIONS - 1, URGENT_DIALS_MAX],
    [MIN_CONNECTIONS, DIALS_MAX],
    [12, DIALS_MAX],
  ])('with %i links has at most %i dials under way', (links, most) => {
    const dialer = setUp(links);
    for (let round = 0; round < 5; round += 1) {
      dialer.fill();
      dialer.fillFromBook();
      dialer.replace();
      dialer.redraw(0);
    }
    expect([dialer.underWay, dialer.hasRoom]).toEqual([most, false]);
  });
});
