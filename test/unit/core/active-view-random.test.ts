import type { ActiveView, Link } from '../../../src/core/active-view.js';
import { networkOf } from '../../../src/core/networks.js';
import { pick, seededRandom } from '../../../src/core/prng.js';
import { identityOf, linkOf, NOW, OWN, viewOf } from './numbered-links.js';

describe('ActiveView under random operations', () => {
  /** Runs random calls, checks the promises of the class after each, and tells what it did. */
  const run = (seed: number): string => {
    const random = seededRandom(seed);
    const view = viewOf({ degree: 6, maxConnections: 8, inboundMax: 6 }, `${seed} view`);
    const story: string[] = [];
    for (let step = 0; step < 1_000; step += 1) {
      const connection = random.below(40);
      const identity = identityOf(990 + random.below(20));
      const direction = pick(['inbound', 'outbound'] as const, random) ?? 'inbound';
      const call = random.below(4);
      if (call === 0 && view.byConnection(connection) === undefined) {
        const admission = view.admission({ connection, identity, direction });
        if (admission.verdict === 'replace') view.remove(admission.connection);
        const host = `20.0.${random.below(5)}.1`;
        if (admission.verdict !== 'refuse')
          view.add(linkOf(connection, { identity, direction, host }));
        story.push(`${connection} ${admission.verdict}`);
      } else if (call === 1) {
        const verdict = view.neighborVerdict(
          connection,
          random.below(2) === 0 ? 'low' : 'high',
          NOW,
        );
        if (typeof verdict === 'object') {
          expect(view.remove(verdict.displace)?.direction).toBe('inbound');
        }
        if (verdict !== 'refuse') expect(view.activate(connection)).toBe(true);
        story.push(`${connection} ${JSON.stringify(verdict)}`);
      } else if (call === 2) {
        view.activate(connection);
      } else if (random.below(3) === 0) {
        view.remove(connection);
      }
      checkPromises(view);
    }
    return story.join('\n');
  };

  const checkPromises = (view: ActiveView): void => {
    const links = view.links();
    const active = links.filter((link) => link.active);
    const outbound = active.filter(({ direction }) => direction === 'outbound').length;
    const networks = active.map((link) => networkOf(link.address.host));
    const crowd = (network: string) => networks.filter((other) => other === network).length;
    const isFound = (link: Link): boolean =>
      view.byConnection(link.connection) === link && view.byIdentity(link.identity) === link;
    const promises = {
      identities: new Set(links.map(({ identity }) => identity)).size === links.length,
      found: links.every(isFound) && !view.isLinked(OWN),
      active: view.active().length === active.length && active.length <= 8,
      counts: view.activeCount === active.length && view.outboundCount === outbound,
      inbound: active.length - outbound <= 6,
      crowds: Math.max(0, ...networks.map(crowd)) <= 2,
    };
    const broken = Object.entries(promises).filter(([, isKept]) => !isKept);
    expect(broken).toEqual([]);
  };

  it.each([1, 2, 3])('keeps its promises and does the same again with seed %p', (seed) => {
    const story = run(seed);
    expect(story).toContain('displace');
    expect(story).toContain('replace');
    expect(run(seed)).toBe(story);
  });
});
