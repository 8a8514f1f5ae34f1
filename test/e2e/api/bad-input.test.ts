import { once } from 'node:events';
import { stopAll } from '../harness/daemon.js';
import { openListener } from '../harness/modules.js';
import { rawModule, type RawModule } from '../harness/raw-module.js';
import { waitUntil, within } from '../harness/wait.js';
import { BAD_INPUTS } from './bad-inputs.js';
import { announce, frame, notify, readNotification, validation } from './frames.js';
import { freshData, freshType } from './order.js';
import { Witnesses } from './witnesses.js';

let witnesses: Witnesses;
/** Well-behaved: what others say is in order with what it says later. */
let bystander: RawModule;
let modulesBefore: number;

beforeAll(async () => {
  witnesses = await Witnesses.open();
  bystander = await open();
  await witnesses.checkpoint.passedBy(bystander);
  modulesBefore = await witnesses.metric('modules');
});
beforeEach(() => witnesses.turnPage());
afterAll(stopAll);

const open = (): Promise<RawModule> => rawModule(witnesses.daemon.api);

/** Closes what a test opened, and waits until the daemon has noticed. */
const allAreGone = (): Promise<void> =>
  waitUntil(async () => (await witnesses.metric('modules')) === modulesBefore, {
    what: 'no connection of the test is left',
  });

