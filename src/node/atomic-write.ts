import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FileKindError } from './bounded-file.js';

/** Readable and writable by the owner alone. */
export const PRIVATE_MODE = 0o600;

// Beside the target, because a rename is atomic only within one file system; always the same name,
// so that crashes leave one draft behind at most, and the next write clears it away.
const draftOf = (path: string): string => `${path}.tmp`;

/**
 * The file that a path names, behind any links.
 *
 * @throws FileKindError when there is something that is no file: it is not to be replaced by one.
 */
const targetOf = (path: string): string => {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() === false) throw new FileKindError('it is a folder, device or pipe');
  return stats === undefined ? path : realpathSync(path);
};

/**
 * Replaces a file so that a reader, or a crash half way, sees the old content or the new, never a
 * part. The file belongs to its owner alone (mode 0600); missing parent folders are made.
 *
 * @throws FileKindError when a folder, device or pipe is there.
 * @throws NodeJS.ErrnoException when the file cannot be written; nothing is left behind then.
 */
export const writeAtomically = async (named: string, text: string): Promise<void> => {
  const path = targetOf(named);
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
export const writeAtomicallySync = (named: string, text: string): void => {
  const path = targetOf(named);
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
