import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Readable and writable by the owner alone. */
export const PRIVATE_MODE = 0o600;

// Beside the target, because a rename is atomic only within one file system; always the same name,
// so that crashes leave one draft behind at most, and the next write clears it away.
const draftOf = (path: string): string => `${path}.tmp`;

/**
 * Replaces a file so that a reader, or a crash half way, sees the old content or the new, never a
 * part. The file belongs to its owner alone (mode 0600); missing parent folders are made.
 *
 * @throws NodeJS.ErrnoException when the file cannot be written; nothing is left behind then.
 */
export const writeAtomically = async (path: string, text: string): Promise<void> => {
  const draft = draftOf(path);
  await mkdir(dirname(path), { recursive: true });
  // A draft that an earlier crash left could have any mode.
  await rm(draft, { force: true });
  try {
    const file = await open(draft, 'wx', PRIVATE_MODE);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
};

/** `writeAtomically` for the start of the daemon, when there is nothing else to wait for. */
export const writeAtomicallySync = (path: string, text: string): void => {
  const draft = draftOf(path);
  mkdirSync(dirname(path), { recursive: true });
  rmSync(draft, { force: true });
  try {
    const file = openSync(draft, 'wx', PRIVATE_MODE);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
};
