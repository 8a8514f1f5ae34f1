import { chartOf } from '../../../src/diagram/chart.js';
import { mermaidOf } from '../../../src/diagram/mermaid.js';
import { edgeElementId, stateElementId, svgOf } from '../../../src/diagram/svg.js';
import { stack, wrap } from '../../../src/diagram/text.js';
import { allMachines } from '../../../src/tools/machine-folder.js';
import { sampleMachine } from './sample-machine.js';

const sample = chartOf(sampleMachine);

const idsIn = (svg: string): string[] =>
  [...svg.matchAll(/<g id="([^"]+)"/g)].map(([, id]) => id ?? '');

describe('the picture of a machine', () => {
  it('has every state and every transition once, by its id', async () => {
    for (const chart of [sample, ...(await allMachines()).map(chartOf)]) {
      const expected = [
        ...chart.states.map(({ id }) => stateElementId(id)),
        ...chart.transitions.map((_, index) => edgeElementId(index)),
      ];
      expect(idsIn(await svgOf(chart)).sort()).toEqual(expected.sort());
    }
  });

  it('is the same each time', async () => {
    expect(await svgOf(sample)).toBe(await svgOf(sample));
  });

  it('shows what is said as text, whatever stands in it', async () => {
    const svg = await svgOf(sample);
    expect(svg).toContain('sample: A door &lt;with&gt; a &quot;bell&quot; &amp; more.');
    expect(svg).not.toContain('<with>');
  });

  it('takes nothing from elsewhere', async () => {
    const addresses = (await svgOf(sample)).match(/https?:[^"]*|@import|url\(/g);
    expect(addresses).toEqual(['http://www.w3.org/2000/svg']);
  });

  it('marks states and transitions by classes', async () => {
    const svg = await svgOf(sample, {
      states: new Map([['sample.gone', 'added']]),
      transitions: new Map([[0, 'removed']]),
    });
    expect(svg).toMatch(/<g id="state-sample--gone" class="state added">/);
    expect(svg).toMatch(/<g id="edge-0" class="edge removed">/);
  });

  it('has colours for light and for dark', async () => {
    expect(await svgOf(sample)).toContain('@media (prefers-color-scheme: dark)');
  });
});

describe('the Mermaid text of a machine', () => {
  it('nests states, parts regions, and says what makes them change', () => {
    expect(mermaidOf(sample)).toBe(`stateDiagram-v2
  [*] --> sample_shut
  state "shut" as sample_shut {
    [*] --> sample_shut_quiet
    state "quiet" as sample_shut_quiet
    state "ringing" as sample_shut_ringing
  }
  state "open" as sample_open {
    state "left" as sample_open_left
    --
    state "right" as sample_open_right
  }
  state "gone" as sample_gone
  sample_shut --> sample_open : door.opened / give
  sample_shut_quiet --> sample_shut_ringing : door.knocked [isFriend(friend)]
  sample_shut_ringing --> sample_shut_ringing : after answerTimeout / giveUp
  sample_open --> sample_gone : door.closed
  sample_gone --> [*]
`);
  });

  it('has no character in a label that ends it', async () => {
    const lines = (await allMachines()).flatMap((machine) =>
      mermaidOf(chartOf(machine)).split('\n'),
    );
    const labels = lines.flatMap((line) => line.split(' : ').slice(1));
    expect(labels.length).toBeGreaterThan(30);
    expect(labels.filter((label) => /[:;#<>{}"\\]/.test(label))).toEqual([]);
  });
});

describe('wrapped text', () => {
  const span = (text: string) => ({ text, look: 'note' as const });
  const texts = (lines: ReturnType<typeof wrap>) =>
    lines.map(({ spans }) => spans.map(({ text }) => text).join(''));

  it('breaks at blanks only, and keeps a comma with the name before it', () => {
    const lines = wrap([span('first'), span(','), span(' second thing')], { size: 10, width: 50 });
    expect(texts(lines)).toEqual(['first,', 'second', 'thing']);
  });

  it('leaves a word whole that is wider than the line', () => {
    expect(texts(wrap([span('unbreakable words')], { size: 10, width: 1 }))).toEqual([
      'unbreakable',
      'words',
    ]);
  });

  it('stands in a block as high as its lines', () => {
    const lines = wrap([span('one two')], { size: 10, width: 1, gap: 3 });
    expect(stack(lines).height).toBe(3 + 14 + 14);
  });
});
