import { createServer } from 'node:net';
import { once } from 'node:events';
import { listen } from '../../src/node/listen.js';
import { listenPeers } from '../../src/node/peers.js';
import { describePeersPort, type PeersPortMaker } from './peers-port.suite.js';

const sockets = (host: string): PeersPortMaker => ({
  open: (handler) => listenPeers({ address: { host, port: 0 } }, handler, () => undefined),
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
