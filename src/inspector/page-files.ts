/** The built page: a few files of one folder, and nothing else of the disk. */
import { readFile } from 'node:fs/promises';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

export type PageFile = { readonly type: string; readonly content: Buffer };

/** Where `npm run build` puts the page, beside this module. */
export const BUILT_PAGE = new URL('./page/', import.meta.url);

/** A file of the page by its bare name; undefined when there is none, or it is of another kind. */
export const pageFile = async (folder: URL, name: string): Promise<PageFile | undefined> => {
  const [, extension = ''] = /^[a-z][\w-]*\.([a-z]+)$/i.exec(name) ?? [];
  const type = TYPES[extension];
  if (type === undefined) return undefined;
  try {
    return { type, content: await readFile(new URL(name, folder)) };
  } catch {
    return undefined;
  }
};
