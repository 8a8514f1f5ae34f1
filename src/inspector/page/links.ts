/** Every connection with a peer of a daemon: its actor, joined with its link of the active view. */
import type { Plain, ViewRecord } from '../protocol.js';
import { connectionOf, type Actor, type Daemon } from './model.js';
import { isObject } from './text.js';

export type Link = ViewRecord['links'][number];

export type LinkRow = {
  readonly connection: number;
  readonly actor: Actor | undefined;
  /** Undefined: not established, or not told of yet. */
  readonly link: Link | undefined;
  readonly identity: string | undefined;
  readonly direction: string;
  readonly address: string;
};

const textOf = (value: Plain | undefined): string => (typeof value === 'string' ? value : '');

const remoteOf = ({ context }: Actor): string => {
  const remote = context['remote'];
  if (!isObject(remote)) return '';
  const [host, port] = [remote['host'], remote['port']];
  return `${textOf(host)}:${typeof port === 'number' ? port : '?'}`;
};

/** The connections, by number; those that ended are left out. */
export const linkRows = (daemon: Daemon): LinkRow[] => {
  const actors = new Map<number, Actor>();
  for (const actor of daemon.actors.values()) {
    const connection = connectionOf(actor.id);
    if (connection !== undefined && actor.ending === undefined) actors.set(connection, actor);
  }
  const links = new Map(daemon.view?.links.map((link) => [link.connection, link]));
  return [...new Set([...links.keys(), ...actors.keys()])]
    .sort((one, other) => one - other)
    .map((connection) => {
      const [actor, link] = [actors.get(connection), links.get(connection)];
      return {
        connection,
        actor,
        link,
        identity: link?.identity ?? daemon.peers.get(connection),
        direction: link?.direction ?? textOf(actor?.context['direction']),
        address: link?.address ?? (actor === undefined ? '' : remoteOf(actor)),
      };
    });
};
