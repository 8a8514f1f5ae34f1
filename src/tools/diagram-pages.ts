/** docs/states: a page and a picture per machine, and the page about them all. */
import { shortText, type ActionUse } from '../diagram/actions.js';
import { conditionText } from '../diagram/blocks.js';
import type { Chart, ChartState } from '../diagram/chart.js';
import { mermaidOf } from '../diagram/mermaid.js';
import { eventsFromOutside, messagesOf, parentsOf, usesIn } from '../diagram/messages.js';
import { svgOf } from '../diagram/svg.js';
import { delaySources } from './delay-settings.js';

export type GeneratedFile = { readonly path: string; readonly text: string };

export const STATES_FOLDER = 'docs/states';

const code = (text: string): string => `\`${text}\``;
const codes = (texts: Iterable<string>): string => [...new Set(texts)].map(code).join(', ');

/** In a cell, a bar would end it. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map(cell).join(' | ')} |`)
    .join('\n');

const section = (
  heading: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string[] => (rows.length === 0 ? [] : [`## ${heading}`, table(head, rows)]);

/** A state by its name below the machine: "handshaking.solving". */
const stateName = ({ machine }: Chart, id: string): string =>
  id === machine ? `${machine} (any state)` : id.slice(machine.length + 1);

const actionNames = (actions: readonly ActionUse[]): string => codes(actions.map(shortText));

const stateRow = (chart: Chart, state: ChartState): string[] => [
  code(stateName(chart, state.id)),
  state.type,
  state.description,
  actionNames(state.entry),
  actionNames(state.exit),
];

const transitionRows = (chart: Chart): string[][] =>
  chart.transitions.map(({ source, event, targets, actions, reenter }, index) => {
    const condition = conditionText(chart, index);
    const goals = codes(targets.map((target) => stateName(chart, target)));
    return [
      code(stateName(chart, source)),
      code(event),
      condition === '' ? '' : code(condition),
      actionNames(actions),
      goals === '' ? 'stays' : reenter ? `${goals}, anew` : goals,
    ];
  });

const KINDS: Readonly<Record<ActionUse['kind'], string>> = {
  effect: 'asks its runner',
  assign: 'notes in its context',
  send: 'tells another actor',
  raise: 'tells itself',
  spawn: 'spawns an actor',
  stop: 'releases an actor',
  other: 'does something else',
};

const usedIn = (chart: Chart, name: string): string => {
  const states = chart.states.filter(({ entry, exit }) =>
    [...entry, ...exit].some((use) => use.name === name),
  );
  const sources = chart.transitions.filter(({ actions }) =>
    actions.some((use) => use.name === name),
  );
  return codes(
    [...states.map(({ id }) => id), ...sources.map(({ source }) => source)].map((id) =>
      stateName(chart, id),
    ),
  );
};

const eventRows = (charts: readonly Chart[], chart: Chart): string[][] => {
  const outside = new Set(eventsFromOutside(charts, chart));
  return chart.events.map((event) => [
    code(event),
    codes(
      chart.transitions
        .filter(({ descriptor }) => descriptor === event)
        .map(({ source }) => stateName(chart, source)),
    ),
    outside.has(event) ? 'its runner' : 'another actor',
  ]);
};

const delayRows = (chart: Chart): string[][] =>
  chart.delays.map((delay) => [
    code(delay.name),
    usedDelay(chart, delay.name),
    delaySources(delay)
      .map(({ setting, constant }) =>
        setting === undefined
          ? `${code(constant)}, fixed ([LIMITS](../LIMITS.md))`
          : `${code(setting)} ([CONFIG](../CONFIG.md))`,
      )
      .join(', '),
    codes(delay.reads),
  ]);

const usedDelay = (chart: Chart, name: string): string =>
  codes(
    chart.transitions
      .filter(({ event }) => event === `after ${name}`)
      .map(({ source }) => stateName(chart, source)),
  );

const HEADER = (source: string): string =>
  `<!-- Written by npm run diagrams from ${source}; edit that. -->`;

