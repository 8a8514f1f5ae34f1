import { seededRandom } from '../../../src/core/prng.js';
import { Sampler } from '../../../src/core/sampler.js';
import { AddressExchange, JOIN_HOPS } from '../../../src/runtime/address-exchange.js';
import type { ConnectionId } from '../../../src/runtime/ports.js';
import type { PeerMessage } from '../../../src/wire/messages.js';
import { NumberedBook, recordOf } from '../core/numbered-book.js';
import { linkOf, viewOf } from '../core/numbered-links.js';
import { configWith } from './default-config.js';
import { ManualClock } from './manual-clock.js';

/** A daemon with the links 7 and 8; what it sends is kept. */
const setUp = () => {
  const sent: [readonly ConnectionId[], PeerMessage][] = [];
  const random = { ...seededRandom('exchange'), bytes: () => Buffer.of() };
  const view = viewOf();
  for (const link of [7, 8]) {
    view.add(linkOf(link));
    view.activate(link);
  }
  const exchange = new AddressExchange({
    ports: {
      clock: new ManualClock(),
      random,
      rps: undefined,
      peers: {
        send: (to, message) => {
          sent.push([to, message]);
          return [];
        },
      },
    },
    config: configWith(),
    view,
    book: new NumberedBook(),
    sampler: new Sampler({ slots: 8, lab: false, random }),
    allowances: { take: () => true },
    lacking: () => [],
    linksOf: () => [],
    onSharers: () => undefined,
    ownRecord: () => undefined,
    tell: () => undefined,
    onLearned: () => undefined,
  });
  return { exchange, sent };
};

describe('a PEER_JOIN', () => {
  it.each([
    [255, JOIN_HOPS - 1],
    [JOIN_HOPS, JOIN_HOPS - 1],
    [2, 1],
  ])('that claims %i hops goes on with %i', (claimed, onward) => {
    const { exchange, sent } = setUp();
    exchange.walk({ connection: 7, peer: recordOf(1), hopsLeft: claimed });
    const peer = recordOf(1);
    expect(sent).toEqual([[[8], { type: 'PEER_JOIN', peer, hopsLeft: onward }]]);
  });
});
