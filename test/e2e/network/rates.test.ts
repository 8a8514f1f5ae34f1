/** Somebody who sends too much of anything: it is passed over, and items of others flow. */
import { randomBytes } from 'node:crypto';
import { idBytes } from '../../../src/core/items.js';
import { itemId } from '../../../src/wire/item-id.js';
import {
  ERROR_CODES,
  IDS_MAX,
  ITEM_ID_BYTES,
  ITEM_SALT_BYTES,
  PING_BYTES,
  type PeerMessage,
  type Spread,
} from '../../../src/wire/messages.js';
import { startDaemon, stopAll, type Daemon } from '../harness/daemon.js';
import { openListener, openModule, type Listener } from '../harness/modules.js';
import { joining, QUICK, untilMetrics } from '../harness/network.js';
import { joinDaemon, type RawPeer } from '../harness/raw-peer.js';
import { mergeSections } from '../../../src/cli/lab-config.js';

const TYPE = 77;
const OTHER_TYPE = 78;
/** The least that may be set: 256 KiB at once. */
const RATE = '64K';
const ITEM_BYTES = 60_000;

const item = (): Spread => ({
  type: 'SPREAD',
  ttl: 1,
  dataType: OTHER_TYPE,
  expiryMs: Date.now() + 60_000,
  salt: randomBytes(ITEM_SALT_BYTES),
  data: Buffer.alloc(ITEM_BYTES),
});
const ids = (): Buffer[] => Array.from({ length: IDS_MAX }, () => randomBytes(ITEM_ID_BYTES));
const newcomer = () => ({
  address: { family: 4, host: '127.0.0.1', port: 1 } as const,
  identity: randomBytes(32),
  ageSeconds: 0,
});

const idOf = ({ dataType, expiryMs, salt, data }: Spread): Buffer =>
  idBytes(itemId(dataType, expiryMs, salt, data));

/** Of each kind: what is sent, and so often that it fills what is allowed and what is borne. */
const FLOODS: readonly (readonly [string, number, () => PeerMessage])[] = [
  ['data', 40, item],
  ['ids', 1_000, () => ({ type: 'HAVE', ids: ids() })],
  ['shuffles', 400, () => ({ type: 'PEER_REQUEST', max: 32, sample: [], types: [] })],
  ['joins', 6_000, () => ({ type: 'PEER_JOIN', peer: newcomer(), hopsLeft: 6 })],
  ['interests', 600, () => ({ type: 'INTEREST', all: false, add: [1], remove: [1] })],
  ['pings', 1_200, () => ({ type: 'PING', echo: Buffer.alloc(PING_BYTES) })],
  ['grafts', 30_000, () => ({ type: 'PRUNE', dataType: 1, backOffSeconds: 1 })],
];

describe('a daemon that a peer sends too much', () => {
  let daemon: Daemon;
  let honest: Daemon;
  let listener: Listener;
  let flows: (what: string) => Promise<void>;

  beforeAll(async () => {
    const config = mergeSections(QUICK, {
      gossip: { peer_data_rate: RATE, peer_want_rate: RATE },
    });
    daemon = await startDaemon({ config });
    honest = await startDaemon({ config: joining([daemon]) });
    await untilMetrics(daemon, { links_active: 1 });
    listener = await openListener(daemon, TYPE);
    const module = await openModule(honest);
    await untilMetrics(honest, { link_interests: 1 });
    flows = async (what) => {
      await module.announce(TYPE, what);
      await listener.hears(what);
    };
  });
  afterAll(stopAll);

  const expectClosed = async (peer: RawPeer, kind: string): Promise<void> => {
    const { code, text } = await peer.next('ERROR');
    expect({ code, text }).toEqual({
      code: ERROR_CODES.rateExceeded,
      text: `more ${kind} than allowed`,
    });
    await peer.closed();
    await daemon.waitForLog(new RegExp(`peer closed for excess .*more ${kind} than allowed`));
  };

  it.each(FLOODS)('closes it for %s, and lets items of others flow', async (kind, count, make) => {
    const { peer } = await joinDaemon(daemon);
    peer.send(...Array.from({ length: count }, make));
    await flows(`amid ${kind}`);
    await expectClosed(peer, kind);
    expect((await daemon.metrics()).get(`peer_excess_total{kind="${kind}"}`)).toBeGreaterThan(1);
    await flows(`after ${kind}`);
    await untilMetrics(daemon, { links_active: 1 });
  });

  it('serves it no more than allowed when it asks, and keeps it', async () => {
    const module = await openModule(daemon);
    const { peer } = await joinDaemon(daemon);
    peer.send({ type: 'INTEREST', all: false, add: [OTHER_TYPE], remove: [] });
    for (let n = 0; n < 10; n += 1) {
      const data = Buffer.alloc(ITEM_BYTES, n);
      await module.announce(OTHER_TYPE, data);
    }
    // What it is pushed tells it what there is.
    const wanted: Buffer[] = [];
    while (wanted.length < 10) wanted.push(idOf(await peer.next('SPREAD')));
    const again = (await joinDaemon(daemon)).peer;
    again.send({ type: 'WANT', ids: wanted });
    await untilMetrics(daemon, { 'peer_excess_total{kind="wants"}': 6 });
    for (let n = 0; n < 4; n += 1) await again.next('SPREAD');
    again.send({ type: 'PING', echo: Buffer.alloc(PING_BYTES, 1) });
    await again.next('PONG');
    await flows('after wants');
  });
});
