import { readFileSync } from 'node:fs';
import { dispatch } from '../../../src/cli/dispatch.js';
import { EXIT, exitCodeTable } from '../../../src/cli/exit-codes.js';
import { FakeTerminal } from './fake-terminal.js';

const COMMANDS = ['run', 'announce', 'notify', 'keygen', 'check-config', 'inspect', 'testnet'];

const run = async (
  ...argv: string[]
): Promise<{ code: number; stdout: string; stderr: readonly string[] }> => {
  const terminal = new FakeTerminal();
  const code = await dispatch(argv, terminal);
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
};

describe('hearsay', () => {
  it('explains itself, with every command and exit code', async () => {
    const { code, stdout, stderr } = await run('--help');
    expect(code).toBe(EXIT.ok);
    expect(stderr).toEqual([]);
    for (const name of COMMANDS) expect(stdout).toContain(`\n  ${name} `);
    expect(stdout).toContain(exitCodeTable());
  });

  it('has a meaning for each exit code, and no code twice', () => {
    const codes = exitCodeTable()
      .split('\n')
      .map((line) => Number(/^ {2}(\d) {2}\S/.exec(line)?.[1]));
    expect(codes).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(codes).toEqual(Object.values(EXIT));
  });

  it.each(COMMANDS)('explains %s, its usage first', async (name) => {
    for (const flag of ['--help', '-h']) {
      const { code, stdout } = await run(name, flag);
      expect(code).toBe(EXIT.ok);
      expect(stdout).toMatch(new RegExp(`^usage: hearsay \\[?${name}`));
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    }
  });

  it('tells the version of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await run('--version')).toEqual({
      code: EXIT.ok,
      stdout: `hearsay ${version}\n`,
      stderr: [],
    });
  });

  it('refuses a command that it does not have, and names those that it has', async () => {
    const { code, stdout, stderr } = await run('anounce', 'x');
    expect(code).toBe(EXIT.badUsage);
    expect(stdout).toBe('');
    expect(stderr.join('\n')).toContain('unknown command "anounce"; there are run, announce');
    expect(stderr.join('\n')).toContain('usage: hearsay');
  });

  it('refuses to do nothing in particular', async () => {
    expect((await run()).code).toBe(EXIT.badUsage);
  });

  it('takes flags without a command as those of run', async () => {
    const { code, stderr } = await run('-v', '5');
    expect(code).toBe(EXIT.badUsage);
    expect(stderr[0]).toBe('hearsay run: -c FILE is needed');
    expect(stderr[1]).toMatch(/^usage: hearsay \[run\] -c FILE/);
  });

  it.each([
    [['run', '--colour'], "hearsay run: Unknown option '--colour'"],
    [['run', '-c', 'a.ini', 'b.ini'], "hearsay run: Unexpected argument 'b.ini'"],
    [['announce', '--ttl'], "hearsay announce: Option '--ttl <value>' argument missing"],
    [['announce', '--ttl', '256', 'x'], 'hearsay announce: --ttl is a whole number from 0 to 255'],
    [['announce', '-t', '65536', 'x'], 'hearsay announce: a data type is a whole number from 0'],
    [['announce', 'two', 'words'], 'hearsay announce: one item at a time, "words" is too many'],
    [['announce', '--file', 'f', 'x'], 'hearsay announce: give DATA or --file, not both'],
    [['announce', '-a', 'nowhere', 'x'], 'hearsay announce: -a takes HOST:PORT, not "nowhere"'],
    [['announce', '-a', 'h:1', '-c', 'f', 'x'], 'hearsay announce: give -a or -c, not both'],
    [['announce', ''], 'hearsay announce: there is no data to announce'],
    [['notify'], 'hearsay notify: name at least one data type'],
    [['notify', 'abc'], 'hearsay notify: a data type is a whole number from 0 to 65535, not "abc"'],
    [['notify', '--reject', '--silent', '1'], 'hearsay notify: give --reject or --silent'],
    [['notify', '--json', '--raw', '1'], 'hearsay notify: give --json or --raw, not both'],
    [['notify', '--count', '0', '1'], 'hearsay notify: --count is a whole number from 1'],
    [['keygen'], 'hearsay keygen: -o FILE is needed'],
    [['keygen', '-o', 'f', '--type', 'dsa'], 'hearsay keygen: --type is one of ed25519, p256, rsa'],
    [['check-config'], 'hearsay check-config: -c FILE is needed'],
    [['inspect'], 'hearsay inspect: name a URL or a FILE, or a configuration with -c'],
    [['inspect', 'https://h/'], 'hearsay inspect: an inspector is at http://HOST:PORT/, not'],
    [['testnet'], 'hearsay testnet: give one N'],
    [['testnet', '1', '2'], 'hearsay testnet: give one N'],
    [['testnet', '65'], 'hearsay testnet: N is a whole number from 1 to 64, not "65"'],
    [['testnet', '-d', '29', '2'], 'hearsay testnet: --difficulty is a whole number from 0 to 28'],
  ])('refuses %j in one line and shows the usage', async (argv, message) => {
    const { code, stdout, stderr } = await run(...argv);
    expect(code).toBe(EXIT.badUsage);
    expect(stdout).toBe('');
    expect(stderr).toHaveLength(2);
    expect(stderr[0]).toContain(message);
    expect(stderr[1]).toMatch(/^usage: hearsay /);
  });
});