/** The page of one machine. */
const machinePage = (charts: readonly Chart[], chart: Chart): string => {
  const { machine } = chart;
  const [, ...states] = chart.states;
  return [
    HEADER(`machines/${machine}.ts`),
    `# ${machine}`,
    `${chart.description} Defined in \`machines/${machine}.ts\`; [all machines](README.md).`,
    `![The states of ${machine}](${machine}.svg)`,
    '## The same in Mermaid',
    'Without what states do when they stay as they are.',
    `\`\`\`mermaid\n${mermaidOf(chart)}\`\`\``,
    ...section(
      'States',
      ['state', 'type', 'description', 'on entry', 'on exit'],
      states.map((state) => stateRow(chart, state)),
    ),
    ...section('Transitions', ['in', 'on', 'if', 'does', 'goes to'], transitionRows(chart)),
    ...section('Events', ['event', 'handled in', 'comes from'], eventRows(charts, chart)),
    ...section(
      'Effects',
      ['effect', 'in'],
      chart.effects.map((name) => [code(name), usedIn(chart, name)]),
    ),
    ...section(
      'Bookkeeping',
      ['action', 'what it does', 'in'],
      chart.bookkeeping.map(({ name, kind }) => [code(name), KINDS[kind], usedIn(chart, name)]),
    ),
    ...section(
      'Guards',
      ['guard', 'asked in'],
      chart.guards.map((name) => [
        code(name),
        codes(
          chart.transitions
            .filter(({ guard }) => guard?.name === name)
            .map(({ source, event }) => `${stateName(chart, source)}: ${event}`),
        ),
      ]),
    ),
    ...section('Delays', ['delay', 'waited in', 'set by', 'computed from'], delayRows(chart)),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
};

/** The actors as a tree of text, each machine under the ones that spawn it. */
const actorTree = (charts: readonly Chart[]): string => {
  const branch = (machine: string, indent: string): string[] => {
    const chart = charts.find((other) => other.machine === machine);
    const spawns = usesIn(chart ?? { ...EMPTY, machine }).filter(({ kind }) => kind === 'spawn');
    return (chart?.actors ?? []).flatMap((actor, at, actors) => {
      const by = spawns.filter(({ to }) => to.includes(actor)).map(({ name }) => name);
      const last = at === actors.length - 1;
      return [
        `${indent}${last ? '└─' : '├─'} ${actor}   (${[...new Set(by)].join(', ')})`,
        ...branch(actor, `${indent}${last ? '   ' : '│  '}`),
      ];
    });
  };
  const roots = charts.filter(({ machine }) => parentsOf(charts, machine).length === 0);
  return roots
    .map(({ machine, actors }) =>
      [
        actors.length === 0 ? `${machine}   (resident, made by its runner)` : machine,
        ...branch(machine, ''),
      ].join('\n'),
    )
    .join('\n');
};

const EMPTY = {
  description: '',
  states: [],
  transitions: [],
  events: [],
  effects: [],
  bookkeeping: [],
  guards: [],
  delays: [],
  actors: [],
} as const;

const SIGNS = `
In the pictures: a box is a state, a box around boxes a state with children, dashed boxes are
regions that live at the same time; a dot is where a state begins, a double border is an end. An
arrow says **event** _[guard]_ / actions: blue ones are effects, which the machine's runner
carries out; violet ones are events to another actor; grey ones stay within. What a state does
without leaving it stands in its box, and so do ways that very many states have in common:
\`→ closing\`. \`↻\` enters the same state anew.`;

const SOURCES = `
From the definitions: whom \`sendTo\` and \`sendParent\` name, and the event that the definition
writes beside them. A \`*\` stands for every event of that name that is handed on. What effects
lead to is not in this table: the runner (\`src/runtime\`) answers them with events of its own,
and it is the runner that speaks with the resident \`validation\` and \`fetch\` actors and for
sockets, timers and solver. Those events are listed below as coming from outside; the vocabulary is
\`machines/events.ts\`.`;

const readme = (charts: readonly Chart[]): string =>
  [
    HEADER('machines/'),
    '# The states of the protocol',
    table(
      ['machine', 'what it is'],
      charts.map(({ machine, description }) => [`[${machine}](${machine}.md)`, description]),
    ),
    SIGNS.trim(),
    '## Who spawns whom',
    `In brackets the action that does it.\n\n\`\`\`text\n${actorTree(charts)}\n\`\`\``,
    '## Who tells whom what',
    SOURCES.trim(),
    table(
      ['from', 'to', 'event', 'by the action'],
      messagesOf(charts).map(({ from, to, event, actions }) => [
        from,
        to,
        event === undefined ? 'known only at run time' : code(event),
        codes(actions),
      ]),
    ),
    '## What comes from outside',
    table(
      ['to', 'events'],
      charts.map((chart) => [chart.machine, codes(eventsFromOutside(charts, chart))]),
    ),
  ]
    .join('\n\n')
    .concat('\n');

/** Every file of docs/states, with its text. */
export const diagramFiles = async (charts: readonly Chart[]): Promise<GeneratedFile[]> => {
  const files: GeneratedFile[] = [{ path: `${STATES_FOLDER}/README.md`, text: readme(charts) }];
  for (const chart of charts) {
    const path = `${STATES_FOLDER}/${chart.machine}`;
    files.push({ path: `${path}.md`, text: machinePage(charts, chart) });
    files.push({ path: `${path}.svg`, text: await svgOf(chart) });
  }
  return files;
};
