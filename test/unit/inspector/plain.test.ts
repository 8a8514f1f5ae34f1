import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import { createActor, setup } from 'xstate';
import { isSecretName, plain, PLAIN_LIMITS, plainRecord } from '../../../src/inspector/plain.js';

class Ledger {
  readonly #entries = ['private'];
  readonly open = 'public';
  get size(): number {
    return this.#entries.length;
  }
}

const never = (): never => {
  throw new Error('was run');
};

/** Every trap of a proxy is a chance to run code of whoever made it. */
const trapped = new Proxy(
  {},
  { get: never, ownKeys: never, getPrototypeOf: never, getOwnPropertyDescriptor: never },
);

const nested = (depth: number): unknown => (depth === 0 ? 'end' : { in: nested(depth - 1) });

const cyclic: Record<string, unknown> = { name: 'round' };
cyclic['self'] = cyclic;

const { privateKey } = generateKeyPairSync('ed25519');

describe('plain', () => {
  it.each<readonly [string, () => unknown, unknown]>([
    ['a text', () => 'text', 'text'],
    ['a number', () => 1.5, 1.5],
    ['a boolean', () => true, true],
    ['null', () => null, null],
    ['undefined', () => undefined, '‹undefined›'],
    ['no number', () => Number.NaN, '‹NaN›'],
    ['infinity', () => -Infinity, '‹-Infinity›'],
    ['a bigint', () => 12n, '‹12n›'],
    ['a symbol', () => Symbol('mark'), '‹Symbol(mark)›'],
    ['a function', () => never, '‹function›'],
    ['a date', () => new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an impossible date', () => new Date(Number.NaN), '‹no date›'],
    ['a buffer', () => Buffer.from('abc'), { bytes: 3, hex: '616263' }],
    ['a typed array', () => new Uint16Array([1, 2]), { bytes: 4, hex: '01000200' }],
    ['an array buffer', () => new ArrayBuffer(2), { bytes: 2, hex: '0000' }],
    ['a map', () => new Map([['a', 1]]), { map: 1, entries: [['a', 1]] }],
    ['a set', () => new Set(['a']), { set: 1, values: ['a'] }],
    ['an error', () => new RangeError('far'), { error: 'RangeError', message: 'far' }],
    ['an instance with private state', () => new Ledger(), '‹Ledger›'],
    ['a socket', () => createServer(), '‹Server›'],
    ['a proxy', () => trapped, '‹proxy›'],
    ['a proxy within', () => ({ inner: trapped }), { inner: '‹proxy›' }],
    ['a proxy as prototype', () => Object.create(trapped), '‹proxy›'],
    ['a cycle', () => cyclic, { name: 'round', self: '‹cycle›' }],
    ['no prototype', () => Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['a hole', () => Object.assign([], { 1: 2 }), ['‹empty›', 2]],
  ])('shows %s', (_, make, shown) => {
    expect(plain(make())).toEqual(shown);
  });

  it('shows an actor by its id, and none of its insides', () => {
    const actor = createActor(setup({}).createMachine({}), { id: 'challenger.7' });
    expect(plain({ actor })).toEqual({ actor: '‹actor challenger.7›' });
  });

  it('shows the first 16 bytes of a long buffer and how long it is', () => {
    expect(plain(Buffer.alloc(100, 0xab))).toEqual({ bytes: 100, hex: 'ab'.repeat(16) });
  });

  it('runs no getter and no toJSON', () => {
    const value = { toJSON: never };
    Object.defineProperty(value, 'now', { get: never, enumerable: true });
    expect(plain(value)).toEqual({ toJSON: '‹function›', now: '‹getter›' });
    const error = new Error('x');
    Object.defineProperty(error, 'message', { get: never });
    expect(plain(error)).toEqual({ error: 'Error', message: '' });
  });

  it('is not fooled by what an object says of itself', () => {
    const odd = Object.create({ constructor: { name: 1 } }) as object;
    expect(plain(odd)).toBe('‹object›');
    expect(plain(JSON.parse('{"__proto__": {"polluted": true}}'))).toEqual(
      Object.fromEntries([['__proto__', { polluted: true }]]),
    );
    expect('polluted' in {}).toBe(false);
  });

  it('shows the same object twice when it stands beside itself', () => {
    const both = { a: 1 };
    expect(plain([both, both])).toEqual([both, both]);
  });

  it('cuts what is too deep, too wide, too long, and says by how much', () => {
    expect(JSON.stringify(plain(nested(20)))).toContain('‹…›');
    const wide = plain(Array.from({ length: 100 }, (_, at) => at));
    expect(wide).toHaveLength(PLAIN_LIMITS.width + 1);
    expect(wide).toContain('‹52 more›');
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`k${at}`, at]));
    expect(plain(many)).toMatchObject({ k0: 0, '‹…›': '‹52 more›' });
    expect(plain('x'.repeat(301))).toBe(`${'x'.repeat(300)}‹1 more characters›`);
    expect(plain(new Map(Array.from({ length: 50 }, (_, at) => [at, at])))).toMatchObject({
      map: 50,
    });
  });

  it('is bounded as a whole, whatever the shape', () => {
    const bush = (depth: number): unknown =>
      depth === 0 ? 'leaf '.repeat(100) : Array.from({ length: 40 }, () => bush(depth - 1));
    const sizes = [bush(3), nested(1_000), 'x'.repeat(1e7), Array(1e6).fill('y'.repeat(1e3))].map(
      (value) => JSON.stringify(plain(value)).length,
    );
    for (const size of sizes) expect(size).toBeLessThan(20_000);
  });

  it('says so where a value cannot be read at all', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(plain([proxy])).toEqual(['‹proxy›']);
    const buffer = new ArrayBuffer(8);
    const view = new DataView(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    expect(plain([view])).toEqual(['‹unreadable›']);
  });
});

describe('secrets', () => {
  it.each(['salt', 'hostKey', 'host_key', 'token', 'API-TOKEN', 'privateKey', 'secrets', 'pem'])(
    'are known by the name %s',
    (name) => {
      expect(isSecretName(name)).toBe(true);
      expect(plain({ [name]: Buffer.from('key') })).toEqual({ [name]: '‹secret›' });
      expect(plain(new Map([[name, 'key']]))).toEqual({ map: 1, entries: [[name, '‹secret›']] });
      expect(plainRecord({ [name]: { deep: 'key' } })).toEqual({ [name]: '‹secret›' });
    },
  );

  it.each(['identity', 'challenge', 'commitment', 'nonce', 'tokens', 'saltiness', 'type'])(
    'are not seen in %s',
    (name) => expect(isSecretName(name)).toBe(false),
  );

  it('are known by what they are', () => {
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    expect(plain({ key: privateKey, again: createPrivateKey(pem), text: `x ${pem}` })).toEqual({
      key: '‹secret›',
      again: '‹secret›',
      text: '‹secret›',
    });
  });

  it('do not hide that there is none', () => {
    expect(plain({ salt: undefined })).toEqual({ salt: '‹undefined›' });
  });
});
