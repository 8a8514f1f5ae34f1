import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startDaemon, stopAll, waitUntil, type Daemon } from '../harness/daemon.js';
import { openListener, openModule } from '../harness/modules.js';
import {
  joining,
  listenAt,
  network,
  QUICK,
  texts,
  untilMeshed,
  untilMetrics,
  untilTuned,
} from '../harness/network.js';
import { mergeSections } from '../../../src/cli/lab-config.js';

const TYPE = 3;
const DEBUG = mergeSections(QUICK, { log: { level: 'debug' } });

/** The address book on disk has an entry for this daemon. */
const untilRemembered = (by: Daemon, daemon: Daemon): Promise<void> =>
  waitUntil(
    async () => {
      const text = await readFile(join(by.dir, 'address-book.json'), 'utf8').catch(() => '');
      return text.includes(daemon.identity);
    },
    { what: `${daemon.p2p} is in the address book of ${by.p2p}` },
  );

const countLines = ({ stderr }: Daemon, pattern: RegExp): number =>
  stderr.filter((line) => pattern.test(line)).length;

describe('five daemons that joined through one', () => {
  afterEach(stopAll);

  it('carry on when it is killed, and let in whoever knows one of them', async () => {
    const [bootstrapper, ...others] = await network(5);
    await bootstrapper?.kill9();
    await untilMeshed(others);

    const joiner = await startDaemon({ config: joining(others.slice(0, 1)) });
    const all = [...others, joiner];
    await untilMeshed(all);
    const listeners = await listenAt(all, TYPE);
    await untilTuned(all);
    const items = all.map((_, at) => `from ${at}`);
    await Promise.all(listeners.map(({ client }, at) => client.announce(TYPE, `from ${at}`)));
    for (const [at, listener] of listeners.entries()) {
      const expected = items.filter((item) => item !== `from ${at}`);
      await listener.hearsCount(expected.length);
      expect(texts(listener).toSorted()).toEqual(expected);
    }
  });
});

describe('a daemon that starts again', () => {
  afterEach(stopAll);

  it('finds its peers without the bootstrapper, after an orderly stop', async () => {
    const [bootstrapper, one, other] = await network(3);
    await one?.stop();
    await bootstrapper?.stop();
    await one?.restart();
    await untilMeshed([one, other].filter((daemon) => daemon !== undefined));
  });

  it('finds its peers without the bootstrapper, after a kill -9', async () => {
    const [bootstrapper, one, other] = await network(3);
    if (one === undefined || other === undefined) throw new Error('three');
    await untilRemembered(one, other);
    await one.kill9();
    await bootstrapper?.kill9();
    await one.restart();
    await untilMeshed([one, other]);
  });
});

describe('a daemon that leaves', () => {
  afterEach(stopAll);

  it('says so, and its links go down at once', async () => {
    const daemons = await network(2, DEBUG);
    const [staying, leaving] = daemons;
    if (staying === undefined || leaving === undefined) throw new Error('two');
    const listeners = await listenAt(daemons, TYPE);
    await untilTuned(daemons);
    await listeners[0]?.client.announce(TYPE, 'farewell');
    await listeners[1]?.hears('farewell');
    expect(await leaving.stop()).toBe(0);
    await staying.waitForLog(/link down .*links=0/);
    await staying.waitForLog(/connection ended .*the peer leaves/);
  });
});

describe('two daemons that name each other', () => {
  afterEach(stopAll);

  it('end with exactly one link, however often both dial at once', async () => {
    const first = await Promise.all([startDaemon(), startDaemon()]);
    await Promise.all(first.map((daemon) => daemon.stop()));
    // The same two, each with the other as its contact; at every start both dial.
    const start = (self: Daemon, other: Daemon): Promise<Daemon> =>
      startDaemon({
        dir: self.dir,
        config: joining([other], { p2p_address: self.p2p, api_address: self.api }),
      });
    const both = await Promise.all([start(first[0], first[1]), start(first[1], first[0])]);
    for (const round of [1, 2, 3]) {
      await Promise.all(
        both.map((daemon) =>
          untilMetrics(daemon, { links_active: 1, peer_connections: 1, dials_under_way: 0 }),
        ),
      );
      const [from, to] = both;
      const listener = await openListener(to, TYPE);
      await untilMetrics(from, { link_interests: 1 });
      const announcer = await openModule(from);
      await announcer.announce(TYPE, `round ${round}`);
      await listener.hears(`round ${round}`);
      expect(texts(listener)).toEqual([`round ${round}`]);
      if (round < 3) await Promise.all(both.map((daemon) => daemon.restart()));
    }
  });
});

describe('a daemon that is its own bootstrapper', () => {
  afterEach(stopAll);

  it.each([
    ['at the address that it listens on', '127.0.0.1', '127.0.0.1'],
    ['at another name of that address', '0.0.0.0', '127.0.0.1'],
  ])('refuses the link to itself %s, and does not dial it again', async (_, listens, dialled) => {
    const first = await startDaemon({ config: { gossip: { p2p_address: `${listens}:0` } } });
    const port = first.p2p.slice(first.p2p.lastIndexOf(':') + 1);
    await first.stop();
    const daemon = await startDaemon({
      config: mergeSections(DEBUG, {
        gossip: { p2p_address: `${listens}:${port}`, bootstrapper: `${dialled}:${port}` },
      }),
    });
    await daemon.waitForLog(/contact is this daemon itself/);
    // Several rounds of dialling go by while another one comes, joins and is left alone again.
    const other = await startDaemon({
      config: mergeSections(QUICK, { gossip: { bootstrapper: `${dialled}:${port}` } }),
    });
    await untilMeshed([daemon, other]);
    await other.stop();
    await daemon.waitForLog(/link down/);
    await untilMetrics(daemon, { links_active: 0, peer_connections: 0 });
    expect(countLines(daemon, /contact is this daemon itself/)).toBe(1);
    expect(countLines(daemon, /connection ended .*direction=outbound .*self/)).toBe(1);
  });
});
