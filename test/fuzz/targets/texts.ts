/** Files that somebody may have damaged or made up: configuration, address book, traces. */
import { defaultIni } from '../../../src/config/default-ini.js';
import { formatMistakes, parseConfig } from '../../../src/config/parse.js';
import { AddressBook } from '../../../src/core/address-book.js';
import { bookText, parseAddressBook } from '../../../src/core/address-book-text.js';
import type { BookEntry } from '../../../src/core/book-entry.js';
import { pick, type Random } from '../../../src/core/prng.js';
import { loadTrace, readBatch } from '../../../src/inspector/page/trace-file.js';
import { emptyModel, reduce } from '../../../src/inspector/page/model.js';
import { formatTrace, parseBatch, parseTrace } from '../../../src/inspector/trace-text.js';
import { Samples } from '../../unit/wire/samples.js';
import { mutatedText } from '../mutate.js';
import { must, type Target } from '../target.js';
import { recordedTrace } from './recorded-trace.js';

const TEXTS_A_ROUND = 8;
const SHOWN_LINE_MAX = 2_000;
const NOW_MS = 1_700_000_000_000;

const texts = (
  name: string,
  what: string,
  open: (random: Random) => {
    readonly valid: readonly string[];
    readonly check: (text: string, random: Random) => void;
  },
): Target => ({
  name,
  what,
  open: (begin) => {
    const { valid, check } = open(begin);
    for (const text of valid) check(text, begin);
    return {
      round: (random) => {
        for (let n = 0; n < TEXTS_A_ROUND; n += 1) {
          const [text = '', other = ''] = [pick(valid, random), pick(valid, random)];
          check(mutatedText(text, other, random), random);
        }
        return TEXTS_A_ROUND;
      },
      close: () => {},
    };
  },
});

/** Lines of the default configuration, few at a time, with the comments taken off. */
const someIni = (random: Random): string => {
  const lines = defaultIni()
    .split('\n')
    .map((line) => line.replace(/^; ?(?=\w+ *=)/, ''))
    .filter((line) => line.startsWith('[') || (/=/.test(line) && random.below(3) === 0));
  return lines.join('\n');
};

const config = texts('config', 'the parser of the configuration', (random) => ({
  valid: [defaultIni(), ...Array.from({ length: 6 }, () => someIni(random))],
  check: (text) => {
    const parsed = parseConfig(text);
    if (parsed.ok) return;
    must(parsed.mistakes.length > 0, 'a configuration is refused for a reason');
    for (const line of formatMistakes('a.ini', parsed.mistakes).split('\n')) {
      must(line.length < SHOWN_LINE_MAX, 'a mistake is told in few words');
      must(!/[\p{Cc}\p{Zl}]/u.test(line), 'no control character reaches the terminal');
    }
  },
}));

const entryOf = (samples: Samples): BookEntry => ({
  address: samples.address(),
  identity: samples.bytes(32).toString('hex'),
  table: samples.pick(['new', 'tried'] as const),
  source: samples.below(2) === 0 ? undefined : samples.pick(['callers', '20.0.0.0/24']),
  heardMs: samples.below(2 ** 32),
  verifiedMs: samples.below(2 ** 32),
  testedMs: undefined,
  failures: samples.below(9),
  retryAtMs: samples.below(2 ** 32),
  rttMs: samples.below(2) === 0 ? undefined : samples.below(500),
  anchor: samples.below(2) === 0,
});

const addressBook = texts(
  'address-book',
  'the parser of the address book, and the book',
  (random) => {
    const books = Array.from({ length: 6 }, () => {
      const samples = new Samples(random.below(2 ** 32));
      return bookText(samples.list(6, () => entryOf(samples)));
    });
    return {
      valid: [...books, '{"version":1,"entries":[]}'],
      check: (text, chance) => {
        const parsed = parseAddressBook(text);
        if (!parsed.ok) return must(parsed.error !== '', 'a book is refused for a reason');
        const options = { identity: '00'.repeat(32), ownAddresses: [], lab: false, random: chance };
        const book = new AddressBook({ capacity: 8, ...options });
        book.restore(parsed.entries, NOW_MS);
        must(book.size <= 8, 'a book holds no more than it may');
        const again = parseAddressBook(book.toText(NOW_MS));
        must(again.ok && again.problems.length === 0, 'what is written can be read');
      },
    };
  },
);

const traces = texts(
  'traces',
  'saved traces and live batches, up to what the page makes of them',
  () => {
    const records = recordedTrace();
    const slices = Array.from({ length: 8 }, (_, at) =>
      formatTrace(records.slice(at * 6, at * 6 + 12)),
    );
    return {
      valid: [...slices, JSON.stringify(records.slice(0, 20))],
      check: (text) => {
        parseTrace(text);
        parseBatch(text);
        const model = emptyModel();
        for (const record of [...loadTrace(text).records, ...readBatch(text).records]) {
          reduce(model, record);
        }
      },
    };
  },
);

export const textTargets: readonly Target[] = [config, addressBook, traces];
