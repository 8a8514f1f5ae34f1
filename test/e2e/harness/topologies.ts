import { mergeSections, type IniSections } from '../../../src/cli/lab-config.js';
import { startDaemon, type Daemon } from './daemon.js';

/**
 * Starts a daemon that dials exactly these, and accepts anyone: with `lab_links_only` nobody dials
 * an address that its configuration does not name, so that the links are those of the test.
 */
const startLinked = (
  neighbours: readonly Daemon[],
  size: number,
  config: IniSections,
): Promise<Daemon> => {
  const links: IniSections = {
    gossip: {
      lab_links_only: true,
      known_peers: neighbours.map(({ p2p }) => p2p).join(', '),
      // Room for a hub; what is not linked on purpose is not linked anyway.
      degree: Math.min(64, Math.max(20, size)),
      max_connections: Math.min(256, Math.max(40, 2 * size)),
    },
  };
  return startDaemon({ config: mergeSections(links, config) });
};

const chain = async (n: number, config: IniSections, closed: boolean): Promise<Daemon[]> => {
  const daemons: Daemon[] = [];
  while (daemons.length < n) {
    const isLast = daemons.length === n - 1;
    const neighbours = [daemons.at(-1), closed && isLast ? daemons[0] : undefined];
    const present = neighbours.filter((daemon) => daemon !== undefined);
    daemons.push(await startLinked([...new Set(present)], n, config));
  }
  return daemons;
};

/** Daemons 1 – 2 – … – n, each started, none waited for to be linked. */
export const line = (n: number, config: IniSections = {}): Promise<Daemon[]> =>
  chain(n, config, false);

/** A line whose last daemon also dials the first. */
export const ring = (n: number, config: IniSections = {}): Promise<Daemon[]> =>
  chain(n, config, true);

/** The first daemon in the middle, all others linked to it alone. */
export const star = async (n: number, config: IniSections = {}): Promise<Daemon[]> => {
  const hub = await startLinked([], n, config);
  const daemons = [hub];
  while (daemons.length < n) daemons.push(await startLinked([hub], n, config));
  return daemons;
};

/**
 * Each daemon linked to those that are so many places before and behind it on a ring of `n`. They
 * start in as many waves as `waves` says, each dialling those that run; daemons of one wave are not
 * linked, so no distance may be a multiple of `waves`, and `n` has to be one.
 */
export const circulant = async (
  n: number,
  distances: readonly number[],
  waves: number,
  config: IniSections = {},
): Promise<Daemon[]> => {
  const daemons = new Map<number, Daemon>();
  for (let wave = 0; wave < waves; wave += 1) {
    const places = Array.from({ length: n / waves }, (_, at) => at * waves + wave);
    const started = await Promise.all(
      places.map(async (place) => {
        const neighbours = circulantNeighbours(place, n, distances);
        const running = neighbours.flatMap((at) => daemons.get(at) ?? []);
        return [place, await startLinked(running, n, config)] as const;
      }),
    );
    for (const [place, daemon] of started) daemons.set(place, daemon);
  }
  return [...daemons].toSorted(([a], [b]) => a - b).map(([, daemon]) => daemon);
};

/** The places that a place of a circulant is linked to. */
export const circulantNeighbours = (
  place: number,
  n: number,
  distances: readonly number[],
): number[] => distances.flatMap((by) => [(place + by) % n, (place + n - by) % n]);
