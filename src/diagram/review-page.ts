/** One self-contained HTML page that shows what changed in the protocol's states. */
import { escapeXml } from '../common/xml.js';
import type { Chart } from './chart.js';
import { diffCharts } from './diff.js';
import { svgOf, type Mark, type Marks } from './svg.js';

export type Review = {
  /** The changes, in Markdown, machine by machine. */
  readonly sentences: readonly string[];
  /** The page; undefined when no protocol state changed. */
  readonly page: string | undefined;
};

type Section = {
  readonly machine: string;
  readonly sentences: readonly string[];
  readonly svg: string;
};

const markAll = (chart: Chart, mark: Mark): Marks => ({
  states: new Map(chart.states.map(({ id }) => [id, mark])),
  transitions: new Map(chart.transitions.map((_, index) => [index, mark])),
});

const wholeMachine = async (chart: Chart, mark: Mark, sentence: string): Promise<Section> => ({
  machine: chart.machine,
  sentences: [`${chart.machine}: ${sentence}`],
  svg: await svgOf(chart, markAll(chart, mark)),
});

/** Compares the machines of two revisions, found by their ids. */
export const review = async (
  before: readonly Chart[],
  after: readonly Chart[],
  revisions: { readonly before: string; readonly after: string },
): Promise<Review> => {
  const named = (charts: readonly Chart[], name: string) =>
    charts.find(({ machine }) => machine === name);
  const names = [...new Set([...after, ...before].map(({ machine }) => machine))].sort();
  const sections: Section[] = [];
  for (const name of names) {
    const [old, present] = [named(before, name), named(after, name)];
    if (present === undefined) {
      if (old !== undefined) sections.push(await wholeMachine(old, 'removed', 'is gone'));
    } else if (old === undefined) {
      sections.push(await wholeMachine(present, 'added', `is new: ${present.description}`));
    } else {
      const { sentences, merged, marks } = diffCharts(old, present);
      if (sentences.length > 0) {
        sections.push({ machine: name, sentences, svg: await svgOf(merged, marks) });
      }
    }
  }
  return {
    sentences: sections.flatMap(({ sentences }) => sentences),
    page: sections.length === 0 ? undefined : pageOf(sections, revisions),
  };
};

/** The little Markdown of the sentences: code, then emphasis, after everything is escaped. */
const html = (sentence: string): string =>
  escapeXml(sentence)
    .split(/(`[^`]*`)/)
    .map((part) =>
      part.startsWith('`')
        ? `<code>${part.slice(1, -1)}</code>`
        : part.replace(/\*([^*]+)\*/g, '<em>$1</em>').replaceAll('-&gt;', '→'),
    )
    .join('');

const STYLE = `:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;
background:#fff;color:#1b2530}
code{font-size:.9em;background:#8882;border-radius:4px;padding:.1em .3em}
h2{margin-top:3rem;border-top:1px solid #8886;padding-top:1.5rem}
.picture{overflow-x:auto}
.picture svg{max-width:100%;height:auto}
b{padding:.1em .5em;border-radius:4px}
.added{background:#dafbe1;color:#1a7f37}.removed{background:#ffebe9;color:#cf222e}
.changed{background:#fff3c4;color:#9a6700}
@media (prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}}`;

/** Ids of states and transitions are those of one picture; a page has several. */
const withoutIds = (svg: string): string => svg.replace(/ id="(state|edge)-[^"]*"/g, '');

const pageOf = (
  sections: readonly Section[],
  revisions: { readonly before: string; readonly after: string },
): string => {
  const title = `Protocol states: ${revisions.before} → ${revisions.after}`;
  const parts = sections.map(
    ({ machine, sentences, svg }) => `<section id="${escapeXml(machine)}">
<h2>${escapeXml(machine)}</h2>
<ul>
${sentences.map((sentence) => `<li>${html(sentence)}</li>`).join('\n')}
</ul>
<div class="picture">${withoutIds(svg)}</div>
</section>`,
  );
  const links = sections.map(({ machine, sentences }) => {
    const name = escapeXml(machine);
    return `<li><a href="#${name}">${name}</a>, changes: ${sentences.length}</li>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeXml(title)}</h1>
<p>In the pictures <b class="added">green</b> is new, <b class="removed">red and struck out</b>
is gone, <b class="changed">amber</b> has changed. What guards, effects and delays compute is
code: read it in the diff.</p>
<ul>
${links.join('\n')}
</ul>
${parts.join('\n')}
</body>
</html>
`;
};
