import { spawn } from 'node:child_process';
import { systemReason } from '../client/errors.js';
import type { Config } from '../config/config.js';
import { requiredToken } from '../inspector/access.js';
import { FileSource } from '../inspector/file-source.js';
import { RemoteSource } from '../inspector/remote-source.js';
import type { TraceSource } from '../inspector/source.js';
import { parseTrace, TRACE_BYTES_MAX } from '../inspector/trace-text.js';
import { readBoundedFile } from '../node/bounded-file.js';
import { HostKeyError, inspectorToken, readHostKey } from '../node/host-key.js';
import { parseFlags, wholeNumber } from './arguments.js';
import { runBridge, type BridgeOptions } from './bridge.js';
import { CommandError, UsageError, type Command } from './command.js';
import { EXIT } from './exit-codes.js';
import { inspectorUrl, startHub } from './inspector.js';
import { readConfig } from './read-config.js';
import { aborted, type Terminal } from './terminal.js';

/** Where the documentation of @xstate/inspect has its server. */
const BRIDGE_PORT = 8_888;
/** Of the page that @xstate/inspect opens by itself. */
const BRIDGE_ORIGIN = 'https://stately.ai';

const help = `usage: hearsay inspect [-c CONFIG] [--no-open] [URL|FILE ...]
       hearsay inspect --xstate-inspect [--port N] [--allow-origin ORIGIN ...] URL

Opens the live inspector. One URL, or the [inspector] address of one configuration, is a daemon's
own page: its address is printed and opened. Several, or saved traces, are shown in one page that
this command serves on loopback until Ctrl-C.

      URL                   the inspector of a daemon: http://HOST:PORT/, with ?token= if it asks
      FILE                  a trace that was saved from a page
  -c, --config CONFIG       take the address, and the token, from a daemon's configuration
      --xstate-inspect      show the daemon to receivers of @xstate/inspect instead: they connect to
                            the address that is printed (with the ?token= of the URL, if it has
                            one), until Ctrl-C
      --port N              on loopback, where receivers connect; default ${BRIDGE_PORT}, 0: any
      --allow-origin ORIGIN pages that may be receivers; default ${BRIDGE_ORIGIN}
      --no-open             print the address only; without a display nothing is opened anyway
  -h, --help                this text`;

const options = {
  config: { type: 'string', short: 'c', multiple: true, default: [] as string[] },
  open: { type: 'boolean', default: true },
  'xstate-inspect': { type: 'boolean', default: false },
  port: { type: 'string' },
  'allow-origin': { type: 'string', multiple: true },
} as const;

const ANSWER_TIMEOUT_MS = 3_000;

/** Opens a page in the person's browser, where there is a display to do so. */
const openBrowser = (url: string, environment = process.env): boolean => {
  const isMac = process.platform === 'darwin';
  const hasDisplay = (environment['DISPLAY'] ?? environment['WAYLAND_DISPLAY'] ?? '') !== '';
  if (!isMac && !hasDisplay) return false;
  const opener = spawn(isMac ? 'open' : 'xdg-open', [url], { detached: true, stdio: 'ignore' });
  // The address was printed: a browser that cannot be started is no failure.
  opener.on('error', () => {});
  opener.unref();
  return true;
};

