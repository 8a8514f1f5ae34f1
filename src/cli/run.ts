/** `hearsay run`: a daemon from its configuration to its exit code. */
import { formatAddress, type DialAddress } from '../common/address.js';
import type { Config } from '../config/config.js';
import type { Overrides } from '../config/parse.js';
import { parseAddressBook } from '../core/address-book-text.js';
import {
  noAddressBook,
  openAddressBook,
  readAddressBook,
  setAsideDamaged,
  type FoundBook,
} from '../node/address-book-file.js';
import { listenApi } from '../node/api.js';
import { loopIdleMs, nodeClock } from '../node/clock.js';
import { openCredentials, type Credentials } from '../node/credentials.js';
import { HostKeyError, loadHostKey, type HostKey } from '../node/host-key.js';
import { ListenError } from '../node/listen.js';
import { openLog } from '../node/log.js';
import { serveMetrics } from '../node/metrics.js';
import { listenPeers } from '../node/peers.js';
import { nodeRandom } from '../node/random.js';
import { rpsClient } from '../node/rps.js';
import { startSolver } from '../node/solver.js';
import { assemble, type Daemon, type SavedBook } from '../runtime/assemble.js';
import { LateHandlers } from '../runtime/late-handlers.js';
import type { LogPort } from '../runtime/ports.js';
import { canonicalAddress } from '../wire/host.js';
import { CommandError } from './command.js';
import { EXIT } from './exit-codes.js';
import { readConfig } from './read-config.js';
import { version } from './version.js';

export type RunOptions = Overrides & { readonly configPath: string };

/** Something that was opened and is to be closed again. */
type Closable = { close(): Promise<void> };

/**
 * Runs a daemon until it is told to stop, and returns its exit code.
 *
 * @throws CommandError when it cannot start, with one line that says why.
 */
export const runDaemon = async ({ configPath, ...overrides }: RunOptions): Promise<number> => {
  const { config, warnings } = readConfig(configPath, overrides);
  const { log, close: closeLog } = openLog(config.log);
  for (const warning of warnings) log('warn', 'configuration', { file: configPath, warning });
  const opened: Closable[] = [];
  try {
    return await serve(config, log, opened);
  } catch (error) {
    if (error instanceof ListenError) throw new CommandError(EXIT.cannotListen, error.message);
    if (error instanceof HostKeyError) throw new CommandError(EXIT.badKey, error.message);
    throw error;
  } finally {
    for (const one of opened.reverse()) await one.close();
    await closeLog();
  }
};

const serve = async (config: Config, log: LogPort, opened: Closable[]): Promise<number> => {
  const hostKey = loadHostKey(config.identity.hostkey, log);
  const agent = `hearsay/${version()}`;
  const handlers = new LateHandlers();
  const solver = startSolver({ workers: config.handshake.solverWorkers, log });
  opened.push(solver);
  const security = await certify(config, hostKey, log);
  if (security !== undefined) opened.push(security);
  const p2p = await listenPeers(
    { address: config.peers.p2pAddress, security },
    handlers.peers,
    log,
  );
  opened.push(p2p);
  const api = await listenApi({ address: config.api.apiAddress }, handlers.api, log);
  opened.push(api);
  const { addressBook: bookPath } = config.peers;
  const found = readAddressBook(bookPath, log);
  const addressBook = found.isOurs ? openAddressBook(bookPath, log) : noAddressBook;
  opened.push({ close: () => addressBook.flush() });
  const daemon = assemble(
    {
      config,
      identity: hostKey.identity,
      listenAddress: listenAddressOf(p2p.address),
      agent,
      ...loadPeers(bookPath, found, log),
    },
    {
      clock: nodeClock,
      random: nodeRandom,
      api: api.port,
      peers: p2p.port,
      solver: solver.port,
      addressBook,
      rps: config.rps.rpsAddress && rpsClient(config.rps.rpsAddress, log),
      log,
    },
  );
  handlers.bind(daemon);
  opened.push({ close: () => ended(daemon) });
  if (config.metrics.address !== undefined) {
    const metrics = await serveMetrics(config.metrics.address, daemon.counters);
    opened.push(metrics);
    log('info', 'metrics served', { address: formatAddress(metrics.address) });
  }
  // First, because whoever reads that we are ready may want to stop us at once.
  const stopped = untilStopped(daemon, log, () => {
    p2p.stopAccepting();
    api.stopAccepting();
  });
  if (config.inspector.address !== undefined) {
    // Loaded only here: a daemon without it does not pay for it.
    const { inspectDaemon } = await import('./inspector.js');
    const inspector = await inspectDaemon(config.inspector.address, config.inspector, hostKey, {
      daemon,
      identity: hostKey.identity.toString('hex'),
      agent,
      p2p: formatAddress(p2p.address),
      api: formatAddress(api.address),
      clock: nodeClock,
      idleMs: loopIdleMs,
      unsentBytes: (connection) => p2p.port.unsentBytes(connection),
      log,
    });
    opened.push(inspector);
  }
  announceReady(config, hostKey, p2p.address, api.address, log);
  return await stopped;
};

