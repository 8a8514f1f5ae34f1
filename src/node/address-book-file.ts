import { existsSync, renameSync } from 'node:fs';
import type { AddressBookPort, LogPort } from '../runtime/ports.js';
import { writeAtomically } from './atomic-write.js';
import { readBoundedFile } from './bounded-file.js';
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

/** Four bytes for each character that `parseAddressBook` takes. */
const BOOK_BYTES_MAX = 4 * 1_048_576;

/** An address book that was looked for. */
export type FoundBook = {
  /** As it was saved last; undefined: there is none, or none that can be read. */
  readonly text: string | undefined;
  /** False: there is something that is not ours to replace. */
  readonly isOurs: boolean;
};

/** Reads the book of an earlier run; a warning says why what is there cannot be read. */
export const readAddressBook = (path: string, log: LogPort): FoundBook => {
  try {
    const { content } = readBoundedFile(path, BOOK_BYTES_MAX);
    return { text: content.toString('utf8'), isOurs: true };
  } catch (error) {
    if (failureCode(error) === 'ENOENT') return { text: undefined, isOurs: true };
    log('warn', 'address book not read', { path, reason: describeFailure(error) });
    return { text: undefined, isOurs: false };
  }
};

/** For a file that is not ours: keeps nothing. */
export const noAddressBook: AddressBookFile = {
  save: () => undefined,
  flush: () => Promise.resolve(),
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