/** What the log says of a connection that was closed for bad input. */
const REPORT = / warn {2}module closed for bad input module=\S+ reason="(.+)" bytes=("?)(\S*)\2$/;

describe('bad input on the module API', () => {
  it('is known in at least forty ways', () => {
    expect(BAD_INPUTS.length).toBeGreaterThanOrEqual(40);
    expect(new Set(BAD_INPUTS.map(({ name }) => name)).size).toBe(BAD_INPUTS.length);
  });

  it.each(BAD_INPUTS)('closes that connection and harms nothing: $name', async (input) => {
    const faultsBefore = await witnesses.faults();
    const module = await open();
    const port = module.socket.localPort;
    // Who is cut off in the middle of a megabyte cannot write it all.
    const written = module.write(input.bytes).catch(() => {});
    if (input.ends === true) module.end();
    await module.closed();
    await written;
    module.socket.destroy();
    await witnesses.testify();

    const lines = witnesses.linesAbout(port);
    expect(lines).toHaveLength(1);
    const [, reason, , dump = ''] = REPORT.exec(lines[0] ?? '') ?? [];
    expect(reason).toMatch(new RegExp(`^${input.fault}: `));
    expect(dump).toMatch(/^([0-9a-f]{2}){1,32}…?$/);
    expect(input.bytes.toString('hex')).toContain(dump.replace('…', ''));
    expect(await witnesses.faults()).toEqual({
      ...faultsBefore,
      [input.fault]: (faultsBefore[input.fault] ?? 0) + 1,
    });
    await allAreGone();
  });

  it('does not undo what was accepted before it', async () => {
    const type = freshType();
    const listener = await openListener(witnesses.daemon, type);
    await witnesses.checkpoint.passedBy(listener.client);
    const module = await open();
    await module.write(Buffer.concat([announce(type, 'good'), frame(8, 999, Buffer.alloc(4))]));
    await listener.hears('good');
    await module.closed();
    module.socket.destroy();
    await witnesses.testify();
    await listener.client.close();
    await allAreGone();
  });

  it('behind bad input is not listened to any more', async () => {
    const type = freshType();
    const listener = await openListener(witnesses.daemon, type);
    await witnesses.checkpoint.passedBy(listener.client);
    const module = await open();
    await module.write(Buffer.concat([frame(2, 500), announce(type, 'too late')]));
    await module.closed();
    await module.write(announce(type, 'later still')).catch(() => {});
    module.socket.destroy();
    const other = await open();
    await other.write(announce(type, 'from another'));
    await listener.hears('from another');
    expect(listener.heard).toHaveLength(1);
    other.socket.destroy();
    await listener.client.close();
    await witnesses.testify();
    await allAreGone();
  });

  it('of too many subscriptions closes that connection and says why', async () => {
    const module = await open();
    const types = Array.from({ length: 5_000 }, (_, type) => notify(type));
    await module.write(Buffer.concat(types)).catch(() => {});
    await module.closed();
    const port = module.socket.localPort;
    module.socket.destroy();
    await witnesses.testify();
    const lines = witnesses.linesAbout(port);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('reason="subscribes to too many data types"');
    await allAreGone();
  });
});

/** Legal, if odd: a subscription to `type` must come of it. */
type Oddity = readonly [
  name: string,
  subscribe: (module: RawModule, type: number) => Promise<void>,
];

const inPieces = async (module: RawModule, bytes: Buffer, ...cuts: number[]): Promise<void> => {
  const edges = [0, ...cuts, bytes.length];
  for (const [at, from] of edges.slice(0, -1).entries()) {
    await module.write(bytes.subarray(from, edges[at + 1]));
    // The daemon has read a piece when others have been served behind it.
    await witnesses.checkpoint.passedBy(bystander);
  }
};

const ODDITIES: readonly Oddity[] = [
  ['byte by byte', (module, type) => inPieces(module, notify(type), 1, 2, 3, 4, 5, 6, 7)],
  ['in three pieces', (module, type) => inPieces(module, notify(type), 3, 6)],
  ['cut behind the header', (module, type) => inPieces(module, notify(type), 4)],
  ['cut inside the size', (module, type) => inPieces(module, notify(type), 1)],
  [
    'one and a half messages at a time',
    (module, type) =>
      inPieces(module, Buffer.concat([notify(type), notify(type), notify(type)]), 12),
  ],
  [
    'many messages in one write',
    (module, type) =>
      module.write(
        Buffer.concat([validation(1), announce(freshType(), 'x'), notify(type), notify(9)]),
      ),
  ],
  [
    'reserved bits set',
    async (module, type) => {
      const bytes = notify(type);
      bytes.fill(0xff, 4, 6);
      await module.write(bytes);
    },
  ],
  ['a thousand times', (module, type) => module.write(Buffer.alloc(8_000, notify(type)))],
  [
    'behind 4,000 other subscriptions',
    (module, type) =>
      module.write(
        Buffer.concat([...Array(4_000).keys()].map((n) => notify(10_000 + n)).concat(notify(type))),
      ),
  ],
  [
    'behind a verdict before any notification',
    (module, type) => module.write(Buffer.concat([validation(0, false), notify(type)])),
  ],
  [
    'behind ten thousand verdicts on nothing',
    (module, type) =>
      module.write(Buffer.concat([Buffer.alloc(80_000, validation(7)), notify(type)])),
  ],
  [
    'behind the longest ANNOUNCE',
    (module, type) =>
      module.write(Buffer.concat([announce(freshType(), Buffer.alloc(65_527)), notify(type)])),
  ],
  [
    'behind an ANNOUNCE of one byte',
    (module, type) => module.write(Buffer.concat([announce(freshType(), '\0'), notify(type)])),
  ],
];

describe('awkward but legal input on the module API', () => {
  it.each(ODDITIES)('works: a subscription %s', async (_, subscribe) => {
    const faultsBefore = await witnesses.faults();
    const type = freshType();
    const module = await open();
    await subscribe(module, type);
    await witnesses.checkpoint.passedBy(module);
    const data = freshData();
    await bystander.write(announce(type, data));
    expect(readNotification(await module.nextFrame()).data.toString()).toBe(data);
    await witnesses.testify();
    expect(witnesses.linesAbout(module.socket.localPort)).toEqual([]);
    expect(await witnesses.faults()).toEqual(faultsBefore);
    module.socket.destroy();
    await allAreGone();
  });

  it('works: an ANNOUNCE in three pieces with its reserved byte set', async () => {
    const type = freshType();
    const listener = await openListener(witnesses.daemon, type);
    await witnesses.checkpoint.passedBy(listener.client);
    const bytes = announce(type, 'in pieces');
    bytes[5] = 0xff;
    const module = await open();
    await inPieces(module, bytes, 2, 10);
    await listener.hears('in pieces');
    module.socket.destroy();
    await listener.client.close();
    await witnesses.testify();
    await allAreGone();
  });
});

/** Ways to go, or to stay, that are nobody's fault. */
const COMINGS_AND_GOINGS: readonly (readonly [string, () => Promise<void>])[] = [
  [
    'a connection that ends without a word',
    async () => {
      const module = await open();
      module.end();
      expect(await module.closed()).toBe('ended');
    },
  ],
  ['a connection that is reset without a word', () => reset()],
  ['a reset inside a header', () => reset(Buffer.from('0009', 'hex'))],
  ['a reset inside a body', () => reset(announce(freshType(), 'cut off').subarray(0, 10))],
  ['a reset behind a message', () => reset(notify(freshType()))],
  ['a reset inside a megabyte', () => reset(Buffer.alloc(1_040_000, validation(1)))],
  [
    'a half-closed connection behind a message',
    async () => {
      const module = await open();
      await module.write(notify(freshType()));
      module.end();
      expect(await module.closed()).toBe('ended');
    },
  ],
  [
    'two hundred connections that come and go',
    async () => {
      const modules = await Promise.all(Array.from({ length: 200 }, open));
      await waitUntil(
        async () => (await witnesses.metric('modules')) === modulesBefore + modules.length,
        { what: 'two hundred modules' },
      );
      for (const [at, module] of modules.entries()) {
        if (at % 2 === 0) module.end();
        else module.socket.destroy();
      }
    },
  ],
];

const reset = async (bytes?: Buffer): Promise<void> => {
  const module = await open();
  if (bytes !== undefined) await module.write(bytes);
  const gone = once(module.socket, 'close');
  module.socket.resetAndDestroy();
  await within(gone, 10_000, () => 'the socket closes');
};

describe('comings and goings on the module API', () => {
  it.each(COMINGS_AND_GOINGS)('harm nothing: %s', async (name, happen) => {
    const faultsBefore = await witnesses.faults();
    const expelledBefore = await witnesses.metric('modules_expelled_total');
    await happen();
    await allAreGone();
    await witnesses.testify();
    const faults = await witnesses.faults();
    // An end inside a message is bad input, and a reset may come with an end of stream before it.
    const torn = (faults['truncated'] ?? 0) - (faultsBefore['truncated'] ?? 0);
    expect(torn).toBeLessThanOrEqual(name.startsWith('a reset inside') ? 1 : 0);
    expect(faults).toEqual(
      torn === 0 ? faultsBefore : { ...faultsBefore, truncated: faults['truncated'] },
    );
    expect(await witnesses.metric('modules_expelled_total')).toBe(expelledBefore + torn);
  });

  it('harm nothing: a connection that says nothing, and outlasts the others', async () => {
    const silent = await open();
    await witnesses.testify();
    const type = freshType();
    await silent.write(notify(type));
    await witnesses.checkpoint.passedBy(silent);
    await bystander.write(announce(type, 'at last'));
    expect(readNotification(await silent.nextFrame()).data.toString()).toBe('at last');
    silent.socket.destroy();
    await allAreGone();
  });

  it('leave the daemon with its actors alive', async () => {
    expect(await witnesses.metric('actors_failed_total')).toBe(0);
    expect(witnesses.daemon.stderr.filter((text) => / error /.test(text))).toEqual([]);
  });
});
