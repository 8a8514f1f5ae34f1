import { mkdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { formatLine, openLog, WAITING_LINES_MAX, type LogOptions } from '../../../src/node/log.js';
import { useTemporaryFolder } from './temporary-folder.js';

const NOW = Date.UTC(2026, 0, 1, 12);
const line = (fields: Parameters<typeof formatLine>[2]): string =>
  formatLine('info', 'said', fields, NOW).replace('2026-01-01T12:00:00.000Z info  said ', '');

describe('formatLine', () => {
  it('gives time, level, text and fields', () => {
    const fields = { peer: '127.0.0.1:6001', rtt: 12.5, outbound: true, agent: undefined };
    expect(formatLine('info', 'link established', fields, NOW)).toBe(
      '2026-01-01T12:00:00.000Z info  link established peer=127.0.0.1:6001 rtt=12.5 outbound=true',
    );
    expect(formatLine('error', 'stopped', {}, NOW)).toBe('2026-01-01T12:00:00.000Z error stopped');
  });

  it.each([
    ['plain', 'plain'],
    ['', '""'],
    ['two words', '"two words"'],
    ['a=b', '"a=b"'],
    ['"quoted"', '"\\"quoted\\""'],
    ['back\\slash', '"back\\\\slash"'],
    ['[::1]:6001', '[::1]:6001'],
    ['one\ntwo\r\n2026-01-01T12:00:00.000Z error forged', null],
    ['\u001b[31mred', '"\\u001b[31mred"'],
    ['\u009b31m', '"\\u009b31m"'],
    ['\u202eright to left\u2028', '"\\u202eright to left\\u2028"'],
    ['\ud800', '"\\ud800"'],
    ['héllo', '"héllo"'],
  ])('writes the value %j on one line, quoted where it must be', (value, expected) => {
    const written = line({ value });
    if (expected !== null) expect(written).toBe(`value=${expected}`);
    for (const forbidden of '\n\r\u001b\u009b\u202e\u2028')
      expect(written).not.toContain(forbidden);
    expect(written).toMatch(/^value=(?:[^ "]+|"(?:[^"\\]|\\.)*")$/);
  });

  it('cuts a value that is too long', () => {
    expect(line({ value: 'x'.repeat(100_000) })).toHaveLength('value=""…'.length + 1_000);
  });

  it('escapes the text too', () => {
    expect(formatLine('info', 'a\nb', {}, NOW)).toMatch(/a\\nb$/);
  });
});

describe('openLog', () => {
  const at = useTemporaryFolder();
  const open = (options: Partial<LogOptions> = {}) => {
    const output = new PassThrough();
    const read = (): string => String(output.read() ?? '');
    return { ...openLog({ level: 'info', console: output, ...options }), read };
  };

  it('writes lines at its level and above, and no others', async () => {
    const { log, close, read } = open({ level: 'warn' });
    log('error', 'one');
    log('warn', 'two');
    log('info', 'three');
    log('debug', 'four');
    await close();
    expect(read()).toMatch(/^\S+ error one\n\S+ warn {2}two\n$/);
  });

  it('writes the same lines to its file, in order, behind what is there', async () => {
    const file = at('hearsay.log');
    for (const round of ['first', 'second']) {
      const { log, close, read } = open({ file });
      for (let n = 0; n < 100; n += 1) log('info', round, { n });
      await close();
      expect(read().split('\n')).toHaveLength(101);
    }
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines).toHaveLength(201);
    expect(lines[0]).toMatch(/first n=0$/);
    expect(lines[199]).toMatch(/second n=99$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('complains once of a file that cannot be written, and lives on', async () => {
    const { log, close, read } = open({ file: at('') });
    for (let n = 0; n < 5; n += 1) log('info', 'said', { n });
    await close();
    const lines = read();
    expect(lines.match(/log file not written/g)).toHaveLength(1);
    expect(lines.match(/said n=/g)).toHaveLength(5);
  });

  it('drops what waits for the disk beyond its bound, and says how much', async () => {
    const file = at('slow.log');
    const { log, close } = open({ file });
    const surplus = 500;
    // All in one turn: nothing can have been written meanwhile.
    for (let n = 0; n < WAITING_LINES_MAX + surplus; n += 1) log('info', 'said', { n });
    await close();
    const text = readFileSync(file, 'utf8');
    const kept = text.match(/said n=/g)?.length ?? 0;
    expect(kept).toBeLessThan(WAITING_LINES_MAX + surplus);
    expect(text).toMatch(/dropped/);
  });

  it('goes on writing to a file that can be written again', async () => {
    const file = at('hearsay.log');
    mkdirSync(file);
    const output = new PassThrough();
    const complaint = new Promise((resolve) => {
      output.on('data', (chunk) => String(chunk).includes('not written') && resolve(undefined));
    });
    const { log, close } = open({ file, console: output });
    log('info', 'lost');
    await complaint;
    rmdirSync(file);
    log('info', 'kept');
    await close();
    expect(readFileSync(file, 'utf8')).toMatch(/^\S+ info {2}kept\n$/);
  });

  it('survives a console that is gone', async () => {
    const output = new PassThrough();
    const { log, close } = open({ console: output, file: at('hearsay.log') });
    output.destroy(new Error('EPIPE'));
    await new Promise((resolve) => output.once('close', resolve));
    log('info', 'one');
    log('info', 'two');
    await close();
    expect(readFileSync(at('hearsay.log'), 'utf8')).toMatch(/one\n.*two\n$/);
  });
});
