/** Numbers of a scenario that the quick simulation and the full one have different. */

import { SCENARIO_CHARS_MAX } from './schema.js';

export type ScenarioSize = 'quick' | 'full';

/** Fields that have both by themselves: how many nodes, and how many runs. */
const WHOLE_FIELDS = new Set(['nodes', 'seeds']);

/**
 * The text of a scenario file as one size has it: any number in it may be given as
 * `{ "quick": 10, "full": 250 }`. What is too long, or not JSON, or no such pair, is left for the
 * parser.
 */
export const textAtSize = (json: string, size: ScenarioSize): string => {
  if (json.length > SCENARIO_CHARS_MAX) return json;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return json;
  }
  if (!isObject(value)) return json;
  return JSON.stringify(
    mapped(value, (part, key) => (WHOLE_FIELDS.has(key) ? part : atSize(part, size))),
  );
};

const atSize = (value: unknown, size: ScenarioSize): unknown => {
  if (Array.isArray(value)) return value.map((member) => atSize(member, size));
  if (!isObject(value)) return value;
  return isPair(value) ? value[size] : mapped(value, (part) => atSize(part, size));
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPair = (value: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(value).length === 2 &&
  typeof value['quick'] === 'number' &&
  typeof value['full'] === 'number';

const mapped = (
  value: Readonly<Record<string, unknown>>,
  change: (part: unknown, key: string) => unknown,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(value).map(([key, part]) => [key, change(part, key)]));
