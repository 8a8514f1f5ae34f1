/** What a scenario file may say. Everything that is not said here is a mistake. */
import type { Config } from '../../config/config.js';
import { parseConfig } from '../../config/parse.js';
import { findSetting, schema as settings } from '../../config/schema.js';
import { FAULTS } from '../faults/catalogue.js';
import { MEASURES } from '../measures/catalogue.js';
import { ITEM_BYTES_MIN } from '../run/metered-module.js';
import { ATTACKERS } from '../attackers/catalogue.js';
import {
  choice,
  list,
  milliseconds,
  number,
  object,
  refuseOthers,
  share,
  text,
  whole,
  word,
  type Check,
  type Choice,
  type Field,
  type Fields,
  type JsonMistake,
} from './checks.js';

/** Most nodes of a run: what fits into the memory of a large machine. */
export const NODES_MAX = 50_000;
/** Most items that one group announces. */
const ITEMS_MAX = 100_000;
const SEEDS_MAX = 1_000;
const ENTRIES_MAX = 32;
/** Bytes of data of the largest item (module API page). */
const DATA_BYTES_MAX = 65_527;

const field = <Value>(check: Check<Value>, doc: string, fallback?: Value): Field<Value> => ({
  check,
  doc,
  ...(fallback !== undefined && { fallback }),
});

/** What need not be given. */
const maybe = <Value>(check: Check<Value>): Check<Value | undefined> => ({
  allowed: `${check.allowed}, or nothing`,
  read: (value, path, mistakes) =>
    value === undefined ? undefined : check.read(value, path, mistakes),
});

const networkFields = {
  latency: field(
    word<'regions' | 'even'>(['regions', 'even']),
    'regions: the eight of src/sim/regions.ts; even: the same between all hosts',
    'regions',
  ),
  evenMs: field(milliseconds(10_000), 'one way, with latency "even"', 10),
  jitterShare: field(number(0, 2), 'mean jitter as a share of the latency', 0),
  lossShare: field(share, 'share of the segments that are lost', 0),
  resetShare: field(share, 'share of the losses that break the connection', 0),
  uplinkBytesPerMs: field(number(0, 1e9), 'what leaves a host at most; 0: no limit', 0),
} satisfies Fields;

const typeFields = {
  dataType: field(whole(0, 65_535), 'the type'),
  share: field(share, 'share of the nodes whose module wants it', 1),
} satisfies Fields;

const itemFields = {
  name: field(text(40), 'for the measures'),
  dataType: field(whole(0, 65_535), 'of the types above', 1),
  count: field(whole(1, ITEMS_MAX, 'items'), 'how many'),
  fromMs: field(milliseconds(), 'when the first is announced', 0),
  everyMs: field(milliseconds(), 'from one to the next', 1_000),
  bytes: field(whole(ITEM_BYTES_MIN, DATA_BYTES_MAX, 'bytes'), 'of data', 1_024),
  ttl: field(whole(0, 255, 'hops'), '0: no limit', 0),
} satisfies Fields;

const sizeFields = {
  quick: field(whole(2, NODES_MAX, 'nodes'), 'in the quick simulation', 100),
  full: field(list(whole(2, NODES_MAX, 'nodes'), 1, 4), 'in the full one', [1_000]),
} satisfies Fields;

const seedFields = {
  quick: field(whole(1, SEEDS_MAX, 'seeds'), 'in the quick simulation', 2),
  full: field(whole(1, SEEDS_MAX, 'seeds'), 'in the full one', 5),
} satisfies Fields;

const bound = {
  atLeast: field(maybe(number(-1e9, 1e9)), 'the mean must not be less'),
  atMost: field(maybe(number(-1e9, 1e9)), 'the mean must not be more'),
} as const;

const target = object({
  nodes: field(whole(2, NODES_MAX, 'nodes'), 'the size that it is about'),
  ...bound,
});

