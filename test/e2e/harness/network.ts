import { mergeSections, type IniSections } from '../../../src/cli/lab-config.js';
import { startDaemon, type Daemon } from './daemon.js';
import { openListener, type Listener } from './modules.js';
import { waitUntil } from './wait.js';

/** Settings under which a network forms, mends and shuffles in a second or two. */
export const QUICK: IniSections = {
  gossip: { search_cooldown: 0.2, retry_max: 1, shuffle_interval: 0.5 },
};

/** Keys of `[gossip]` under which a daemon joins quickly through the daemons given. */
export const joining = (
  contacts: readonly Daemon[],
  gossip: Readonly<Record<string, string | number | boolean>> = {},
): IniSections => {
  const known = { known_peers: contacts.map(({ p2p }) => p2p).join(', ') };
  return mergeSections(QUICK, { gossip: { ...known, ...gossip } });
};

/** Waits until the daemon's figures are these; one that it does not show yet is 0. */
export const untilMetrics = (
  daemon: Daemon,
  expected: Readonly<Record<string, number>>,
): Promise<void> => {
  const names = Object.keys(expected);
  let seen: Record<string, number> = {};
  return waitUntil(
    async () => {
      const metrics = await daemon.metrics();
      seen = Object.fromEntries(names.map((name) => [name, metrics.get(name) ?? 0]));
      return names.every((name) => seen[name] === expected[name]);
    },
    {
      what: () =>
        `${daemon.p2p} has ${JSON.stringify(expected)}, not ${JSON.stringify(seen)}\n` +
        daemon.stderr.slice(-20).join('\n'),
    },
  );
};

/** Waits until each daemon has links to all the others. */
export const untilMeshed = async (daemons: readonly Daemon[]): Promise<void> => {
  const links = daemons.length - 1;
  await Promise.all(daemons.map((daemon) => untilMetrics(daemon, { links_active: links })));
};

/** Waits until each daemon has links to all the others, and knows one interest of each. */
export const untilTuned = async (daemons: readonly Daemon[]): Promise<void> => {
  const others = daemons.length - 1;
  await Promise.all(
    daemons.map((daemon) => untilMetrics(daemon, { links_active: others, link_interests: others })),
  );
};

/** Daemons of one network, joined through the first, which knows nobody; each linked to all. */
export const network = async (n: number, config: IniSections = QUICK): Promise<Daemon[]> => {
  const bootstrapper = await startDaemon({ config });
  const joined = await Promise.all(
    Array.from({ length: n - 1 }, () =>
      startDaemon({
        config: mergeSections(config, { gossip: { bootstrapper: bootstrapper.p2p } }),
      }),
    ),
  );
  const daemons = [bootstrapper, ...joined];
  await untilMeshed(daemons);
  return daemons;
};

/** A listener of this type at each daemon. */
export const listenAt = (daemons: readonly Daemon[], dataType: number): Promise<Listener[]> =>
  Promise.all(daemons.map((daemon) => openListener(daemon, dataType)));

/** What a listener heard, as texts in order. */
export const texts = ({ heard }: Listener): string[] => heard.map(({ data }) => data.toString());
