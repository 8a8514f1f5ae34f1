import {
  EXCHANGED_MS,
  IsolationWatch,
  LOSSES_MAX,
  LOST_TOGETHER_MS,
  type IsolationAlarm,
  type WatchedLink,
} from '../../../src/core/isolation-watch.js';

const outbound = (network: number, sinceMs = 0): WatchedLink => ({
  direction: 'outbound',
  address: { family: 4, host: `20.0.${network}.1`, port: 6_001 },
  sinceMs,
});
const inbound = (network: number, sinceMs = 0): WatchedLink => ({
  ...outbound(network, sinceMs),
  direction: 'inbound',
});
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, at) => from + at);

/** Loses the first of `links` one after the other, so many ms apart: the alarms that came of it. */
const losing = (
  watch: IsolationWatch,
  links: readonly WatchedLink[],
  { count = links.length, apartMs = 100, fromMs = 0 } = {},
): (IsolationAlarm | undefined)[] =>
  links
    .slice(0, count)
    .map((link, at) => watch.lost(link, links.slice(at + 1), fromMs + at * apartMs));

describe('IsolationWatch', () => {
  it('alarms when the last of four outbound links dies that died together', () => {
    const none = [undefined, undefined, undefined];
    expect(
      losing(
        new IsolationWatch(),
        range(0, 4).map((n) => outbound(n)),
      ),
    ).toEqual([...none, 'outbound links lost']);
  });

  it('takes callers for no comfort when all outbound links have died', () => {
    const links = [...range(0, 4).map((n) => outbound(n)), inbound(7), inbound(8)];
    expect(losing(new IsolationWatch(), links, { count: 4 })[3]).toBe('outbound links lost');
  });

  it('is calm while an outbound link lives, when few have died, and when it took long', () => {
    const five = range(0, 5).map((n) => outbound(n));
    const calm = (alarms: (IsolationAlarm | undefined)[]): boolean =>
      alarms.every((alarm) => alarm !== 'outbound links lost');
    expect(calm(losing(new IsolationWatch(), five, { count: 4 }))).toBe(true);
    expect(calm(losing(new IsolationWatch(), five.slice(0, 3)))).toBe(true);
    const slowly = { apartMs: LOST_TOGETHER_MS / 3 };
    expect(calm(losing(new IsolationWatch(), five, slowly))).toBe(true);
  });

  it('alarms when two losses leave one network of three', () => {
    const links = [outbound(1), outbound(2), outbound(3), outbound(3)];
    expect(losing(new IsolationWatch(), links, { count: 2 })).toEqual([
      undefined,
      'one network left',
    ]);
  });

  it('counts the networks where links are, not where they say that they listen', () => {
    const claimed = (network: number) => ({ ...inbound(network), remoteHost: '20.0.3.9' });
    const links = [outbound(1), outbound(2), claimed(5), claimed(6)];
    expect(losing(new IsolationWatch(), links, { count: 2 })[1]).toBe('one network left');
  });

  it('alarms once for what happened together', () => {
    const watch = new IsolationWatch();
    losing(
      watch,
      range(0, 4).map((n) => outbound(n)),
    );
    expect(watch.lost(outbound(9), [], 500)).toBeUndefined();
  });

  it('alarms when hardly any link of a minute ago is left', () => {
    const watch = new IsolationWatch();
    const old = range(0, 8).map((n) => outbound(n));
    const fresh = (at: number): WatchedLink[] =>
      range(0, at + 1).map((n) => outbound(100 + n, EXCHANGED_MS + n));
    const alarms = old.map((link, at) =>
      watch.lost(link, [...old.slice(at + 1), ...fresh(at)], EXCHANGED_MS + 1_000 * at),
    );
    expect(alarms.slice(0, 6)).toEqual([...Array<undefined>(5).fill(undefined), 'links exchanged']);
  });

  it('is calm when as many links are exchanged slowly, or when they were young', () => {
    const old = range(0, 40).map((n) => outbound(n));
    const slowly = { count: 20, apartMs: EXCHANGED_MS / 5, fromMs: EXCHANGED_MS };
    expect(losing(new IsolationWatch(), old, slowly).every((alarm) => !alarm)).toBe(true);
    const young = [...range(0, 8).map((n) => outbound(n, EXCHANGED_MS)), outbound(99)];
    const quickly = { count: 8, fromMs: EXCHANGED_MS };
    expect(losing(new IsolationWatch(), young, quickly).every((alarm) => !alarm)).toBe(true);
  });

  it('alarms when one network is left of three, and not again before there were three', () => {
    const watch = new IsolationWatch();
    const crowd = [inbound(5), outbound(5)];
    expect(watch.changed([outbound(1), outbound(2), ...crowd])).toBeUndefined();
    expect(watch.changed(crowd)).toBe('one network left');
    expect([watch.changed(crowd), watch.changed([...crowd, outbound(1)])]).toEqual([
      undefined,
      undefined,
    ]);
    expect(watch.changed(crowd)).toBeUndefined();
  });

  it('is calm when there was never more than one network, as in a lab', () => {
    const watch = new IsolationWatch();
    const lab = range(0, 9).map(() => outbound(0));
    expect(watch.changed(lab)).toBeUndefined();
    expect(losing(watch, lab, { count: 3 }).every((alarm) => alarm === undefined)).toBe(true);
  });

  it('remembers so many losses, the latest', () => {
    const watch = new IsolationWatch();
    for (let loss = 0; loss < 2 * LOSSES_MAX; loss += 1) {
      watch.lost(inbound(loss % 250, loss), [outbound(1), outbound(2)], loss);
    }
    expect(watch.remembered).toBe(LOSSES_MAX);
    // All of them are over in time.
    watch.lost(inbound(1, 0), [outbound(1), outbound(2)], EXCHANGED_MS * 3);
    expect(watch.remembered).toBe(1);
  });
});
