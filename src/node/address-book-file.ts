import { existsSync, readFileSync, renameSync } from 'node:fs';
import type { AddressBookPort, LogPort } from '../runtime/ports.js';
import { writeAtomically } from './atomic-write.js';
import { describeFailure, failureCode } from './failure.js';

/** The address book on disk. */
export type AddressBookFile = AddressBookPort & {
  /** Resolves when the text saved last has been written, or has failed to be. Never rejects. */
  flush(): Promise<void>;
};

/**
 * Keeps the address book's text in one file: atomic writes, mode 0600. At most one write is under
 * way; of what is saved meanwhile only the latest is written. A failure is logged as a warning.
 */
export const openAddressBook = (path: string, log: LogPort): AddressBookFile => {
  let waiting: (() => string) | undefined;
  let writing: Promise<void> | undefined;

  const writeAll = async (): Promise<void> => {
    while (waiting !== undefined) {
      const text = waiting;
      waiting = undefined;
      try {
        await writeAtomically(path, text());
      } catch (error) {
        log('warn', 'address book not saved', { path, reason: describeFailure(error) });
      }
    }
    writing = undefined;
  };

  return {
    save: (text) => {
      waiting = text;
      writing ??= writeAll();
    },
    flush: async () => {
      await writing;
    },
  };
};

/** The text saved last; undefined, with a warning unless the file is merely absent. */
export const readAddressBook = (path: string, log: LogPort): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (failureCode(error) !== 'ENOENT') {
      log('warn', 'address book not read', { path, reason: describeFailure(error) });
    }
    return undefined;
  }
};

/**
 * Moves a file that cannot be understood to `<path>.damaged-<n>`, with the first n from 1 that is
 * free, so that somebody can look at it. Returns the new path.
 *
 * @throws NodeJS.ErrnoException when the file cannot be renamed.
 */
export const setAsideDamaged = (path: string): string => {
  let n = 1;
  while (existsSync(`${path}.damaged-${n}`)) n += 1;
  const aside = `${path}.damaged-${n}`;
  renameSync(path, aside);
  return aside;
};
