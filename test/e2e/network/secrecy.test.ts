/** What somebody on the wire between two daemons sees: a tap keeps every byte that passes. */
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mergeSections, type IniSections } from '../../../src/cli/lab-config.js';
import { peerFramer } from '../../../src/wire/framing.js';
import { encodePeer } from '../../../src/wire/peer-codec.js';
import { startDaemon, stopAll, type Daemon } from '../harness/daemon.js';
import { openListener } from '../harness/modules.js';
import { QUICK, untilMeshed, untilTuned } from '../harness/network.js';
import { tapDaemon, type Tapped } from '../harness/tap.js';

const TYPE = 0xbead;
const ITEMS = ['the first secret of the listener', 'a secret of the caller, and a longer one'];

/** Types of TLS records (RFC 8446, 5.1). */
const [CHANGE_CIPHER_SPEC, HANDSHAKE, APPLICATION_DATA] = [20, 22, 23];
const RECORD_HEADER_BYTES = 5;

/** Two daemons that link through a tap, and say one item each to the other. */
const overhear = async (config: IniSections): Promise<{ pair: Daemon[]; tapped: Tapped }> => {
  const called = await startDaemon({ config });
  const tap = await tapDaemon(called);
  const caller = await startDaemon({
    config: mergeSections(config, { gossip: { known_peers: tap.p2p } }),
  });
  const pair = [called, caller];
  await untilMeshed(pair);
  const listeners = await Promise.all(pair.map((daemon) => openListener(daemon, TYPE)));
  await untilTuned(pair);
  for (const [at, { client }] of listeners.entries()) await client.announce(TYPE, ITEMS[at] ?? '');
  await Promise.all(listeners.map(({ hears }, at) => hears(ITEMS[1 - at] ?? '')));
  const [tapped] = tap.connections;
  if (tapped === undefined) throw new Error('nobody called through the tap');
  return { pair, tapped };
};

/** What must not be seen, by what it is. */
const secretsOf = (pair: readonly Daemon[]): Map<string, Buffer> =>
  new Map([
    ...ITEMS.map((item) => [`item "${item}"`, Buffer.from(item)] as const),
    [
      'the interest in a type',
      encodePeer({ type: 'INTEREST', all: false, add: [TYPE], remove: [] }),
    ],
    ['the agent', Buffer.from('hearsay/')],
    ...pair.flatMap(({ identity, dir }) => {
      const hostKey = createPublicKey(readFileSync(join(dir, 'hostkey.pem')));
      return [
        [`identity ${identity}`, Buffer.from(identity, 'hex')] as const,
        [`identity ${identity} in hex`, Buffer.from(identity)] as const,
        [`host key of ${identity}`, hostKey.export({ type: 'spki', format: 'der' })] as const,
      ];
    }),
  ]);

const seen = (secrets: ReadonlyMap<string, Buffer>, { up, down }: Tapped): string[] =>
  [...secrets]
    .filter(([, secret]) => up().includes(secret) || down().includes(secret))
    .map(([what]) => what);

/** The types of the records of which a stream consists; the last may still be coming. */
const recordTypes = (stream: Buffer): number[] => {
  const types: number[] = [];
  for (let at = 0; at + RECORD_HEADER_BYTES <= stream.length;) {
    expect(stream.readUInt8(at + 1)).toBe(3);
    types.push(stream.readUInt8(at));
    at += RECORD_HEADER_BYTES + stream.readUInt16BE(at + 3);
  }
  return types;
};

/** What each end said in the clear, and the rest. */
const clearPart = (stream: Buffer): { types: string[]; rest: Buffer } => {
  const framer = peerFramer({ tls: true });
  const types: string[] = [];
  let at = 0;
  while (at < stream.length && stream.readUInt8(at) === 0) {
    const size = stream.readUInt32BE(at);
    types.push(...framer.push(stream.subarray(at, at + size)).messages.map(({ type }) => type));
    at += size;
  }
  return { types, rest: stream.subarray(at) };
};

describe('a link as somebody on the wire sees it', () => {
  afterEach(stopAll);

  it('shows no byte of an item, of a type or of an identity in the clear', async () => {
    const { pair, tapped } = await overhear(QUICK);
    expect(seen(secretsOf(pair), tapped)).toEqual([]);

    const [up, down] = [clearPart(tapped.up()), clearPart(tapped.down())];
    expect([down.types, up.types]).toEqual([['CHALLENGE', 'OK'], ['VERIFY']]);
    for (const { rest } of [up, down]) {
      // ClientHello or ServerHello, a relic for old middleboxes, and from then on ciphertext.
      const [hello, ...types] = recordTypes(rest);
      expect(hello).toBe(HANDSHAKE);
      expect(new Set(types)).toEqual(new Set([CHANGE_CIPHER_SPEC, APPLICATION_DATA]));
      expect(types.filter((type) => type === CHANGE_CIPHER_SPEC)).toHaveLength(1);
    }
  });

  it('shows all of them without TLS, so that the tap can be trusted', async () => {
    const { pair, tapped } = await overhear(
      mergeSections(QUICK, { gossip: { transport: 'plain' } }),
    );
    const secrets = [...secretsOf(pair).keys()];
    const spoken = secrets.filter((what) => !/host key|in hex/.test(what));
    expect(seen(secretsOf(pair), tapped)).toEqual(spoken);
  });
});
