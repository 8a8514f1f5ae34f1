import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dispatch } from '../../../src/cli/dispatch.js';
import { EXIT } from '../../../src/cli/exit-codes.js';
import { FakeTerminal } from './fake-terminal.js';

let folder: string;
let home: string;
let terminal: FakeTerminal;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearsay-diagram-'));
  home = process.cwd();
  terminal = new FakeTerminal();
});

afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<number> => dispatch(['diagram', ...args], terminal);

describe('hearsay diagram', () => {
  it('prints one machine as Mermaid text', async () => {
    expect(await run('challenger')).toBe(EXIT.ok);
    expect(terminal.stdout).toMatch(/^%% challenger\nstateDiagram-v2\n/);
    expect(terminal.stdout).not.toContain('prover');
  });

  it('writes the picture of every machine', async () => {
    expect(await run('--svg', '-o', folder)).toBe(EXIT.ok);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['prover.svg', 'supervisor.svg']));
    expect(readFileSync(join(folder, 'prover.svg'), 'utf8')).toMatch(/^<svg class="chart"/);
  });

  it.each([
    [['door'], 'hearsay diagram: there is no machine "door"; there are api-connection'],
    [['--svg'], 'hearsay diagram: name one MACHINE to print its picture'],
    [['--svg', '--mermaid', 'prover'], 'hearsay diagram: give --svg or --mermaid, not both'],
    [['--diff', '--svg'], 'hearsay diagram: --diff writes HTML'],
    [['prover', 'challenger'], 'hearsay diagram: "challenger" is too many'],
  ])('refuses %j', async (args, message) => {
    expect(await run(...args)).toBe(EXIT.badUsage);
    expect(terminal.stderr[0]).toContain(message);
  });
});

const machine = (states: string): string => `
import { createMachine } from 'xstate';
import { FIRST } from '../src/first.js';
export const doorMachine = createMachine({
  id: 'door', description: 'A door.', initial: FIRST, states: { ${states} },
});
`;
const SHUT = `shut: { description: 'Shut.', on: { 'door.pushed': 'open' } }`;
const OPEN = `open: { description: 'Open.' }`;

describe('hearsay diagram --diff', () => {
  const git = (...args: string[]): void => {
    const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.org'];
    execFileSync('git', ['-C', folder, ...identity, ...args], { stdio: 'ignore' });
  };
  const write = (text: string): void => {
    writeFileSync(join(folder, 'machines', 'door.ts'), text);
  };
  const commit = (text: string): void => {
    write(text);
    git('add', '.');
    git('commit', '--quiet', '-m', 'A door');
  };

  beforeEach(() => {
    git('init', '--quiet', '--initial-branch=main');
    for (const name of ['machines', 'src']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'src', 'first.ts'), `export const FIRST = 'shut';\n`);
    process.chdir(folder);
  });

  it('says what changed since a revision, and draws it', async () => {
    commit(machine(`${SHUT}, ${OPEN}`));
    write(machine(`${SHUT}, open: { description: 'Open.', on: { 'door.pulled': 'shut' } }`));
    expect(await run('--diff', 'HEAD', '-o', 'page.html')).toBe(EXIT.ok);
    expect(terminal.stdout).toBe(
      'door: *open* gained `door.pulled` -> *shut*\npage.html: the same in pictures\n',
    );
    const page = readFileSync('page.html', 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('class="way added"');
  });

  it('says so when no state changed, and writes nothing', async () => {
    commit(machine(`${SHUT}, ${OPEN}`));
    write(`// A comment changes no state.\n${machine(`${SHUT}, ${OPEN}`)}`);
    expect(await run('--diff', 'HEAD')).toBe(EXIT.ok);
    expect(terminal.stdout).toBe('no protocol state changed\n');
    expect(existsSync('review.html')).toBe(false);
  });

  it('compares a branch with where it left the default one', async () => {
    commit(machine(`${SHUT}, ${OPEN}`));
    git('checkout', '--quiet', '-b', 'work');
    commit(machine(`${SHUT}, ${OPEN}, ajar: { description: 'A gap.' }`));
    commit(machine(`${SHUT}, ${OPEN}, ajar: { description: 'A wide gap.' }`));
    expect(await run('--diff')).toBe(EXIT.ok);
    expect(terminal.stdout).toContain('door: gained the state *ajar*: A wide gap.\n');
  });

  it('compares the default branch with the commit before', async () => {
    commit(machine(`${SHUT}, ${OPEN}`));
    commit(machine(`${SHUT}, open: { description: 'Wide open.' }`));
    expect(await run('--diff')).toBe(EXIT.ok);
    expect(terminal.stdout).toContain(
      'door: *open* now says "Wide open."; before, it said "Open."\n',
    );
  });

  it('fails in one clear line for machines that cannot be built', async () => {
    commit('export const doorMachine = ;\n');
    commit(machine(`${SHUT}, ${OPEN}`));
    expect(await run('--diff', 'HEAD~1')).toBe(EXIT.failed);
    expect(terminal.stderr).toEqual([
      'hearsay diagram: HEAD~1: its machines cannot be built: Unexpected ";"',
    ]);
  });

  it('fails in one clear line for machines that cannot be loaded', async () => {
    commit(machine(SHUT));
    expect(await run('--diff', 'HEAD')).toBe(EXIT.failed);
    expect(terminal.stderr).toEqual([
      expect.stringMatching(/^hearsay diagram: HEAD: its machines cannot be built: .*'open'/),
    ]);
  });

  it('fails in one clear line for a revision that there is not', async () => {
    commit(machine(`${SHUT}, ${OPEN}`));
    expect(await run('--diff', 'nowhere')).toBe(EXIT.failed);
    expect(terminal.stderr).toEqual(['hearsay diagram: nowhere: there is no such revision']);
  });
});
