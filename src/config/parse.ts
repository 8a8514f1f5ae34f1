import { formatAddress, type DialAddress } from '../common/address.js';
import type { Config } from './config.js';
import { readIniLines, type IniLine } from './ini-lines.js';
import { show, type Mistake, type Where } from './mistake.js';
import { nearest } from './nearest.js';
import { findSetting, readConfig, reader, schema } from './schema.js';
import { nameOf, type AnySetting, type Read } from './setting.js';

export { formatMistakes, type Mistake } from './mistake.js';

/** A usable configuration, or everything that is wrong with it. Warnings are lines for people. */
export type ParsedConfig =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly string[] }
  | {
      readonly ok: false;
      readonly mistakes: readonly Mistake[];
      readonly warnings: readonly string[];
    };

/** What one text says: a value, undefined where an optional key is left empty, or a mistake. */
export type ParsedSetting =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly mistake: Mistake };

/** Values from the command line, as they were typed; each beats the file. */
export type Overrides = {
  /** `-v SECONDS`: [gossip] validation_timeout. */
  readonly validationSeconds?: string | undefined;
  /** `-s SECONDS`: [gossip] suppress_time. */
  readonly suppressSeconds?: string | undefined;
  /** `-l LOGFILE`: [log] file. */
  readonly logFile?: string | undefined;
  /** `--log-level LEVEL`: [log] level. */
  readonly logLevel?: string | undefined;
};

/** Longest file, in characters; the longest sensible one has a tenth. Source: our guess. */
export const CONFIG_CHARS_MAX = 65_536;

type Given = { readonly value: unknown; readonly text: string; readonly where: Where };

/** What parsing gathers on its way. `mistaken` keeps one mistake from bringing about others. */
type Findings = {
  readonly given: Map<AnySetting, Given>;
  readonly mistaken: Set<AnySetting>;
  readonly mistakes: Mistake[];
  readonly warnings: string[];
};

/**
 * Reads a configuration file, and the command line over it. A total function: whatever the text,
 * there is either a configuration within all bounds or at least one mistake. All mistakes are
 * found at once. What the schema does not know is warned about, since the modules of one host
 * share a file; what stands twice is a mistake.
 */
export const parseConfig = (text: string, overrides: Overrides = {}): ParsedConfig => {
  const findings: Findings = { given: new Map(), mistaken: new Set(), mistakes: [], warnings: [] };
  const { mistakes, warnings } = findings;
  if (text.length > CONFIG_CHARS_MAX) {
    const allowed = `a file of at most ${CONFIG_CHARS_MAX} characters`;
    const found = `${text.length} characters`;
    return { ok: false, mistakes: [{ section: '', key: '', found, allowed }], warnings };
  }
  for (const line of readIniLines(text)) takeLine(findings, line);
  applyOverrides(findings, overrides);
  checkRules(findings);
  checkAlike(findings);
  if (mistakes.length > 0) return { ok: false, mistakes, warnings };
  return { ok: true, config: readConfig(readerOf(findings)), warnings };
};

/** Reads the text of one key, as it would stand in a file. Rules between keys are not applied. */
export const parseSetting = (section: string, key: string, text: string): ParsedSetting => {
  const setting = findSetting(section, key);
  if (setting !== undefined) return readText(setting, text);
  const mistake = { section, key, found: text, allowed: 'a known key' };
  return { ok: false, mistake };
};

const readText = (setting: AnySetting, text: string, where?: Where): ParsedSetting => {
  if (text === '' && setting.otherwise !== undefined) return { ok: true, value: undefined };
  const { section, key, kind } = setting;
  const reading = kind.read(text);
  if (reading.ok) return reading;
  const found = reading.found ?? shown(setting, text);
  const mistake = { section, key, found, allowed: kind.allowed, ...(where && { where }) };
  return { ok: false, mistake };
};

/** What is reported of a value: of a token nothing, because reports are read by others too. */
const shown = ({ kind }: AnySetting, text: string): string =>
  kind.name === 'token' ? '(not shown)' : text;

const takeLine = (findings: Findings, line: IniLine): void => {
  const where = { line: line.line };
  if (line.kind === 'unreadable') {
    const { section, text: found } = line;
    findings.mistakes.push({ section, key: '', found, allowed: '[section] or key = value', where });
  } else if (!SECTIONS.includes(line.section)) {
    if (line.kind === 'section') findings.warnings.push(unknownSection(line));
  } else if (line.kind === 'setting') {
    const { section, key, text } = line;
    const setting = findSetting(section, key);
    if (setting === undefined) findings.warnings.push(unknownKey(line));
    else if (findings.given.has(setting) || findings.mistaken.has(setting)) {
      const allowed = 'each key once';
      findings.mistakes.push({
        section,
        key,
        found: `${shown(setting, text)} (given before)`,
        allowed,
        where,
      });
    } else take(findings, setting, text, where);
  }
};

