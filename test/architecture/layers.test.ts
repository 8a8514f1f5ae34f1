/** Who may import whom, and who may touch the world (architecture page). */
import ts from 'typescript';
import { importsOf, sourcesOf, type Source } from './sources.js';

type Layer = {
  /** Our own folders, beside the layer itself. */
  readonly ours: readonly string[];
  readonly packages: readonly string[];
  /** Modules of Node; `*` for all. */
  readonly node: readonly string[];
};

const BELOW_MACHINES = ['src/common', 'src/wire', 'src/core'];
const BELOW_RUNTIME = [...BELOW_MACHINES, 'src/config', 'machines'];
const BELOW_RUNNERS = [...BELOW_RUNTIME, 'src/runtime'];
const EVERYTHING = [
  ...BELOW_RUNNERS,
  'src/node',
  'src/client',
  'src/cli',
  'src/tools',
  'src/diagram',
  'src/inspector',
  'src/sim',
];
/** What a layer without sockets may have: hashes, and the test for an IP literal. */
const PURE_NODE = ['node:crypto', 'node:net'];

const LAYERS: Readonly<Record<string, Layer>> = {
  'src/common': { ours: [], packages: [], node: [] },
  'src/wire': { ours: ['src/common'], packages: [], node: PURE_NODE },
  'src/config': { ours: ['src/common'], packages: ['ini'], node: [] },
  'src/core': {
    ours: ['src/common', 'src/wire'],
    packages: ['@noble/hashes/blake3.js'],
    node: PURE_NODE,
  },
  machines: { ours: BELOW_MACHINES, packages: ['xstate'], node: [] },
  'src/runtime': { ours: BELOW_RUNTIME, packages: ['xstate'], node: [] },
  'src/node': {
    ours: BELOW_RUNNERS,
    packages: ['winston', '@chainsafe/hashtree', 'hash-wasm', 'asn1js'],
    node: ['*'],
  },
  'src/sim': { ours: BELOW_RUNNERS, packages: ['xstate'], node: [] },
  'src/diagram': {
    ours: [...BELOW_MACHINES, 'machines'],
    packages: ['xstate', '@hpcc-js/wasm-graphviz'],
    node: [],
  },
  'src/inspector': {
    ours: [...BELOW_RUNNERS, 'src/diagram'],
    packages: ['xstate', 'preact'],
    node: ['*'],
  },
  'src/tools': {
    ours: [...BELOW_RUNNERS, 'src/diagram'],
    packages: ['xstate', 'esbuild'],
    node: ['*'],
  },
  'src/client': { ours: ['src/common', 'src/wire'], packages: [], node: ['*'] },
  'src/cli': { ours: EVERYTHING, packages: ['ini'], node: ['*'] },
  'src/main.ts': { ours: EVERYTHING, packages: [], node: [] },
};

/** Downwards only: whom each machine may import. Everybody may import the vocabulary. */
const VOCABULARY = ['events', 'handshake'];
const MACHINES: Readonly<Record<string, readonly string[]>> = {
  supervisor: ['api-connection', 'difficulty', 'peer-connection', 'peer-view'],
  'peer-connection': ['challenger', 'prover'],
};

const sources = sourcesOf('src', 'machines');

const layerOf = (path: string): string =>
  Object.keys(LAYERS).find((layer) => path === layer || path.startsWith(`${layer}/`)) ?? '';
/** `machines/peer-connection/setup.ts` is a part of the machine `peer-connection`. */
const machineOf = (path: string): string =>
  path.slice('machines/'.length, -'.ts'.length).replace(/\/.*/, '');

const mayImport = (from: string, to: string): boolean => {
  const layer = LAYERS[layerOf(from)];
  if (layer === undefined) return false;
  if (to.startsWith('node:')) return layer.node.includes('*') || layer.node.includes(to);
  const other = layerOf(to);
  if (other === '') return layer.packages.includes(to);
  if (other !== layerOf(from)) return layer.ours.includes(other);
  if (other !== 'machines') return true;
  const allowed = MACHINES[machineOf(from)] ?? [];
  return [...VOCABULARY, machineOf(from), ...allowed].includes(machineOf(to));
};

const edges = sources.flatMap((source) =>
  importsOf(source).map((to) => ({ from: source.path, to })),
);

/** The first circle that is found from `start`, as the files on it. */
const circleFrom = (start: string, graph: ReadonlyMap<string, readonly string[]>): string[] => {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const at of queue) {
    for (const next of graph.get(at) ?? []) {
      if (next === start) {
        const circle = [start, at];
        for (let back = cameFrom.get(at); back !== undefined; back = cameFrom.get(back)) {
          circle.push(back);
        }
        return circle.reverse();
      }
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, at);
      queue.push(next);
    }
  }
  return [];
};

