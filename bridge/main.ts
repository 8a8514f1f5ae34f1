/**
 * The bridge as a process: started by `hearsay inspect --xstate-inspect` (src/cli/bridge.ts), told
 * by it what to do, and over when it is.
 */
import type { BridgeOptions, BridgeReport } from '../src/cli/bridge.js';
import { formatAddress } from '../src/common/address.js';
import { Bridge } from './bridge.js';
import { serveReceivers } from './server.js';

const report = (what: BridgeReport): void => {
  process.send?.(what);
};

const start = async ({ inspector, port, allowedOrigins }: BridgeOptions): Promise<void> => {
  const url = new URL(inspector);
  const token = url.searchParams.get('token') ?? undefined;
  const bridge = new Bridge(url, (line) => report({ log: line }));
  try {
    const address = await serveReceivers({ port, allowedOrigins, token }, (socket) =>
      bridge.serve(socket),
    );
    report({ address: formatAddress(address) });
  } catch (error) {
    report({ failure: error instanceof Error ? error.message : String(error) });
  }
};

// Whoever started us is gone, however it ended.
process.once('disconnect', () => process.exit(0));
process.once('message', (options: BridgeOptions) => void start(options));
