/** The style sheet of a chart: one set of rules, two palettes, all below `svg.chart`. */

type Palette = {
  /** Behind everything; of a state; its border. */
  readonly paper: string;
  readonly box: string;
  readonly region: string;
  readonly border: string;
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  readonly effect: string;
  readonly send: string;
  readonly guard: string;
  /** The present state and the last transition, in the inspector. */
  readonly live: string;
  readonly liveBox: string;
  /** Of a review. */
  readonly added: string;
  readonly addedBox: string;
  readonly removed: string;
  readonly removedBox: string;
  readonly changed: string;
  readonly changedBox: string;
};

const LIGHT: Palette = {
  paper: '#ffffff',
  box: '#f3f6fa',
  region: '#fbfcfd',
  border: '#8a97a8',
  ink: '#1b2530',
  quiet: '#5b6877',
  line: '#64748b',
  effect: '#0b61a4',
  send: '#7a3ea8',
  guard: '#8a5a00',
  live: '#d9480f',
  liveBox: '#ffe8d9',
  added: '#1a7f37',
  addedBox: '#dafbe1',
  removed: '#cf222e',
  removedBox: '#ffebe9',
  changed: '#9a6700',
  changedBox: '#fff3c4',
};

const DARK: Palette = {
  paper: '#0f151c',
  box: '#1c2632',
  region: '#141c25',
  border: '#5d6d80',
  ink: '#e6edf3',
  quiet: '#9aa8b8',
  line: '#8496a9',
  effect: '#6cb6ff',
  send: '#d2a8ff',
  guard: '#e3b341',
  live: '#ff9a5c',
  liveBox: '#5a2b10',
  added: '#56d364',
  addedBox: '#12361f',
  removed: '#ff7b72',
  removedBox: '#4a1a1d',
  changed: '#e3b341',
  changedBox: '#43340a',
};

const MARKS = ['added', 'removed', 'changed'] as const;

/** Rules as pairs of a selector and its declarations. */
type Rules = readonly (readonly [string, string])[];

const colours = (palette: Palette): Rules => [
  ['.box', `fill:${palette.box};stroke:${palette.border}`],
  ['.outer>.box', `fill:${palette.region}`],
  ['.machine>.box', `fill:${palette.paper}`],
  ['.title', `fill:${palette.ink}`],
  ['.event', `fill:${palette.ink}`],
  ['.note,.keep,.sign', `fill:${palette.quiet}`],
  ['.goal', `fill:${palette.ink}`],
  ['.effect', `fill:${palette.effect}`],
  ['.send', `fill:${palette.send}`],
  ['.guard', `fill:${palette.guard}`],
  ['.line', `stroke:${palette.line}`],
  ['.tip,.start', `fill:${palette.line};stroke:${palette.line}`],
  ['.port', `fill:${palette.paper};stroke:${palette.line}`],
  ...MARKS.flatMap((mark): Rules => [
    [`.state.${mark}>.box`, `stroke:${palette[mark]};fill:${palette[`${mark}Box`]}`],
    [`.edge.${mark} tspan`, `fill:${palette[mark]}`],
    [`.way.${mark}>.line`, `stroke:${palette[mark]}`],
    [`.way.${mark}>.tip`, `fill:${palette[mark]};stroke:${palette[mark]}`],
  ]),
  ['.state.active>.box', `stroke:${palette.live};fill:${palette.liveBox}`],
  ['.edge.last tspan', `fill:${palette.live}`],
  ['.way:has(.edge.last)>.line', `stroke:${palette.live}`],
  ['.way:has(.edge.last)>.tip', `fill:${palette.live};stroke:${palette.live}`],
];

const SHAPES: Rules = [
  ['', 'font-family:"Helvetica Neue",Helvetica,Arial,"Liberation Sans",system-ui,sans-serif'],
  ['.box', 'stroke-width:1.2'],
  ['.region>.box', 'stroke-dasharray:5 4'],
  ['.title', 'font-weight:700'],
  ['.event', 'font-weight:600'],
  ['.guard', 'font-style:italic'],
  ['.line', 'fill:none;stroke-width:1.3'],
  ['.tip', 'stroke-linejoin:round'],
  ['.state.active>.box', 'stroke-width:2.4'],
  ['.way:has(.edge.last)>.line', 'stroke-width:2.6'],
  ['.edge.removed text', 'text-decoration:line-through'],
  ['.way.removed>.line,.state.removed>.box', 'stroke-dasharray:7 4'],
  ...MARKS.map((mark) => [`.state.${mark}>.box,.way.${mark}>.line`, 'stroke-width:2'] as const),
];

const written = (rules: Rules): string =>
  rules
    .map(([selectors, declarations]) => {
      const scoped = selectors.split(',').map((selector) => `svg.chart ${selector}`.trim());
      return `${scoped.join(',')}{${declarations}}`;
    })
    .join('\n');

/** The style of every chart. Light, unless the reader's system says that it is dark. */
export const CHART_STYLE = [
  written(SHAPES),
  written(colours(LIGHT)),
  `@media (prefers-color-scheme: dark) {\n${written(colours(DARK))}\n}`,
].join('\n');
