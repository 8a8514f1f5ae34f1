/** docs/states is what the machines say; `npm run diagrams` writes it. */
import { chartOf } from '../../src/diagram/chart.js';
import { delaySources } from '../../src/tools/delay-settings.js';
import { diagramFiles, STATES_FOLDER } from '../../src/tools/diagram-pages.js';
import { allMachines } from '../../src/tools/machine-folder.js';
import { filesBelow, readText, sourceFiles } from './code-facts.js';

const charts = (await allMachines()).map(chartOf);
const files = await diagramFiles(charts);

describe('docs/states', () => {
  it('has a page and a picture of each machine, and nothing else', () => {
    expect(filesBelow(STATES_FOLDER, '')).toEqual(files.map(({ path }) => path).sort());
  });

  it.each(files.map(({ path, text }) => [path, text]))(
    'has %s as the machines are: npm run diagrams',
    (path, text) => {
      expect(readText(path)).toBe(text);
    },
  );

  it('knows where every delay comes from: a setting, or a constant that there is', () => {
    const sources = charts.flatMap(({ delays }) => delays).map((delay) => delaySources(delay));
    expect(sources.filter((found) => found.length === 0)).toEqual([]);
    const code = sourceFiles.map(readText).join('\n');
    const missing = sources
      .flat()
      .filter(({ setting }) => setting === undefined)
      .filter(({ constant }) => !code.includes(`const ${constant} = `));
    expect(missing).toEqual([]);
  });
});
