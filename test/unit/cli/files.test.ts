import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dispatch } from '../../../src/cli/dispatch.js';
import { EXIT } from '../../../src/cli/exit-codes.js';
import { FakeTerminal } from './fake-terminal.js';

let folder: string;
let terminal: FakeTerminal;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearsay-cli-'));
  terminal = new FakeTerminal();
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('hearsay keygen', () => {
  it.each(['ed25519', 'p256'])('writes a key of type %s for its owner only', async (kind) => {
    const path = join(folder, 'hostkey.pem');
    expect(await dispatch(['keygen', '--type', kind, '-o', path], terminal)).toBe(EXIT.ok);
    expect(readFileSync(path, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(terminal.stdout).toMatch(new RegExp(`: new ${kind} host key, identity [0-9a-f]{64}\n$`));
  });

  it('replaces a key only when forced', async () => {
    const path = join(folder, 'hostkey.pem');
    writeFileSync(path, 'precious');
    expect(await dispatch(['keygen', '-o', path], terminal)).toBe(EXIT.badKey);
    expect(readFileSync(path, 'utf8')).toBe('precious');
    expect(terminal.stderr).toHaveLength(1);
    expect(await dispatch(['keygen', '--force', '-o', path], terminal)).toBe(EXIT.ok);
    expect(readFileSync(path, 'utf8')).not.toBe('precious');
  });
});

describe('hearsay keygen, over what is no file', () => {
  it('leaves a pipe as it is', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    expect(await dispatch(['keygen', '--force', '-o', path], terminal)).toBe(EXIT.badKey);
    expect(terminal.stderr.join('\n')).toContain('a folder, device or pipe');
    expect(statSync(path).isFIFO()).toBe(true);
  });
});

describe('hearsay check-config, of a file that names itself', () => {
  it.each(['hostkey', '[gossip] address_book', '[log] file'])('as %s refuses it', async (name) => {
    const [, section, key = name] = /^(\[.*\]) (.*)$/.exec(name) ?? [];
    const path = join(folder, 'hearsay.ini');
    writeFileSync(path, `${section ?? ''}\n${key} = ${path}\n`);
    expect(await dispatch(['check-config', '-c', path], terminal)).toBe(EXIT.badConfig);
    expect(terminal.stderr.join('\n')).toContain('another file than the configuration itself');
  });
});

describe('hearsay check-config', () => {
  const check = (text: string): Promise<number> => {
    writeFileSync(join(folder, 'hearsay.ini'), text);
    return dispatch(['check-config', '-c', join(folder, 'hearsay.ini')], terminal);
  };

  it('finds no mistakes where there are none', async () => {
    expect(await check('[gossip]\ndegree = 10\n')).toBe(EXIT.ok);
    expect(terminal.stdout).toBe(`${join(folder, 'hearsay.ini')}: no mistakes\n`);
    expect(terminal.stderr).toEqual([]);
  });

  it('tells every mistake and warning, one a line', async () => {
    const text = '[gossip]\ndegree = many\ncache_size = 0\nhostky = a\n';
    expect(await check(text)).toBe(EXIT.badConfig);
    expect(terminal.stderr).toEqual([
      expect.stringMatching(/^hearsay check-config: .*degree/),
      expect.stringMatching(/^hearsay check-config: .*cache_size/),
      expect.stringMatching(/^hearsay check-config: .*warning: .*hostky/),
    ]);
    expect(terminal.stdout).toBe('');
  });

  it('warns about a key that it does not know', async () => {
    expect(await check('[gossip]\ndegre = 10\n')).toBe(EXIT.ok);
    expect(terminal.stderr.join('\n')).toContain('warning: ');
    expect(terminal.stderr.join('\n')).toContain('degree');
  });

  it('names a file that it cannot read', async () => {
    const path = join(folder, 'none.ini');
    expect(await dispatch(['check-config', '-c', path], terminal)).toBe(EXIT.badConfig);
    expect(terminal.stderr).toEqual([`hearsay check-config: cannot read ${path}: ENOENT`]);
  });
});
