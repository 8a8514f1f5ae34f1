/** The project's own TypeScript files, and what each imports. */
import { readFileSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';

const ROOT = new URL('../../', import.meta.url);

export type Source = {
  /** From the project's folder: "src/wire/bytes.ts". */
  readonly path: string;
  readonly text: string;
};

/** Every `.ts` file below these folders, sorted. */
export const sourcesOf = (...folders: readonly string[]): Source[] =>
  folders.flatMap((folder) =>
    readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
      .sort()
      .map((path) => ({ path, text: readFileSync(new URL(path, ROOT), 'utf8') })),
  );

/** What a file imports, types included: files by their path, packages by their name. */
export const importsOf = ({ path, text }: Source): string[] =>
  ts
    .preProcessFile(text)
    .importedFiles.map(({ fileName }) =>
      fileName.startsWith('.')
        ? posix.join(posix.dirname(path), fileName).replace(/\.js$/, '.ts')
        : fileName,
    );
