import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { FileKindError, readBoundedFile } from '../../../src/node/bounded-file.js';
import { useTemporaryFolder } from './temporary-folder.js';

describe('readBoundedFile', () => {
  const at = useTemporaryFolder();

  it.each([0, 1, 65_536, 200_000])('reads a file of %i bytes, and its mode', (bytes) => {
    const content = Buffer.alloc(bytes, 'é');
    writeFileSync(at('file'), content, { mode: 0o640 });
    const read = readBoundedFile(at('file'), 200_000);
    expect(read.content.equals(content)).toBe(true);
    expect(read.mode & 0o777).toBe(0o640);
  });

  it('reads no file that is larger', () => {
    writeFileSync(at('file'), Buffer.alloc(101));
    expect(() => readBoundedFile(at('file'), 100)).toThrow('it has more than 100 bytes');
  });

  it('reads files whose size the system does not tell, up to the bound', () => {
    const path = '/proc/self/status';
    if (process.platform !== 'linux') return;
    expect(readBoundedFile(path, 100_000).content.toString()).toMatch(/^Name:/);
    expect(readFileSync(path).length).toBeGreaterThan(10);
    expect(() => readBoundedFile(path, 10)).toThrow(FileKindError);
  });

  it('neither reads for ever nor waits for ever', () => {
    mkdirSync(at('folder'));
    expect(spawnSync('mkfifo', [at('pipe')]).status).toBe(0);
    expect(() => readBoundedFile('/dev/zero', 100)).toThrow('it is a device or pipe, not a file');
    expect(() => readBoundedFile(at('pipe'), 100)).toThrow('it is a device or pipe, not a file');
    expect(() => readBoundedFile(at('folder'), 100)).toThrow('it is a folder');
  });

  it('says what the system says of a file that is not there', () => {
    expect(() => readBoundedFile(at('nothing'), 100)).toThrow(/ENOENT/);
  });
});
