import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for each test of the enclosing `describe`, removed after it. Returns paths in it. */
export const useTemporaryFolder = (): ((name: string) => string) => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hearsay-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  return (name) => join(folder, name);
};
