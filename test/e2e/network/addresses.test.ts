import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseAddress } from '../../../src/client/address.js';
import { mergeSections, type IniSections } from '../../../src/cli/lab-config.js';
import { encodeApi } from '../../../src/wire/api-codec.js';
import type { RpsPeer } from '../../../src/wire/messages.js';
import { onStopAll } from '../harness/cleanup.js';
import { startDaemon, stopAll, type Daemon } from '../harness/daemon.js';
import { listenAt, QUICK, texts, untilMeshed, untilTuned } from '../harness/network.js';

const TYPE = 9;

const V6: IniSections = { gossip: { p2p_address: '[::1]:0', api_address: '[::1]:0' } };
const V4: IniSections = {};

const start = (config: IniSections): Promise<Daemon> =>
  startDaemon({ config: mergeSections(QUICK, config) });

/** An item of each reaches a module of every other, once. */
const expectOneNetwork = async (daemons: readonly Daemon[]): Promise<void> => {
  await untilMeshed(daemons);
  const listeners = await listenAt(daemons, TYPE);
  await untilTuned(daemons);
  const items = daemons.map(({ p2p }) => `from ${p2p}`);
  await Promise.all(listeners.map(({ client }, at) => client.announce(TYPE, items[at] ?? '')));
  await Promise.all(listeners.map(({ hearsCount }) => hearsCount(daemons.length - 1)));
  expect(listeners.map((listener) => texts(listener).toSorted())).toEqual(
    items.map((own) => items.filter((item) => item !== own).toSorted()),
  );
};

const portOf = (daemon: Daemon): number => parseAddress(daemon.p2p)?.port ?? 0;

describe('a network', () => {
  afterEach(stopAll);

  it.each([
    ['IPv6 loopback, links and modules alike', V6, V6, V6],
    ['IPv4 and IPv6, joined through an IPv6 daemon', V6, V4, V6],
    ['IPv4 and IPv6, joined through an IPv4 daemon', V4, V6, V4],
  ])('forms over %s', async (_, ...configs) => {
    const [first = V4, ...others] = configs;
    const bootstrapper = await start(first);
    const joined = await Promise.all(
      others.map((config) =>
        start(mergeSections(config, { gossip: { bootstrapper: bootstrapper.p2p } })),
      ),
    );
    await expectOneNetwork([bootstrapper, ...joined]);
  });

  it('forms through a bootstrapper that a host name stands for', async () => {
    const bootstrapper = await start(V4);
    const named = { gossip: { bootstrapper: `localhost:${portOf(bootstrapper)}` } };
    await expectOneNetwork([bootstrapper, await start(named)]);
  });

  it('forms around a daemon that listens everywhere and knows no address of its own', async () => {
    const everywhere = await start({ gossip: { p2p_address: '0.0.0.0:0' } });
    const port = portOf(everywhere);
    const joined = await Promise.all(
      [1, 2].map(() => start({ gossip: { bootstrapper: `127.0.0.1:${port}` } })),
    );
    await expectOneNetwork([everywhere, ...joined]);
  });
});

/** An RPS module that answers every query with this daemon; its address. */
const rpsModule = async (daemon: Daemon, portMap: RpsPeer['portMap']): Promise<string> => {
  const key = createPublicKey(readFileSync(join(daemon.dir, 'hostkey.pem')));
  const answer = encodeApi({
    type: 'RPS_PEER',
    // With a port map the peer's own port is some other module's.
    address: { family: 4, host: '127.0.0.1', port: portMap.length === 0 ? portOf(daemon) : 1 },
    portMap,
    hostKey: key.export({ type: 'spki', format: 'der' }),
  });
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', () => void socket.write(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onStopAll(async () => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

describe('a daemon that knows nobody but an RPS module', () => {
  afterEach(stopAll);

  it.each([
    ['by the port of the peer', () => []],
    ['by its port map', (daemon: Daemon) => [{ app: 500, port: portOf(daemon) }]],
  ])('finds the network %s', async (_, portMapOf) => {
    const one = await start(V4);
    const rps_address = await rpsModule(one, portMapOf(one));
    const newcomer = await start({ rps: { rps_address } });
    await untilMeshed([one, newcomer]);
    // The network grows through the newcomer as through anybody else.
    const joiner = await start({ gossip: { bootstrapper: newcomer.p2p } });
    await expectOneNetwork([one, newcomer, joiner]);
  });
});
