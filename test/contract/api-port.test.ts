import { listenApi } from '../../src/node/api.js';
import { describeApiPort, type ApiPortMaker } from './api-port.suite.js';
import { RawSocket } from './raw-socket.js';

const sockets = (host: string): ApiPortMaker => {
  const clients: RawSocket[] = [];
  return {
    open: async (handler) => {
      const api = await listenApi(
        { address: { host, port: 0 }, closeGraceMs: 50 },
        handler,
        () => undefined,
      );
      return {
        ...api,
        close: async () => {
          await Promise.all(clients.splice(0).map((client) => client.destroy()));
          await api.close();
        },
      };
    },
    connect: async (to) => {
      const client = await RawSocket.open(to);
      clients.push(client);
      return client;
    },
    drive: (promise) => promise,
  };
};

describeApiPort('sockets, IPv4', sockets('127.0.0.1'));
describeApiPort('sockets, IPv6', sockets('::1'));
