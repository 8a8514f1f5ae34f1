import { LOG_BURST, LOG_LINES_PER_SECOND, limitLog } from '../../../src/runtime/log-limit.js';
import type { LogLevel, LogPort } from '../../../src/runtime/ports.js';
import { ManualClock } from './manual-clock.js';

const SECOND_MS = 1_000;

type Line = {
  readonly level: LogLevel;
  readonly what: string;
  readonly fields: Parameters<LogPort>[2];
};

class Limited {
  readonly clock = new ManualClock();
  readonly lines: Line[] = [];
  readonly log: LogPort = limitLog((level, what, fields) => {
    this.lines.push({ level, what, fields });
  }, this.clock);

  /** Logs the same so many times; how many lines of it came through. */
  repeat(count: number, what: string, level: LogLevel = 'warn'): number {
    const before = this.lines.length;
    for (let line = 1; line <= count; line += 1) this.log(level, what, { line });
    return this.lines.length - before;
  }

  get last(): Line | undefined {
    return this.lines.at(-1);
  }
}

describe('limitLog', () => {
  it('passes a burst of a kind as it is', () => {
    const limited = new Limited();
    expect(limited.repeat(LOG_BURST, 'link up', 'info')).toBe(LOG_BURST);
    expect(limited.lines[0]).toEqual({ level: 'info', what: 'link up', fields: { line: 1 } });
    expect(limited.last?.fields).toEqual({ line: LOG_BURST });
  });

  it('leaves out what is beyond the burst', () => {
    expect(new Limited().repeat(LOG_BURST + 500, 'peer closed for bad input')).toBe(LOG_BURST);
  });

  it('passes so many a second after the burst', () => {
    const limited = new Limited();
    limited.repeat(LOG_BURST, 'link up');
    limited.clock.advance(SECOND_MS);
    expect(limited.repeat(100, 'link up')).toBe(LOG_LINES_PER_SECOND);
    limited.clock.advance(5 * SECOND_MS);
    expect(limited.repeat(100, 'link up')).toBe(5 * LOG_LINES_PER_SECOND);
  });

  it('says with the next line how many were left out, once', () => {
    const limited = new Limited();
    limited.repeat(LOG_BURST + 37, 'link up');
    limited.clock.advance(2 * SECOND_MS);
    limited.repeat(1, 'link up');
    expect(limited.last?.fields).toEqual({ line: 1, leftOut: 37 });
    limited.repeat(1, 'link up');
    expect(limited.last?.fields).toEqual({ line: 1 });
  });

  it('says how many were left out with a line that has no fields', () => {
    const limited = new Limited();
    limited.repeat(LOG_BURST + 1, 'stopping');
    limited.clock.advance(SECOND_MS);
    limited.log('warn', 'stopping');
    expect(limited.last?.fields).toEqual({ leftOut: 1 });
  });

  it('limits each kind for itself', () => {
    const limited = new Limited();
    limited.repeat(LOG_BURST + 1, 'peer closed for bad input');
    expect(limited.repeat(1, 'address book not saved')).toBe(1);
    expect(limited.last?.fields).toEqual({ line: 1 });
  });

  it('gives a quiet kind its burst back', () => {
    const limited = new Limited();
    limited.repeat(LOG_BURST, 'link up');
    limited.clock.advance((LOG_BURST / LOG_LINES_PER_SECOND) * SECOND_MS);
    expect(limited.repeat(LOG_BURST + 1, 'link up')).toBe(LOG_BURST);
  });

  it('passes every debug line, and does not count it', () => {
    const limited = new Limited();
    const many = 3 * LOG_BURST;
    expect(limited.repeat(many, 'connection ended', 'debug')).toBe(many);
    expect(limited.repeat(1, 'connection ended', 'warn')).toBe(1);
    expect(limited.last?.fields).toEqual({ line: 1 });
  });
});