const take = (findings: Findings, setting: AnySetting, text: string, where: Where): void => {
  const parsed = readText(setting, text, where);
  if (parsed.ok) findings.given.set(setting, { value: parsed.value, text, where });
  else {
    findings.mistaken.add(setting);
    findings.mistakes.push(parsed.mistake);
  }
};

const applyOverrides = (findings: Findings, overrides: Overrides): void => {
  const { validationSeconds, suppressSeconds, logFile, logLevel } = overrides;
  const apply = (option: string, section: string, key: string, text: string | undefined): void => {
    const setting = findSetting(section, key);
    if (text !== undefined && setting !== undefined) take(findings, setting, text, { option });
  };
  apply('-v', 'gossip', 'validation_timeout', validationSeconds);
  apply('-s', 'gossip', 'suppress_time', suppressSeconds);
  apply('-l', 'log', 'file', logFile);
  apply('--log-level', 'log', 'level', logLevel);
};

/** A rule that looks at a mistaken key says nothing: that key has no value to look at. */
const checkRules = (findings: Findings): void => {
  const readAny = readerOf(findings);
  for (const [setting, { value, text, where }] of findings.given) {
    const { rule, section, key } = setting;
    if (rule === undefined || value === undefined || value === null) continue;
    let looksAtMistake = false;
    const read: Read = (other) => {
      looksAtMistake ||= findings.mistaken.has(other);
      return readAny(other);
    };
    if (rule.holds(value, read) || looksAtMistake) continue;
    findings.mistakes.push({ section, key, found: text, allowed: rule.says, where });
  }
};

/** Keys whose values must differ: files that the daemon writes, addresses at which it listens. */
const ALIKE: readonly { readonly keys: readonly string[]; readonly what: string }[] = [
  { keys: ['hostkey', '[gossip] address_book', '[log] file'], what: 'file' },
  {
    keys: [
      '[gossip] p2p_address',
      '[gossip] api_address',
      '[metrics] address',
      '[inspector] address',
    ],
    what: 'address',
  },
];

/** One file for two purposes would be lost to one of them. */
const checkAlike = (findings: Findings): void => {
  const read = readerOf(findings);
  for (const { keys, what } of ALIKE) {
    const taken = new Map<string, AnySetting>();
    for (const setting of schema.filter((one) => keys.includes(nameOf(one)))) {
      const value = findings.mistaken.has(setting) ? undefined : placeOf(read(setting));
      if (value === undefined) continue;
      const other = taken.get(value);
      taken.set(value, setting);
      if (other === undefined) continue;
      const { section, key } = setting;
      const { text: found = value, where } = findings.given.get(setting) ?? {};
      const allowed = `another ${what} than that of ${nameOf(other)}`;
      findings.mistakes.push({ section, key, found, allowed, ...(where && { where }) });
    }
  }
};

/** A path or an address, so that equal ones are equal; undefined: none, or any free port. */
const placeOf = (value: unknown): string | undefined => {
  if (typeof value === 'string')
    return value.replace(/\/{2,}/g, '/').replace(/(^|\/)(\.\/)+/g, '$1');
  const { host, port } = (value ?? { port: 0 }) as Partial<DialAddress>;
  return host === undefined || port === undefined || port === 0
    ? undefined
    : formatAddress({ host, port });
};

const readerOf = ({ given }: Findings): Read =>
  reader(new Map([...given].map(([setting, { value }]) => [setting, value])));

const SECTIONS: readonly string[] = [...new Set(schema.map(({ section }) => section))];

const suggestion = (name: string | undefined): string =>
  name === undefined ? '' : `; did you mean ${name}?`;

const unknownSection = ({ line, section }: IniLine): string => {
  const meant = nearest(section, SECTIONS);
  const hint = suggestion(meant === undefined ? undefined : `[${meant}]`);
  return `line ${line}: section ${show(section)} is unknown, its keys are ignored${hint}`;
};

/** The keys of the same section come first, so that they win against equals elsewhere. */
const unknownKey = ({ line, section, key }: IniLine & { readonly kind: 'setting' }): string => {
  const here = schema.filter((setting) => setting.section === section);
  const candidates = [...here, ...schema.filter((setting) => setting.section !== section)];
  const meant = nearest(
    key,
    candidates.map((setting) => setting.key),
  );
  const setting = candidates.find((candidate) => candidate.key === meant);
  const place = section === '' ? 'above the first section' : `in [${section}]`;
  const hint = suggestion(setting === undefined ? undefined : nameOf(setting));
  return `line ${line}: key ${show(key)} ${place} is unknown and ignored${hint}`;
};