const urlOf = (argument: string): URL | undefined => {
  if (!/^https?:\/\//i.test(argument)) return undefined;
  const url = URL.canParse(argument) ? new URL(argument) : undefined;
  if (url?.protocol !== 'http:') {
    throw new UsageError(`an inspector is at http://HOST:PORT/, not "${argument}"`);
  }
  return url;
};

/** The token of a daemon by its configuration; undefined where it wants none. */
const tokenOf = ({ inspector, identity }: Config): string | undefined => {
  const { address, token } = inspector;
  try {
    return requiredToken(address?.host ?? 'localhost', token, () =>
      inspectorToken(readHostKey(identity.hostkey, () => {})),
    );
  } catch (error) {
    if (error instanceof HostKeyError) throw new CommandError(EXIT.badKey, error.message);
    throw error;
  }
};

const configuredUrl = (path: string): URL => {
  const { config } = readConfig(path);
  const { address } = config.inspector;
  if (address === undefined) {
    throw new CommandError(EXIT.badConfig, `${path} has no [inspector] address`);
  }
  const token = tokenOf(config);
  if (address.port === 0) {
    const withToken = token === undefined ? '' : `, with ?token=${token}`;
    const advice = `give the address that the daemon logged${withToken}`;
    throw new CommandError(EXIT.badConfig, `${path} leaves the port to the system: ${advice}`);
  }
  return inspectorUrl(address, token);
};

const readTrace = (path: string, terminal: Terminal): TraceSource => {
  let text: string;
  try {
    text = readBoundedFile(path, TRACE_BYTES_MAX).content.toString('utf8');
  } catch (error) {
    throw new CommandError(EXIT.failed, `cannot read ${path}: ${systemReason(error)}`);
  }
  const { records, damaged, damagedCount, leftOut } = parseTrace(text);
  if (records.length === 0) throw new CommandError(EXIT.failed, `${path} is no trace`);
  if (damagedCount > 0) {
    const lines = damagedCount === 1 ? 'line' : 'lines';
    const some = damaged.join(', ') + (damagedCount > damaged.length ? ', …' : '');
    terminal.err(`${path}: ${damagedCount} damaged ${lines} left out (${some})`);
  }
  if (leftOut > 0) terminal.err(`${path}: too long, its last ${leftOut} lines are left out`);
  return new FileSource(records);
};

const checkAnswers = async (url: URL): Promise<void> => {
  const unreachable = (why: string): CommandError =>
    new CommandError(EXIT.unreachable, `no inspector answers at ${url.host}: ${why}`);
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const answer = await fetch(new URL('/', url), { signal }).catch((error: Error) => {
    throw unreachable(systemReason(error.cause ?? error));
  });
  // Whatever it is that answers there, it may go on for ever.
  await answer.body?.cancel();
  if (!answer.ok) throw unreachable(`status ${answer.status}`);
};

/** @throws UsageError */
const bridgeOptions = (
  inspector: URL,
  port = String(BRIDGE_PORT),
  origins: readonly string[] = [BRIDGE_ORIGIN],
): BridgeOptions => {
  const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;
  const odd = origins.find((origin) => !isOrigin(origin));
  if (odd !== undefined) throw new UsageError(`an origin is SCHEME://HOST[:PORT], not "${odd}"`);
  return {
    inspector: inspector.href,
    port: wholeNumber(port, 'a port', 0, 65_535),
    allowedOrigins: origins,
  };
};

/** `hearsay inspect`: opens the page of a daemon, of several, or of saved traces. */
export const command: Command = {
  help,
  async run(args, terminal) {
    const { values, positionals } = parseFlags({
      args,
      options,
      allowPositionals: true,
      allowNegative: true,
    });
    const sought = positionals.map((argument) => ({ argument, url: urlOf(argument) }));
    const urls = [
      ...values.config.map(configuredUrl),
      ...sought.map(({ url }) => url).filter((url) => url !== undefined),
    ];
    const files = sought.filter(({ url }) => url === undefined);
    if (urls.length + files.length === 0) {
      throw new UsageError('name a URL or a FILE, or a configuration with -c');
    }
    const show = async (url: string): Promise<void> => {
      await terminal.out(`${url}\n`);
      if (values.open) openBrowser(url);
    };
    const [only] = urls;
    const isAlone = only !== undefined && urls.length + files.length === 1;
    const { port, 'allow-origin': origins } = values;
    if (values['xstate-inspect']) {
      if (!isAlone) throw new UsageError('--xstate-inspect takes one URL, or one configuration');
      const options = bridgeOptions(only, port, origins);
      await checkAnswers(only);
      await runBridge(options, terminal);
      return EXIT.ok;
    }
    if (port !== undefined || origins !== undefined) {
      throw new UsageError('--port and --allow-origin go with --xstate-inspect');
    }
    if (isAlone) {
      await checkAnswers(only);
      await show(only.href);
      return EXIT.ok;
    }
    const sources = [
      ...urls.map((url) => new RemoteSource(url)),
      ...files.map(({ argument }) => readTrace(argument, terminal)),
    ];
    const hub = await startHub(sources);
    try {
      await show(hub.url);
      await aborted(terminal.interrupted());
    } finally {
      await hub.close();
    }
    return EXIT.ok;
  },
};