/** Globals through which chance, time and the process come in past the ports. */
const WORLDLY: ReadonlySet<string> = new Set([
  'Date',
  'clearInterval',
  'clearTimeout',
  'console',
  'globalThis',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);

/** Every use of such a global, as "path:line what". A member of the same name is not one. */
const worldlyUses = ({ path, text }: Source): string[] => {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isMember = 'name' in node.parent && node.parent.name === node;
    const isUse = ts.isIdentifier(node) && WORLDLY.has(node.text) && !isMember;
    if (isUse || (ts.isPropertyAccessExpression(node) && node.getText() === 'Math.random')) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${path}:${line + 1} ${node.getText()}`);
    }
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(file, visit);
  return found;
};

const PURE = ['machines', 'src/common', 'src/config', 'src/core', 'src/wire', 'src/runtime'];

describe('the layers', () => {
  it('have a place for every file', () => {
    expect(sources.map(({ path }) => path).filter((path) => layerOf(path) === '')).toEqual([]);
    expect(sources.length).toBeGreaterThan(50);
  });

  it('are imported downwards only', () => {
    const offending = edges.filter(({ from, to }) => !mayImport(from, to));
    expect(offending.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('would not let an edge upwards pass', () => {
    const upwards = [
      ['src/common/effect.ts', 'src/wire/bytes.ts'],
      ['src/wire/bytes.ts', 'src/core/items.ts'],
      ['src/core/items.ts', 'machines/events.ts'],
      ['src/core/items.ts', 'node:fs'],
      ['machines/challenger.ts', 'src/config/config.ts'],
      ['machines/challenger.ts', 'machines/prover.ts'],
      ['machines/peer-connection.ts', 'machines/supervisor.ts'],
      ['machines/validation.ts', 'node:crypto'],
      ['src/runtime/router.ts', 'src/node/clock.ts'],
      ['src/runtime/router.ts', 'node:timers'],
      ['src/node/api.ts', 'src/cli/run.ts'],
      ['src/node/api.ts', 'src/sim/world.ts'],
      ['src/diagram/svg.ts', 'src/tools/machine-lint.ts'],
      ['src/client/index.ts', 'src/core/items.ts'],
      ['src/tools/machine-lint.ts', 'src/node/clock.ts'],
      ['src/wire/bytes.ts', 'winston'],
    ] as const;
    expect(upwards.filter(([from, to]) => mayImport(from, to))).toEqual([]);
  });

  it('have no circle', () => {
    const files = new Set(sources.map(({ path }) => path));
    const graph = new Map(
      sources.map((source) => [source.path, importsOf(source).filter((to) => files.has(to))]),
    );
    const circles = [...files].map((file) => circleFrom(file, graph).join(' -> '));
    expect(circles.filter((circle) => circle !== '')).toEqual([]);
  });

  it('would find a circle', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', []],
      ['d', ['a']],
    ]);
    expect(circleFrom('a', graph)).toEqual(['a', 'b', 'd', 'a']);
    expect(circleFrom('c', graph)).toEqual([]);
  });

  it('take only isIP from node:net where there are no sockets', () => {
    const pure = sources.filter(({ path }) => /^src\/(core|wire)\//.test(path));
    const clauses = pure.flatMap(({ path, text }) =>
      [...text.matchAll(/import (.*) from 'node:net'/g)].map(([, clause]) => `${path} ${clause}`),
    );
    expect(clauses.filter((clause) => !clause.endsWith(' { isIP }'))).toEqual([]);
  });

  it('have clock, chance and process only behind the ports', () => {
    const pure = sources.filter(({ path }) => PURE.includes(layerOf(path)));
    expect(pure.flatMap(worldlyUses)).toEqual([]);
  });

  it('would find every way past the ports', () => {
    const text = [
      'const now = Date.now();',
      'const chance = Math.random();',
      'setTimeout(fire, 1);',
      'clock.setTimeout(fire, 1);',
      'type Clock = { setTimeout(): void };',
      'if (process.env.X) console.log(`${performance.now()}`);',
    ].join('\n');
    expect(worldlyUses({ path: 'x.ts', text })).toEqual([
      'x.ts:1 Date',
      'x.ts:2 Math.random',
      'x.ts:3 setTimeout',
      'x.ts:6 process',
      'x.ts:6 console',
      'x.ts:6 performance',
    ]);
  });
});
