import { createServer } from 'node:net';
import { once } from 'node:events';
import { listen } from '../../src/node/listen.js';
import { listenPeers } from '../../src/node/peers.js';
import type { PeersPortMaker } from './peers-port-kit.js';
import { describePeersPort } from './peers-port.suite.js';
import { newHost, type TestHost } from './test-security.js';

/** Hosts for all tests; no test has more ends. */
let hosts: readonly TestHost[] = [];
let opened = 0;
const nextHost = (): TestHost => {
  opened += 1;
  const host = hosts[opened % hosts.length];
  if (host === undefined) throw new Error('no host has been made');
  return host;
};

beforeAll(async () => {
  hosts = await Promise.all([newHost('ed25519'), newHost('p256'), newHost('ed25519')]);
});

const sockets = (host: string): PeersPortMaker => ({
  open: async (handler) => {
    const security = nextHost();
    const options = { address: { host, port: 0 }, security };
    const listening = await listenPeers(options, handler, () => undefined);
    return { ...listening, identity: security.identity };
  },
  deadAddress: async () => {
    const server = createServer();
    const address = await listen(server, { host, port: 0 });
    server.close();
    await once(server, 'close');
    return address;
  },
  drive: (promise) => promise,
});

describePeersPort('sockets, IPv4', sockets('127.0.0.1'));
describePeersPort('sockets, IPv6', sockets('::1'));
