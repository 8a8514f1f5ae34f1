import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dispatch } from '../../../src/cli/dispatch.js';
import { EXIT } from '../../../src/cli/exit-codes.js';
import { ApiServer } from '../client/api-server.js';
import { FakeTerminal } from './fake-terminal.js';

let server: ApiServer;
let folder: string;

beforeEach(async () => {
  server = await ApiServer.listen();
  folder = mkdtempSync(join(tmpdir(), 'hearsay-cli-'));
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('hearsay announce', () => {
  const announce = async (terminal: FakeTerminal, ...args: string[]): Promise<number> =>
    dispatch(['announce', '-a', server.address, ...args], terminal);

  it('spreads its argument as text of type 1, without limit', async () => {
    expect(await announce(new FakeTerminal(), 'hello')).toBe(EXIT.ok);
    const data = Buffer.from('hello');
    expect(await server.request()).toEqual({ type: 'ANNOUNCE', dataType: 1, ttl: 0, data });
  });

  it('takes type, in hex too, and ttl', async () => {
    expect(await announce(new FakeTerminal(), '-t', '0x539', '--ttl', '2', 'x')).toBe(EXIT.ok);
    expect(await server.request()).toMatchObject({ dataType: 1_337, ttl: 2 });
  });

  it.each([[['-']], [[]]])('reads stdin, given %j', async (args) => {
    const terminal = new FakeTerminal(['from ', 'stdin\n']);
    expect(await announce(terminal, ...args)).toBe(EXIT.ok);
    expect(await server.request()).toMatchObject({ data: Buffer.from('from stdin\n') });
  });

  it('reads a file, byte for byte', async () => {
    const path = join(folder, 'item');
    const data = Buffer.from('00ff0a0d', 'hex');
    writeFileSync(path, data);
    expect(await announce(new FakeTerminal(), '--file', path)).toBe(EXIT.ok);
    expect(await server.request()).toMatchObject({ data });
  });

  it('names a file that it cannot read', async () => {
    const terminal = new FakeTerminal();
    expect(await announce(terminal, '--file', join(folder, 'none'))).toBe(EXIT.failed);
    expect(terminal.stderr).toEqual([
      `hearsay announce: cannot read ${join(folder, 'none')}: ENOENT`,
    ]);
  });

  it('stops reading at more than an item can hold', async () => {
    const endless = function* (): Generator<Buffer> {
      for (let read = 0; read < 3; read += 1) yield Buffer.alloc(40_000);
    };
    const terminal = new FakeTerminal(endless());
    expect(await announce(terminal, '-')).toBe(EXIT.badUsage);
    expect(terminal.stderr[0]).toContain('an item has at most 65527 bytes');
  });

  it('takes the address from a configuration', async () => {
    const path = join(folder, 'hearsay.ini');
    writeFileSync(path, `[gossip]\napi_address = ${server.address}\n`);
    expect(await dispatch(['announce', '-c', path, 'x'], new FakeTerminal())).toBe(EXIT.ok);
    expect(await server.request()).toMatchObject({ type: 'ANNOUNCE' });
  });

  it('cannot take port 0 from a configuration', async () => {
    const path = join(folder, 'hearsay.ini');
    writeFileSync(path, '[gossip]\napi_address = 127.0.0.1:0\n');
    const terminal = new FakeTerminal();
    expect(await dispatch(['announce', '-c', path, 'x'], terminal)).toBe(EXIT.badConfig);
    expect(terminal.stderr[0]).toContain('leaves the port to the system (127.0.0.1:0): use -a');
  });

  it('has an exit code for a daemon that is not there', async () => {
    const { address } = server;
    await server.close();
    const terminal = new FakeTerminal();
    expect(await dispatch(['announce', '-a', address, 'x'], terminal)).toBe(EXIT.unreachable);
    expect(terminal.stderr).toEqual([
      `hearsay announce: cannot reach the daemon at ${address}: ECONNREFUSED`,
    ]);
    server = await ApiServer.listen();
  });
});

describe('hearsay notify', () => {
  const notify = (terminal: FakeTerminal, ...args: string[]): Promise<number> =>
    dispatch(['notify', '-a', server.address, ...args], terminal);

  it('subscribes to each type and prints an item on a line', async () => {
    const terminal = new FakeTerminal();
    const code = notify(terminal, '--count', '2', '5', '6');
    expect(await server.requests(2)).toMatchObject([{ dataType: 5 }, { dataType: 6 }]);
    await server.notify(1, 5, 'one\n');
    await server.notify(2, 6, Buffer.from('ff00', 'hex'));
    expect(await code).toBe(EXIT.ok);
    const [first, second, rest] = terminal.stdout.split('\n');
    expect(first).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z 5 4 "one\\n"$/);
    expect(second).toMatch(/Z 6 2 0xff00$/);
    expect(rest).toBe('');
  });

  it.each([
    [[], { type: 'VALIDATION', messageId: 7, valid: true }],
    [['--reject'], { type: 'VALIDATION', messageId: 7, valid: false }],
  ])('answers each item, given %j', async (flags, verdict) => {
    const code = notify(new FakeTerminal(), ...flags, '-n', '1', '5');
    await server.request();
    await server.notify(7, 5, 'x');
    expect(await code).toBe(EXIT.ok);
    expect(await server.request()).toEqual(verdict);
  });

  it('says nothing about the items when it is to be silent', async () => {
    const code = notify(new FakeTerminal(), '--silent', '-n', '1', '5');
    const socket = await server.connection();
    await server.request();
    const more: Buffer[] = [];
    socket.on('data', (chunk) => more.push(chunk));
    const ended = new Promise((resolve) => socket.once('end', resolve));
    await server.notify(7, 5, 'x');
    expect(await code).toBe(EXIT.ok);
    await ended;
    expect(more).toEqual([]);
  });

  it('prints JSON, one object a line', async () => {
    const terminal = new FakeTerminal();
    const code = notify(terminal, '--json', '-n', '1', '5');
    await server.request();
    await server.notify(7, 5, 'x');
    expect(await code).toBe(EXIT.ok);
    expect(JSON.parse(terminal.stdout)).toMatchObject({ type: 5, messageId: 7, text: 'x' });
  });

  it('prints the bytes and nothing else when they are to be raw', async () => {
    const terminal = new FakeTerminal();
    const code = notify(terminal, '--raw', '-n', '1', '5');
    await server.request();
    await server.notify(7, 5, 'as it is\n');
    expect(await code).toBe(EXIT.ok);
    expect(terminal.stdout).toBe('as it is\n');
  });

  it('ends in order when interrupted', async () => {
    const terminal = new FakeTerminal();
    const code = notify(terminal, '5');
    await server.request();
    terminal.interrupt();
    expect(await code).toBe(EXIT.ok);
  });

  it('fails when the daemon closes the connection', async () => {
    const terminal = new FakeTerminal();
    const code = notify(terminal, '5');
    await server.request();
    (await server.connection()).end();
    expect(await code).toBe(EXIT.failed);
    expect(terminal.stderr).toEqual(['hearsay notify: the daemon closed the connection']);
  });

  it('fails when the daemon sends garbage', async () => {
    const terminal = new FakeTerminal();
    const code = notify(terminal, '5');
    await server.request();
    (await server.connection()).write('GET / HTTP/1.1\r\n');
    expect(await code).toBe(EXIT.failed);
    expect(terminal.stderr[0]).toContain('hearsay notify: not a notification: ');
  });
});