/** Our certificate for links; undefined: `transport = plain`, which needs none. */
const certify = async (
  { handshake }: Config,
  hostKey: HostKey,
  log: LogPort,
): Promise<Credentials | undefined> => {
  if (handshake.transport === 'plain') return undefined;
  const lifetimeMs = handshake.certificateLifetimeMs;
  return await openCredentials({ hostKey, lifetimeMs, clock: nodeClock, log });
};

/** Ends the actors of a daemon, whose timers would keep the process alive; all may be over. */
const ended = async (daemon: Daemon): Promise<void> => {
  daemon.shutdown();
  await daemon.done;
};

/** The one line on stdout, for whoever started us; what is unusual about the config, in the log. */
const announceReady = (
  config: Config,
  { identity }: HostKey,
  p2p: DialAddress,
  api: DialAddress,
  log: LogPort,
): void => {
  if (config.peers.lab) log('info', 'lab network: limits per network do not count local ranges');
  if (config.handshake.transport === 'plain') {
    log('warn', 'links are neither encrypted nor authenticated (transport = plain)');
  }
  process.stdout.write(
    `hearsay ready p2p=${formatAddress(p2p)} api=${formatAddress(api)} ` +
      `identity=${identity.toString('hex')}\n`,
  );
};

/** The address book of an earlier run. A damaged one is put aside, and the daemon starts afresh. */
const loadPeers = (path: string, { text }: FoundBook, log: LogPort): SavedBook => {
  if (text === undefined) return { knownPeers: [] };
  const parsed = parseAddressBook(text);
  if (parsed.ok) {
    for (const problem of parsed.problems) log('warn', 'address book', { file: path, problem });
    return { knownPeers: parsed.entries, offenders: parsed.offenders };
  }
  const aside = setAsideDamaged(path);
  log('warn', 'damaged address book put aside', { file: path, reason: parsed.error, as: aside });
  return { knownPeers: [] };
};

/**
 * @throws CommandError when the system says that it listens where nobody can dial, which no system
 * does.
 */
const listenAddressOf = ({ host, port }: DialAddress) => {
  const address = canonicalAddress(host, port);
  if (address === undefined) throw new CommandError(EXIT.cannotListen, `odd address ${host}`);
  return address;
};

/** Waits for a signal or a failure. The first signal asks for an orderly end, a second ends. */
const untilStopped = async (
  daemon: Daemon,
  log: LogPort,
  stopAccepting: () => void,
): Promise<number> => {
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    signals += 1;
    if (signals > 1) process.exit(EXIT.failed);
    log('info', 'stopping', { signal });
    stopAccepting();
    daemon.shutdown();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const { failure } = await daemon.done;
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  if (failure === undefined) {
    log('info', 'stopped');
    return EXIT.ok;
  }
  log('error', 'the daemon cannot go on', { reason: failure });
  return EXIT.failed;
};
