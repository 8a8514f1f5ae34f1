/** What the ports say, as events for the actors. */
import { apiArrivals, peerArrivals } from './arrivals.js';
import type { DaemonParts } from './parts.js';
import type { ApiHandler, PeersHandler } from './ports.js';

export const apiHandler = ({
  root,
  ports,
  counters,
  watch,
  router,
  connections,
  config,
}: DaemonParts): ApiHandler => {
  const reject = (reason: string): undefined => {
    counters.count('modules_refused_total');
    ports.log('warn', 'module refused', { reason });
    return undefined;
  };
  return {
    accepted: () =>
      connections.moduleCount >= config.api.apiConnectionsMax
        ? reject('too many modules (api_connections_max)')
        : connections.nameModule(),
    opened: (connection, remote) => {
      root().send({ type: 'module.connected', connection, remote });
    },
    received: (connection, messages) => {
      watch.apiReceived(connection, messages);
      const actor = connections.module(connection);
      for (const event of apiArrivals(messages)) actor?.send(event);
    },
    malformed: (connection, { code, detail }, dump) => {
      counters.count(`api_malformed_total{code="${code}"}`);
      const reason = `${code}: ${detail}`;
      connections.module(connection)?.send({ type: 'connection.malformed', reason, dump });
    },
    drained: (connection) => router.modules.drain(connection),
    closed: (connection, reason) => {
      const actor = connections.module(connection);
      if (actor === undefined) connections.freeModule(connection);
      else actor.send({ type: 'connection.closed', reason });
    },
  };
};

export const peersHandler = ({
  root,
  counters,
  watch,
  router,
  dialer,
  connections,
}: DaemonParts): PeersHandler =>
  watch.peersHandler({
    accepted: () => connections.namePeer(),
    opened: (connection, remote) => {
      root().send({ type: 'caller.connected', connection, remote, ...connections.secrets() });
    },
    connected: (connection, remote) => {
      dialer.connected(connection);
      connections.peer(connection)?.send({ type: 'connection.connected', remote });
    },
    received: (connection, messages) => {
      const actor = connections.peer(connection);
      for (const event of peerArrivals(messages)) actor?.send(event);
    },
    secured: (connection, identity) => {
      connections.peer(connection)?.send({ type: 'connection.secured', identity });
    },
    unsecured: (connection, reason) => {
      connections.peer(connection)?.send({ type: 'connection.unsecured', reason });
    },
    malformed: (connection, { code, detail }, dump) => {
      counters.count(`peer_malformed_total{code="${code}"}`);
      const reason = `${code}: ${detail}`;
      connections.peer(connection)?.send({ type: 'connection.malformed', reason, dump });
    },
    drained: (connection) => router.links.settleDebts(connection),
    closed: (connection, reason) => {
      const actor = connections.peer(connection);
      if (actor === undefined) connections.freePeer(connection);
      else actor.send({ type: 'connection.closed', reason });
    },
  });
