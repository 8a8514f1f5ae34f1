/** Reading a whole file that somebody named, who may have named anything. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 65_536;

/** What was named is no file, or too large a one. The message is one clause about it. */
export class FileKindError extends Error {
  override readonly name = 'FileKindError';
}

/**
 * Reads a file of at most so many bytes. A device or pipe would never end, or never begin.
 *
 * @throws FileKindError when it is no regular file, or larger.
 * @throws NodeJS.ErrnoException when the system cannot read it.
 */
export const readBoundedFile = (
  path: string,
  bytesMax: number,
): { readonly content: Buffer; readonly mode: number; readonly owner: number } => {
  // Without waiting: to open a pipe takes somebody at its other end.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (stats.isDirectory()) throw new FileKindError('it is a folder');
    if (!stats.isFile()) throw new FileKindError('it is a device or pipe, not a file');
    const tooLarge = `it has more than ${bytesMax} bytes`;
    if (stats.size > bytesMax) throw new FileKindError(tooLarge);
    // The size is what it was, or, of some files of the system, nothing at all.
    const chunks: Buffer[] = [];
    for (let bytes = 0; ;) {
      const chunk = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, stats.size - bytes));
      const read = readSync(file, chunk);
      if (read === 0) return { content: Buffer.concat(chunks), mode: stats.mode, owner: stats.uid };
      bytes += read;
      if (bytes > bytesMax) throw new FileKindError(tooLarge);
      chunks.push(chunk.subarray(0, read));
    }
  } finally {
    closeSync(file);
  }
};
