import { InterestFloor } from '../../../src/core/interest-floor.js';
import { seededRandom } from '../../../src/core/prng.js';
import type { Candidate } from '../../../src/core/sampler.js';
import type { ConnectionId } from '../../../src/runtime/ports.js';
import { Sharers, SHARERS_KNOWN_MAX } from '../../../src/runtime/sharers.js';
import type { PeerRecord } from '../../../src/wire/messages.js';
import { idOf } from '../core/numbered-book.js';
import { configWith } from './default-config.js';

const TYPE = 7;

const record = (number: number): PeerRecord => ({
  address: { family: 4, host: `20.0.${number}.1`, port: 6_001 },
  identity: Buffer.from(idOf(number), 'hex'),
  ageSeconds: 0,
});

/** A daemon with ten links, of which `sharing` want the type; what it dials and asks is kept. */
const setUp = ({ labLinksOnly = false, room = Infinity } = {}) => {
  const limits = { room };
  const links = Array.from({ length: 10 }, (_, connection) => connection + 1);
  const sharing = new Set<ConnectionId>();
  const dialled: string[] = [];
  const asked: ConnectionId[] = [];
  const told: boolean[] = [];
  const linked = new Set<string>();
  const sharers = new Sharers({
    ports: { random: { ...seededRandom('sharers'), bytes: () => Buffer.of() } },
    config: configWith({ labLinksOnly }),
    view: {
      active: () => links.map((connection) => ({ connection })),
      isLinked: (identity: string) => linked.has(identity),
    },
    floor: new InterestFloor({
      types: () => [TYPE],
      linksOf: () => [...sharing],
      links: () => links.length,
    }),
    dialer: {
      underWayFor: () => dialled.length,
      get hasRoom() {
        return dialled.length < limits.room;
      },
      dialSharer: ({ identity }: Candidate) => void dialled.push(identity),
    },
    exchange: { askPeers: (connection: ConnectionId) => void asked.push(connection) },
    onLacking: (isLacking: boolean) => void told.push(isLacking),
  });
  return { sharers, links, sharing, dialled, asked, told, linked, limits };
};

describe('the search for links that share a type', () => {
  it('begins when too few do, and ends when enough do', () => {
    const { sharers, sharing, told } = setUp();
    sharers.review();
    sharers.review();
    expect(told).toEqual([true]);
    for (const link of [1, 2, 3, 4, 5, 6]) sharing.add(link);
    sharers.review();
    expect(told).toEqual([true, false]);
  });

  it('is none where a configuration says who is linked', () => {
    const { sharers, told } = setUp({ labLinksOnly: true });
    sharers.review();
    expect(told).toEqual([]);
  });

  it('asks three links a round, each once before any twice, then one', () => {
    const { sharers, links, asked } = setUp();
    sharers.review();
    for (let round = 0; round < 4; round += 1) sharers.seek();
    expect([...asked].sort((a, b) => a - b)).toEqual(links);
    sharers.seek();
    expect(asked).toHaveLength(links.length + 1);
  });

  it('dials whom it is told of, no more than are missing, and not who is linked', () => {
    const { sharers, dialled, linked, sharing } = setUp();
    sharing.add(1).add(2);
    sharers.review();
    linked.add(idOf(20));
    sharers.heed(Array.from({ length: 9 }, (_, at) => record(20 + at)));
    expect(dialled).toEqual([21, 22, 23, 24].map(idOf));
  });

  it('dials the others later, when there is room, each once', () => {
    const { sharers, dialled, sharing } = setUp({ room: 1 });
    sharing.add(1);
    sharers.review();
    sharers.heed([record(20), record(21)]);
    expect(dialled).toEqual([idOf(20)]);
    dialled.length = 0;
    sharers.seek();
    expect(dialled).toEqual([idOf(21)]);
    dialled.length = 0;
    sharers.seek();
    expect(dialled).toEqual([]);
  });

  it('remembers so many, the latest, and none while nothing is lacking', () => {
    const { sharers, dialled, limits } = setUp({ room: 0 });
    sharers.heed([record(99)]);
    sharers.review();
    sharers.heed(Array.from({ length: SHARERS_KNOWN_MAX + 1 }, (_, at) => record(at)));
    expect(dialled).toEqual([]);
    limits.room = Infinity;
    sharers.seek();
    expect(dialled).toEqual([1, 2, 3, 4, 5, 6].map(idOf));
  });
});
