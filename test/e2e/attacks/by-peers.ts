/** Attacks of peers: they have proved their work, and most of them are links. */
import { randomBytes } from 'node:crypto';
import { idBytes } from '../../../src/core/items.js';
import { itemId } from '../../../src/wire/item-id.js';
import {
  ERROR_CODES,
  IDENTITY_BYTES,
  IDS_MAX,
  ITEM_ID_BYTES,
  PEER_RECORDS_MAX,
  type PeerMessage,
  type PeerRecord,
  type Spread,
} from '../../../src/wire/messages.js';
import { newHost } from '../../contract/test-security.js';
import { openListener } from '../harness/modules.js';
import { callDaemon, joinDaemon, proveHonestly, type RawPeer } from '../harness/raw-peer.js';
import type { Attack } from './attack.js';
import { HONEST_TYPE, type Scene } from './scene.js';

const randomIds = (): Buffer[] => Array.from({ length: IDS_MAX }, () => randomBytes(ITEM_ID_BYTES));

/** Somebody of whom nobody has heard, at an address where nobody listens. */
const invented = (): PeerRecord => ({
  address: { family: 4, host: `127.${randomBytes(3).join('.')}`, port: 1 },
  identity: randomBytes(IDENTITY_BYTES),
  ageSeconds: 0,
});
const inventedMany = (): PeerRecord[] => Array.from({ length: PEER_RECORDS_MAX }, invented);

const idOf = ({ dataType, expiryMs, salt, data }: Spread): Buffer =>
  idBytes(itemId(dataType, expiryMs, salt, data));

const link = async (scene: Scene): Promise<RawPeer> => {
  const { peer, answer } = await joinDaemon(scene.victim);
  if (answer !== 'accept') throw new Error('the attacker was not let in');
  return peer;
};

/** Has the victim push the honest items to a link. */
const listenIn = (peer: RawPeer): void => {
  peer.send(
    { type: 'INTEREST', all: false, add: [HONEST_TYPE], remove: [] },
    { type: 'GRAFT', dataType: HONEST_TYPE },
  );
};

/** Says the same kind of thing so often, a batch at a time; when it is closed, as a newcomer. */
const flood = async (
  scene: Scene,
  batches: number,
  batch: () => PeerMessage[],
  prepare: (peer: RawPeer) => Promise<void> = async () => {},
): Promise<void> => {
  let peer: RawPeer | undefined;
  for (let sent = 0; sent < batches; sent += 1) {
    if (peer === undefined) {
      const joined = await link(scene);
      await prepare(joined);
      void joined.ending.then(() => (peer = peer === joined ? undefined : peer));
      peer = joined;
    }
    peer.send(...batch());
    await scene.items(2);
  }
  peer?.close();
};

export const wantFlood: Attack = {
  name: 'want-flood',
  about: 'a link that asks for the same items, and for invented ones, without end',
  run: async (scene, force) => {
    const known: Buffer[] = [];
    await flood(
      scene,
      force === 'full' ? 200 : 20,
      () => [
        { type: 'WANT', ids: known },
        { type: 'WANT', ids: randomIds() },
        { type: 'WANT', ids: known },
      ],
      async (peer) => {
        listenIn(peer);
        while (known.length < 32) known.push(idOf(await peer.next('SPREAD')));
      },
    );
  },
};

export const haveFlood: Attack = {
  name: 'have-flood',
  about: 'a link that offers items which it does not have, 2,560 at a time',
  run: (scene, force) =>
    flood(scene, force === 'full' ? 200 : 20, () =>
      Array.from({ length: 10 }, () => ({ type: 'HAVE' as const, ids: randomIds() })),
    ),
};

export const joinFlood: Attack = {
  name: 'join-flood',
  about: 'a link that announces invented newcomers, 500 at a time',
  run: (scene, force) =>
    flood(scene, force === 'full' ? 100 : 10, () =>
      Array.from({ length: 500 }, () => ({
        type: 'PEER_JOIN' as const,
        peer: invented(),
        hopsLeft: 6,
      })),
    ),
};

export const replayed: Attack = {
  name: 'replayed',
  about: 'a link that sends each item back at once, again and again, and altered copies of it',
  run: async (scene, force) => {
    const attacker = await link(scene);
    const witness = await openListener(scene.victim, HONEST_TYPE);
    listenIn(attacker);
    for (let count = 0; count < (force === 'full' ? 400 : 40); count += 1) {
      const item = await attacker.next('SPREAD');
      const altered = {
        ...item,
        data: Buffer.concat([item.data.subarray(0, -8), Buffer.alloc(8, 'x')]),
      };
      attacker.send(altered, ...Array.from({ length: 10 }, () => item));
    }
    attacker.close();
    await scene.items(20);
    const heard = witness.heard.map(({ data }) => data.toString('hex'));
    if (new Set(heard).size !== heard.length) throw new Error('a module heard an item twice');
    await witness.client.close();
  },
};

export const poison: Attack = {
  name: 'peer-poison',
  about: 'links that tell of invented peers: in requests, and in answers that nobody asked for',
  run: async (scene, force) => {
    for (let count = 0; count < (force === 'full' ? 40 : 5); count += 1) {
      const attacker = await link(scene);
      attacker.send(
        { type: 'PEER_REQUEST', max: PEER_RECORDS_MAX, sample: inventedMany(), types: [1] },
        { type: 'PEER_REQUEST', max: PEER_RECORDS_MAX, sample: inventedMany(), types: [] },
      );
      await attacker.next('PEER_RESPONSE');
      attacker.send({ type: 'PEER_RESPONSE', peers: inventedMany(), sharing: 0 });
      attacker.send({ type: 'PEER_RESPONSE', peers: inventedMany(), sharing: 0 });
      await attacker.closed();
    }
  },
  afterwards: async ({ victim }) => {
    const entries = (await victim.metrics()).get('address_book_entries') ?? 0;
    if (entries > 128) throw new Error(`the address book has ${entries} entries`);
  },
};

export const impostor: Attack = {
  name: 'impostor',
  about: 'callers who say that they are the peer that the victim is linked with',
  run: async (scene, force) => {
    for (let count = 0; count < (force === 'full' ? 30 : 4); count += 1) {
      const caller = await callDaemon(scene.victim, await newHost());
      caller.identity = Buffer.from(scene.origin.identity, 'hex');
      caller.send(await proveHonestly(caller));
      const { code } = await caller.next('ERROR');
      if (code !== ERROR_CODES.identityMismatch) throw new Error(`told code ${code}`);
      await caller.closed();
    }
  },
};
