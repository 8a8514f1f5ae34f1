import { readFileSync } from 'node:fs';

const versionIn = (manifest: URL): string | undefined => {
  try {
    const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
    const isOurs =
      typeof parsed === 'object' && parsed !== null && 'name' in parsed && 'version' in parsed;
    return isOurs && parsed.name === 'hearsay' ? String(parsed.version) : undefined;
  } catch {
    // No manifest here: the next folder up may have it.
    return undefined;
  }
};

/** The version in our package.json, which lies above both `src/cli` and `dist/src/cli`. */
export const version = (): string =>
  ['../../package.json', '../../../package.json']
    .map((path) => versionIn(new URL(path, import.meta.url)))
    .find((found) => found !== undefined) ?? 'unknown';
