import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import {
  openAddressBook,
  readAddressBook,
  setAsideDamaged,
} from '../../../src/node/address-book-file.js';
import { LogRecorder } from './log-recorder.js';
import { useTemporaryFolder } from './temporary-folder.js';

describe('address book file', () => {
  const at = useTemporaryFolder();

  it('keeps the text over a restart, for its owner alone', async () => {
    const path = at('new/folder/book.json');
    const logged = new LogRecorder();
    const book = openAddressBook(path, logged.log);
    book.save(() => '{"peers":[]}');
    await book.flush();
    expect(readAddressBook(path, logged.log).text).toBe('{"peers":[]}');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(at('new/folder'))).toEqual(['book.json']);
    expect(logged.lines).toEqual([]);
  });

  it('writes the first and the latest of many texts, and nothing in between', async () => {
    const path = at('book.json');
    const book = openAddressBook(path, () => undefined);
    const seen = new Set<string>();
    const watcher = watch(at(''), (_event, name) => {
      if (name === 'book.json') seen.add(readFileSync(path, 'utf8'));
    });
    for (let n = 0; n < 100; n += 1) book.save(() => `text ${n}`);
    await book.flush();
    watcher.close();
    expect(readFileSync(path, 'utf8')).toBe('text 99');
    expect([...seen].filter((text) => !['text 0', 'text 99'].includes(text))).toEqual([]);
  });

  it('clears away the draft that a crash has left', async () => {
    writeFileSync(at('book.json.tmp'), 'half a te', { mode: 0o666 });
    const book = openAddressBook(at('book.json'), () => undefined);
    book.save(() => 'text');
    await book.flush();
    expect(readdirSync(at(''))).toEqual(['book.json']);
    expect(statSync(at('book.json')).mode & 0o777).toBe(0o600);
  });

  it('writes again after a flush', async () => {
    const book = openAddressBook(at('book.json'), () => undefined);
    book.save(() => 'one');
    await book.flush();
    book.save(() => 'two');
    await book.flush();
    await book.flush();
    expect(readFileSync(at('book.json'), 'utf8')).toBe('two');
  });

  it('warns of a file that cannot be written, leaves nothing behind and goes on', async () => {
    const logged = new LogRecorder();
    mkdirSync(at('book.json'));
    const book = openAddressBook(at('book.json'), logged.log);
    book.save(() => 'one');
    await book.flush();
    expect(logged.lines).toEqual([['warn', 'address book not saved']]);
    expect(readdirSync(at(''))).toEqual(['book.json']);
  });

  it('says nothing of a file that is not there, and warns of one that cannot be read', () => {
    const logged = new LogRecorder();
    expect(readAddressBook(at('none.json'), logged.log)).toEqual({ text: undefined, isOurs: true });
    expect(logged.lines).toEqual([]);
    mkdirSync(at('folder'));
    expect(readAddressBook(at('folder'), logged.log)).toEqual({ text: undefined, isOurs: false });
    expect(logged.lines).toEqual([['warn', 'address book not read']]);
  });

  it('neither reads nor replaces a device, a pipe or what is too large to be one', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    writeFileSync(at('large.json'), Buffer.alloc(5 * 1_048_576));
    for (const path of [at('pipe'), at('large.json'), '/dev/null']) {
      const logged = new LogRecorder();
      expect(readAddressBook(path, logged.log)).toEqual({ text: undefined, isOurs: false });
      expect(logged.lines).toEqual([['warn', 'address book not read']]);
    }
    const logged = new LogRecorder();
    const book = openAddressBook(at('pipe'), logged.log);
    book.save(() => 'text');
    await book.flush();
    expect(logged.lines).toEqual([['warn', 'address book not saved']]);
    expect(statSync(at('pipe')).isFIFO()).toBe(true);
  });

  it('writes the file behind a link, and leaves the link', async () => {
    writeFileSync(at('real.json'), 'old');
    symlinkSync(at('real.json'), at('link.json'));
    const book = openAddressBook(at('link.json'), () => undefined);
    book.save(() => 'new');
    await book.flush();
    expect(readFileSync(at('real.json'), 'utf8')).toBe('new');
    expect(lstatSync(at('link.json')).isSymbolicLink()).toBe(true);
  });

  it('sets damaged files aside under names of their own', () => {
    for (const text of ['first', 'second']) {
      writeFileSync(at('book.json'), text);
      setAsideDamaged(at('book.json'));
    }
    expect(readFileSync(at('book.json.damaged-1'), 'utf8')).toBe('first');
    expect(readFileSync(at('book.json.damaged-2'), 'utf8')).toBe('second');
  });
});
