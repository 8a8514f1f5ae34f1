/** The charts that the daemon drew, and what of them an actor is at. */
import type { Chart, ChartState, ChartTransition } from '../../diagram/chart.js';
import type { EventRecord, Plain, TakenTransition } from '../protocol.js';

export type DrawnChart = Chart & {
  /** `<g id="state-…">` for each state, `<g id="edge-…">` for each transition. */
  readonly svg: string;
};

export type Charts = ReadonlyMap<string, DrawnChart>;

const isDictionary = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The parts that the page reads; a chart comes from our own server. */
const isDrawnChart = (value: unknown): value is DrawnChart =>
  isDictionary(value) &&
  typeof value['svg'] === 'string' &&
  typeof value['machine'] === 'string' &&
  ['states', 'transitions', 'events', 'delays'].every((part) => Array.isArray(value[part]));

/** Reads the answer to `/charts`; what is no chart is left out. */
export const readCharts = (value: unknown): Charts => {
  const charts = new Map<string, DrawnChart>();
  for (const [machine, chart] of Object.entries(isDictionary(value) ? value : {})) {
    if (isDrawnChart(chart)) charts.set(machine, chart);
  }
  return charts;
};

/** Id of a state's group in the picture. */
export const stateElementId = (state: string): string => `state-${state.replaceAll('.', '--')}`;

/** Id of a transition's group in the picture. */
export const edgeElementId = (index: number): string => `edge-${index}`;

export const stateById = (chart: Chart, id: string): ChartState | undefined =>
  chart.states.find((state) => state.id === id);

const sameTargets = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((id) => other.includes(id));

/** How well what ran fits a transition: names count, and literal params with them. */
const fitOf = ({ actions }: ChartTransition, ran: EventRecord['actions']): number => {
  let fit = 0;
  for (const { name, params } of actions) {
    const run = ran.find(
      ({ type, params: given }) =>
        type === name && agrees(given, params as { [key: string]: Plain }),
    );
    if (run === undefined) return -1;
    fit += 1;
  }
  return fit;
};

const agrees = (given: Plain | undefined, literals: { readonly [key: string]: Plain }): boolean =>
  Object.entries(literals).every(
    ([key, literal]) =>
      !isDictionary(given) || typeof literal === 'object' || given[key] === literal,
  );

/**
 * Indices of the transitions taken, for the picture. Several may have the same source, event and
 * targets and differ in their guards only: then what ran tells which it was.
 */
export const takenEdges = (
  chart: Chart,
  taken: readonly TakenTransition[],
  ran: EventRecord['actions'],
): number[] =>
  taken.flatMap(({ source, event, targets }) => {
    const candidates = chart.transitions
      .map((transition, index) => ({ transition, index }))
      .filter(
        ({ transition }) =>
          transition.source === source &&
          transition.descriptor === event &&
          sameTargets(transition.targets, targets),
      )
      .map(({ transition, index }) => ({ index, fit: fitOf(transition, ran) }))
      .sort((one, other) => other.fit - one.fit);
    return candidates.slice(0, 1).map(({ index }) => index);
  });

/** The transitions that can be taken from these active states, innermost first. */
export const waysOut = (chart: Chart, active: readonly string[]): ChartTransition[] =>
  [...active].reverse().flatMap((id) => chart.transitions.filter(({ source }) => source === id));

/** Events that a person could send: those named in full, without XState's own. */
export const sendableEvents = (chart: Chart): string[] =>
  chart.events.filter((event) => !event.includes('*') && !event.startsWith('xstate.'));
