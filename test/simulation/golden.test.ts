/**
 * Chosen conversations as prose: what daemons say to each other, held word by word. A change of the
 * protocol changes a text here, which is reviewed; `npm run golden` writes the texts and their
 * pages in docs/conversations/ anew.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Transcript } from '../../src/runtime/trace.js';
import { sequenceIndex, sequencePage } from '../../src/tools/sequence-page.js';
import { sequenceSvg } from '../../src/tools/sequence-svg.js';
import { perform } from './conversation.js';
import { conversations } from './conversations.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TEXTS = 'test/simulation/golden';
const PAGES = 'docs/conversations';
const REWRITES = process.env['UPDATE_GOLDEN'] === '1';

/** Compares a file with what it is to hold; or makes it so. */
const holds = (path: string, content: string): void => {
  const file = join(ROOT, path);
  if (REWRITES) writeFileSync(file, content);
  expect(readFileSync(file, 'utf8')).toBe(content);
};

beforeAll(() => {
  for (const folder of [TEXTS, PAGES]) mkdirSync(join(ROOT, folder), { recursive: true });
});

describe.each(conversations)('conversation › $title', (conversation) => {
  const { name, title } = conversation;
  let transcript: Transcript;

  beforeAll(() => {
    transcript = perform(conversation);
  });

  it('goes as its transcript says', () => {
    holds(`${TEXTS}/${name}.txt`, transcript.text());
  });

  it('is drawn as it goes', () => {
    holds(`${PAGES}/${name}.svg`, sequenceSvg(title, transcript.lines()));
    holds(`${PAGES}/${name}.md`, sequencePage(conversation, transcript.lines(), transcript.text()));
  });
});

describe('the conversations', () => {
  const filesIn = (folder: string, ending: string): string[] =>
    readdirSync(join(ROOT, folder))
      .filter((file) => file.endsWith(ending))
      .sort();

  it('are all listed, and no file is left of one that is gone', () => {
    holds(`${PAGES}/README.md`, sequenceIndex(conversations));
    const names = conversations.map(({ name }) => name).sort();
    expect(filesIn(TEXTS, '.txt')).toEqual(names.map((name) => `${name}.txt`));
    expect(filesIn(PAGES, '.svg')).toEqual(names.map((name) => `${name}.svg`));
    expect(filesIn(PAGES, '.md')).toEqual(['README.md', ...names.map((name) => `${name}.md`)]);
  });
});