/** What every measure may say beside its own parameters. */
const measureFields = {
  label: field(maybe(text(80)), 'what the table calls it, if not by its name'),
  anchor: field(maybe(text(120)), 'the best figure published, for the page of results'),
  quick: field(maybe(object(bound)), 'what must hold in the quick simulation'),
  targets: field(list(target, 0, 4), 'what is to be reached, by size', []),
} satisfies Fields;

/** Keys of the daemon's own configuration file, with values as they would stand there. */
const config: Check<Config> = {
  allowed: 'keys of [gossip] in a configuration file, with their values',
  read: (value, path, mistakes) => {
    const given: Readonly<Record<string, unknown>> =
      typeof value === 'object' && value !== null ? { ...value } : {};
    const keys = settings.filter(({ section }) => section === 'gossip').map(({ key }) => key);
    const before = mistakes.length;
    refuseOthers(given, keys, path, mistakes);
    const lines = Object.entries(given).map(([key, entry]) => `${key} = ${String(entry)}`);
    const parsed = parseConfig(`[gossip]\n${lines.join('\n')}\n`);
    if (parsed.ok) return mistakes.length > before ? undefined : parsed.config;
    for (const { key, found, allowed } of parsed.mistakes) {
      if (findSetting('gossip', key) === undefined) continue;
      mistakes.push({ path: `${path}.${key}`, found, allowed });
    }
    return undefined;
  },
};

const defaults = parseConfig('');
if (!defaults.ok) throw new Error('the defaults are no configuration');

/** The fields of a scenario, with what they mean: the documentation is made of them. */
export const scenarioFields = {
  title: field(text(100), 'one line'),
  about: field(text(1_000), 'what it shows'),
  nodes: field(object(sizeFields), 'how many', { quick: 100, full: [1_000] }),
  seeds: field(object(seedFields), 'how many runs', { quick: 2, full: 5 }),
  network: field(object(networkFields), 'what lies between the nodes', {
    latency: 'regions',
    evenMs: 10,
    jitterShare: 0,
    lossShare: 0,
    resetShare: 0,
    uplinkBytesPerMs: 0,
  }),
  config: field(config, 'keys of [gossip] of every daemon', defaults.config),
  bootstrappers: field(whole(1, 100, 'nodes'), 'through which the others join', 1),
  joinEveryMs: field(milliseconds(60_000), 'nodes start one after the other, so far apart', 10),
  settleMs: field(milliseconds(), 'from the last start to the beginning', 20_000),
  types: field(list(object(typeFields), 1, ENTRIES_MAX), 'who wants what', [
    { dataType: 1, share: 1 },
  ]),
  validationMs: field(milliseconds(60_000), 'from notification to verdict', 2),
  items: field(
    list(object(itemFields), 1, ENTRIES_MAX),
    'what is announced, by random nodes that want it',
  ),
  faults: field(
    list(timed(FAULTS, 'a fault'), 0, ENTRIES_MAX),
    'what goes wrong, see the catalogue of faults',
    [],
  ),
  attackers: field(
    list(choice(ATTACKERS, 'an attacker', {}), 0, ENTRIES_MAX),
    'who means harm, see the table of attackers',
    [],
  ),
  drainMs: field(milliseconds(), 'from the last of all that to the end', 10_000),
  catchUpMs: field(milliseconds(), 'what nodes have that come back', 3_000),
  measures: field(
    list(choice(MEASURES, 'a measure', measureFields), 1, ENTRIES_MAX),
    'what is shown, see the table of measures',
  ),
} satisfies Fields;

/** What stands in the fields that are objects, or lists of objects. */
export const partFields = {
  nodes: sizeFields,
  seeds: seedFields,
  network: networkFields,
  types: typeFields,
  items: itemFields,
} satisfies Readonly<Record<string, Fields>>;

const scenario = object(scenarioFields);

