import { createServer, type AddressInfo } from 'node:net';
import type { IniSections } from '../../../src/cli/lab-config.js';
import { startDaemon, type Daemon } from '../harness/daemon.js';
import { inspectorOf } from './http.js';

/** Keys of a configuration with an inspector on loopback, unless they say otherwise. */
export const inspected = (inspector: IniSections[string] = {}): IniSections => ({
  inspector: { address: '127.0.0.1:0', ...(typeof inspector === 'object' && inspector) },
});

/** A daemon, and the address of its inspector as it logs it. */
export const start = async (
  config: IniSections = inspected(),
): Promise<{ daemon: Daemon; url: URL }> => {
  const daemon = await startDaemon({ config });
  return { daemon, url: await inspectorOf(daemon) };
};

/** How the inspector names a daemon. */
export const daemonName = ({ identity }: Daemon): string => identity.slice(0, 8);

/** A port that nobody has at this moment. */
export const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};
