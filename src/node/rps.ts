import { Socket } from 'node:net';
import type { DialAddress } from '../common/address.js';
import type { LogPort, RpsPort } from '../runtime/ports.js';
import { encodeApi } from '../wire/api-codec.js';
import { rpsFramer } from '../wire/framing.js';
import type { RpsPeer } from '../wire/messages.js';
import { describeFailure } from './failure.js';

/** Our guess: the RPS module is on this host, and has its peers at hand. */
const ANSWER_TIMEOUT_MS = 5_000;

/**
 * Asks the local RPS module for peers: one connection, one RPS QUERY, one RPS PEER. One query at a
 * time is under way; who asks meanwhile gets the same answer. A query does not keep the process
 * alive. A failure is logged at `debug`, since the peer view asks again and again.
 */
export const rpsClient = (
  address: DialAddress,
  log: LogPort,
  { timeoutMs = ANSWER_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
): RpsPort => {
  let askers: ((peer: RpsPeer | undefined) => void)[] = [];
  /** It is asked again and again: what is wrong with it is said once, until it has answered. */
  let hasFailed = false;

  const answer = (peer: RpsPeer | undefined): void => {
    const waiting = askers;
    askers = [];
    for (const done of waiting) done(peer);
  };
  return {
    query: (done) => {
      askers.push(done);
      if (askers.length > 1) return;
      const asked = askOnce(address, timeoutMs);
      const failed = (error: unknown): void => {
        const reason = describeFailure(error);
        if (hasFailed) log('debug', 'RPS module gave no peer', { reason });
        else log('warn', 'RPS module gave no peer', { reason });
        hasFailed = true;
        answer(undefined);
      };
      asked.then((peer) => {
        hasFailed = false;
        answer(peer);
      }, failed);
    },
  };
};

const askOnce = (address: DialAddress, timeoutMs: number): Promise<RpsPeer> =>
  new Promise<RpsPeer>((resolve, reject) => {
    const framer = rpsFramer();
    const socket = new Socket();
    const late = setTimeout(() => {
      socket.destroy(new Error(`no answer within ${timeoutMs} ms`));
    }, timeoutMs).unref();
    socket.unref();
    socket.on('data', (chunk) => {
      const { messages, error } = framer.push(chunk);
      const [peer] = messages;
      if (peer !== undefined) resolve(peer);
      if (error !== undefined) reject(new Error(`${error.code}: ${error.detail}`));
      if (peer !== undefined || error !== undefined) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(late);
      // Without effect when the answer has come.
      reject(new Error('closed without an answer'));
    });
    socket.connect({ host: address.host, port: address.port });
    socket.write(encodeApi({ type: 'RPS_QUERY' }));
  });
