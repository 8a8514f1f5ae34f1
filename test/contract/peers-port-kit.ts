/** What the suites of the peers port have in common. */
import type { DialAddress } from '../../src/common/address.js';
import type { PeersHandler, PeersPort } from '../../src/runtime/ports.js';
import type { Ping } from '../../src/wire/messages.js';
import type { PeersRecorder } from './peers-recorder.js';

/** One implementation of the peers port under test. */
export type PeersPortMaker = {
  /** A new endpoint on an address of its own. */
  open(handler: PeersHandler): Promise<OpenPeersPort>;
  /** An address at which nobody listens. */
  deadAddress(): Promise<DialAddress>;
  /** Lets the world go on until the promise has resolved: sockets do by themselves. */
  drive<Value>(promise: Promise<Value>): Promise<Value>;
};

export type OpenPeersPort = {
  readonly port: PeersPort;
  /** What its certificate proves. */
  readonly identity: Buffer;
  readonly address: DialAddress;
  close(): Promise<void>;
};

/** One end of a link, with what it was told. */
export type End = OpenPeersPort & { readonly told: PeersRecorder };

export const ping = (n: number): Ping => {
  const echo = Buffer.alloc(8);
  echo.writeUInt32BE(n, 4);
  return { type: 'PING', echo };
};

/** Both ends of a link begin TLS, the caller as the client. */
export const secureBoth = async (
  maker: PeersPortMaker,
  caller: End,
  listener: End,
): Promise<void> => {
  listener.port.secure(101, 'server');
  caller.port.secure(1, 'client');
  await maker.drive(Promise.all([caller.told.first('secured'), listener.told.first('secured')]));
};