/** An entry of a catalogue that happens at a time. */
function timed(
  catalogue: Parameters<typeof choice>[0],
  what: string,
): Check<Choice & { readonly atMs: number }> {
  const { allowed, read } = choice(catalogue, what, { atMs: field(milliseconds(), 'when') });
  return {
    allowed,
    read: (value, path, mistakes) => {
      const chosen = read(value, path, mistakes);
      if (chosen === undefined) return undefined;
      const { atMs, ...params } = chosen.params;
      return { name: chosen.name, params, atMs };
    },
  };
}

type ReadScenario = NonNullable<ReturnType<typeof scenario.read>>;
export type Scenario = ReadScenario;
export type ItemGroup = Scenario['items'][number];
export type MeasureEntry = Scenario['measures'][number];
export type Bound = { readonly atLeast: number | undefined; readonly atMost: number | undefined };

export type ParsedScenario =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly mistakes: readonly JsonMistake[] };

/** Longest file, in characters; the longest sensible one has a tenth. Our guess. */
export const SCENARIO_CHARS_MAX = 65_536;

/**
 * Reads a scenario file. A total function: whatever the text, there is either a scenario within all
 * bounds or at least one mistake, and all mistakes are found at once.
 */
export const parseScenario = (json: string): ParsedScenario => {
  const mistakes: JsonMistake[] = [];
  if (json.length > SCENARIO_CHARS_MAX) {
    const allowed = `a file of at most ${SCENARIO_CHARS_MAX} characters`;
    return { ok: false, mistakes: [{ path: '', found: `${json.length} characters`, allowed }] };
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { ok: false, mistakes: [{ path: '', found, allowed: 'JSON' }] };
  }
  const read = scenario.read(value, '', mistakes);
  if (read === undefined) return { ok: false, mistakes };
  checkReferences(read, mistakes);
  return mistakes.length > 0 ? { ok: false, mistakes } : { ok: true, scenario: read };
};

/** What one part says of another must be true of it. */
const checkReferences = (read: Scenario, mistakes: JsonMistake[]): void => {
  const known = read.types.map(({ dataType }) => dataType);
  for (const [at, dataType] of known.entries()) {
    if (known.indexOf(dataType) === at) continue;
    const allowed = 'each type once';
    mistakes.push({ path: `types[${at}].dataType`, found: String(dataType), allowed });
  }
  const names = read.items.map(({ name }) => name);
  for (const [at, { dataType, name }] of read.items.entries()) {
    if (!known.includes(dataType)) {
      const allowed = `a type that stands in types: ${known.join(', ')}`;
      mistakes.push({ path: `items[${at}].dataType`, found: String(dataType), allowed });
    }
    if (names.indexOf(name) !== at || name === 'all') {
      const allowed = 'a name of its own, and not "all"';
      mistakes.push({ path: `items[${at}].name`, found: `"${name}"`, allowed });
    }
  }
  for (const [at, { params }] of read.measures.entries()) {
    const { quick, targets } = params;
    if (quick !== undefined) checkBound(quick, `measures[${at}].quick`, mistakes);
    for (const [nth, one] of targets.entries()) {
      checkBound(one, `measures[${at}].targets[${nth}]`, mistakes);
    }
    const group = params['items'];
    if (typeof group !== 'string' || group === 'all' || names.includes(group)) continue;
    const allowed = `"all" or one of ${names.join(', ')}`;
    mistakes.push({ path: `measures[${at}].items`, found: `"${group}"`, allowed });
  }
};

/** A bound bounds something, and leaves something. */
const checkBound = ({ atLeast, atMost }: Bound, path: string, mistakes: JsonMistake[]): void => {
  if (atLeast === undefined && atMost === undefined) {
    mistakes.push({ path, found: 'neither', allowed: 'atLeast, atMost or both' });
  } else if (atLeast !== undefined && atMost !== undefined && atLeast > atMost) {
    const found = `at least ${atLeast}, at most ${atMost}`;
    mistakes.push({ path, found, allowed: 'atLeast not above atMost' });
  }
};
