/** Where a machine's delays come from: the configuration, or a constant of the runtime. */
import { settings } from '../config/schema.js';
import type { AnySetting } from '../config/setting.js';
import type { ChartDelay } from '../diagram/chart.js';

/** Inputs that have another name than their setting, because the machine sees another side. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  // The caller's time for its proof is the listener's time for an answer.
  answerTimeoutMs: 'proofTimeoutMs',
};

/** What one input of a delay is set by. */
export type DelaySource = {
  /** The context's property: "pingTimeoutMs". */
  readonly input: string;
  /** `[section] key` of the configuration; undefined for a constant. */
  readonly setting: string | undefined;
  /** The name that such a constant has: `GREETING_TIMEOUT_MS`. */
  readonly constant: string;
};

const properties: ReadonlyMap<string, AnySetting> = new Map(
  Object.values(settings).flatMap((group) => Object.entries<AnySetting>(group)),
);

const constantName = (input: string): string =>
  input.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** The times that a delay is computed from; jitter and counters are not among them. */
export const delaySources = ({ reads }: ChartDelay): DelaySource[] =>
  reads
    .map((path) => path.slice(path.lastIndexOf('.') + 1))
    .filter((input) => input.endsWith('Ms'))
    .map((input) => {
      const setting = properties.get(OTHER_NAMES[input] ?? input);
      return {
        input,
        setting: setting && `[${setting.section}] ${setting.key}`,
        constant: constantName(input),
      };
    });
