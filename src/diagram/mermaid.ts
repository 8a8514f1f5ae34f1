/** A chart as a Mermaid state diagram, which forges draw within a page. */
import { shortText } from './actions.js';
import { conditionText } from './blocks.js';
import type { Chart, ChartState } from './chart.js';

/** Mermaid takes letters, digits and underscores. */
const name = (stateId: string): string => stateId.replace(/[^A-Za-z0-9]/g, '_');

/** In a label, these would end the statement, or be read as markup. */
const label = (text: string): string => text.replace(/[:;#<>{}"\\]/g, ' ').trim();

const stateLines = (chart: Chart, state: ChartState, indent: string): string[] => {
  const children = chart.states.filter(({ parent }) => parent === state.id);
  const inner = `${indent}  `;
  const declared = `${indent}state "${label(state.key)}" as ${name(state.id)}`;
  if (children.length === 0) return [declared];
  const below = children.map((child) => stateLines(chart, child, inner));
  const separated =
    state.type === 'parallel'
      ? below.flatMap((lines, at) => (at === 0 ? lines : [`${inner}--`, ...lines]))
      : below.flat();
  const start = state.initial === undefined ? [] : [`${inner}[*] --> ${name(state.initial)}`];
  return [`${declared} {`, ...start, ...separated, `${indent}}`];
};

const transitionLines = (chart: Chart): string[] =>
  chart.transitions.flatMap(({ source, targets, event, actions, reenter }, index) => {
    const isInside = targets.every((target) => target === source && !reenter);
    const isOfRoot = chart.states[0]?.id === source;
    if (isInside || isOfRoot) return [];
    const condition = conditionText(chart, index);
    const does = actions.map(shortText).join(', ');
    const text = `${event}${condition && ` [${condition}]`}${does && ` / ${does}`}`;
    return targets.map((target) => `  ${name(source)} --> ${name(target)} : ${label(text)}`);
  });

/** The chart in Mermaid's language; the transitions that stay inside a state are left out. */
export const mermaidOf = (chart: Chart): string => {
  const [root] = chart.states;
  const children = chart.states.filter(({ parent }) => parent === root?.id);
  const finals = chart.states.filter(({ type }) => type === 'final');
  const outer =
    root === undefined
      ? []
      : root.type === 'parallel'
        ? stateLines(chart, root, '  ')
        : [
            ...(root.initial === undefined ? [] : [`  [*] --> ${name(root.initial)}`]),
            ...children.flatMap((child) => stateLines(chart, child, '  ')),
          ];
  return [
    'stateDiagram-v2',
    ...outer,
    ...transitionLines(chart),
    ...finals.filter(({ parent }) => parent === root?.id).map(({ id }) => `  ${name(id)} --> [*]`),
    '',
  ].join('\n');
};
