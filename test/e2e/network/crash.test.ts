import { stopAll, type Daemon } from '../harness/daemon.js';
import { openListener, type Listener } from '../harness/modules.js';
import { listenAt, network, texts, untilMeshed, untilTuned } from '../harness/network.js';

const TYPE = 13;
const DAEMONS = 4;
const ITEMS = 40;

type Node = { readonly daemon: Daemon; readonly name: string; listener: Listener };

const itemsOf = (name: string, round: number): string[] =>
  Array.from({ length: ITEMS }, (_, n) => `${round}/${name}/${n}`);

/** Announces all items of a round, and calls back before each. Who is killed meanwhile stops. */
const announceAll = async (
  { name, listener }: Node,
  round: number,
  before: (n: number) => void,
): Promise<void> => {
  for (const [n, item] of itemsOf(name, round).entries()) {
    before(n);
    await listener.client.announce(TYPE, item);
  }
};

/** Kills the victim while everybody announces; what the others say must reach the others. */
const killWhileItemsFlow = async (
  nodes: readonly Node[],
  victim: Node,
  round: number,
): Promise<void> => {
  const others = nodes.filter((node) => node !== victim);
  const moment = Math.floor(Math.random() * ITEMS);
  let killed: Promise<void> | undefined;
  const [trigger] = others;
  const doomed = announceAll(victim, round, () => {}).catch(() => 'cut off');
  await Promise.all(
    others.map((node) =>
      announceAll(node, round, (n) => {
        if (node === trigger && n === moment) killed = victim.daemon.kill9();
      }),
    ),
  );
  await Promise.all([killed, doomed]);
  for (const node of others) {
    const expected = others
      .filter((other) => other !== node)
      .flatMap(({ name }) => itemsOf(name, round));
    await Promise.all(expected.map((item) => node.listener.hears(item)));
    const heard = texts(node.listener);
    expect(new Set(heard).size).toBe(heard.length);
  }
  await untilMeshed(others.map(({ daemon }) => daemon));
};

describe('a network', () => {
  afterEach(stopAll);

  it('survives a kill -9 of each daemon in turn, and takes each back in', async () => {
    const daemons = await network(DAEMONS);
    const listeners = await listenAt(daemons, TYPE);
    const nodes = listeners.flatMap((listener, at): Node[] => {
      const daemon = daemons[at];
      return daemon === undefined ? [] : [{ daemon, name: `daemon ${at}`, listener }];
    });
    await untilTuned(daemons);
    for (const [round, victim] of nodes.entries()) {
      await killWhileItemsFlow(nodes, victim, round);
      await victim.daemon.restart();
      victim.listener = await openListener(victim.daemon, TYPE);
      await untilTuned(daemons);
      const others = nodes.filter((node) => node !== victim);
      await victim.listener.client.announce(TYPE, `${victim.name} is back`);
      await Promise.all(others.map(({ listener }) => listener.hears(`${victim.name} is back`)));
      await others[0]?.listener.client.announce(TYPE, `welcome, ${victim.name}`);
      await victim.listener.hears(`welcome, ${victim.name}`);
    }
  }, 60_000);
});
