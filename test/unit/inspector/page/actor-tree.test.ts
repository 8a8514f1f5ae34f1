import {
  GROUP_ACTORS_MIN,
  treeRows,
  type TreeRow,
} from '../../../../src/inspector/page/actor-tree.js';
import { emptyModel, reduce, type Daemon } from '../../../../src/inspector/page/model.js';
import type { TraceRecord } from '../../../../src/inspector/protocol.js';
import { actorRecord, endRecord, NAME_A } from './samples.js';

const daemonOf = (...records: readonly TraceRecord[]): Daemon => {
  const model = emptyModel();
  for (const record of records) reduce(model, record);
  const daemon = model.daemons.get(NAME_A);
  if (daemon === undefined) throw new Error('the daemon is not there');
  return daemon;
};

const NOTHING = { search: '', toggled: new Set<string>() };

/** Each row as "  id", indented by its depth. */
const lines = (rows: readonly TreeRow[]): string[] =>
  rows.map(
    (row) =>
      '  '.repeat(row.depth) +
      (row.kind === 'actor' ? row.actor.id : `${row.machine} × ${row.children}: ${row.summary}`),
  );

const child = (id: string, parent: string, value = 'idle'): TraceRecord =>
  actorRecord(id, { parent: `x:${parent}`, value });

const SMALL = [
  actorRecord('supervisor', { value: 'running' }),
  child('peer-connection.10', 'supervisor', 'linked'),
  child('peer-connection.9', 'supervisor', 'challenging'),
  child('challenger.9', 'peer-connection.9', 'waiting'),
  child('api-connection.1', 'supervisor', 'attentive'),
  child('peer-view', 'supervisor', 'full'),
];

describe('treeRows', () => {
  it('puts children below their parents, siblings by machine and number', () => {
    expect(lines(treeRows(daemonOf(...SMALL), NOTHING))).toEqual([
      'supervisor',
      '  peer-view',
      '  api-connection.1',
      '  peer-connection.9',
      '    challenger.9',
      '  peer-connection.10',
    ]);
  });

  it('puts the ended below the living, the last first', () => {
    const daemon = daemonOf(
      ...SMALL,
      endRecord('api-connection.1', { atMs: 2_000 }),
      endRecord('peer-connection.10', { atMs: 3_000 }),
    );
    expect(lines(treeRows(daemon, NOTHING)).slice(-2)).toEqual([
      '  peer-connection.10',
      '  api-connection.1',
    ]);
  });

  it('hides what is below a folded row', () => {
    const toggled = new Set([`${NAME_A}/x:peer-connection.9`]);
    const rows = treeRows(daemonOf(...SMALL), { search: '', toggled });
    expect(lines(rows)).not.toContain('    challenger.9');
    expect(rows.find(({ key }) => toggled.has(key))).toMatchObject({ isOpen: false, children: 1 });
  });

  it('shows what matches a search with all that is above it', () => {
    const rows = treeRows(daemonOf(...SMALL), { ...NOTHING, search: ' CHALLENGER ' });
    expect(lines(rows)).toEqual(['supervisor', '  peer-connection.9', '    challenger.9']);
  });

  it('searches states as well, also in what is folded', () => {
    const toggled = new Set([`${NAME_A}/x:supervisor`]);
    const rows = treeRows(daemonOf(...SMALL), { search: 'linked', toggled });
    expect(lines(rows)).toEqual(['supervisor', '  peer-connection.10']);
  });

  it('is empty when nothing matches', () => {
    expect(treeRows(daemonOf(...SMALL), { ...NOTHING, search: 'nobody' })).toEqual([]);
  });

  it('folds many actors of one machine into one row that says where they stand', () => {
    const pool = Array.from({ length: GROUP_ACTORS_MIN }, (_, index) =>
      child(`validation.${index}`, 'supervisor', index < 3 ? 'waiting' : 'idle'),
    );
    const daemon = daemonOf(...SMALL, ...pool);
    const rows = treeRows(daemon, NOTHING);
    expect(lines(rows).at(-1)).toBe('  validation × 24: 21 idle, 3 waiting');
    const group = rows.at(-1)?.key ?? '';
    const opened = lines(treeRows(daemon, { search: '', toggled: new Set([group]) }));
    expect(opened.slice(-2)).toEqual(['    validation.22', '    validation.23']);
    expect(lines(treeRows(daemon, { ...NOTHING, search: 'validation.7' }))).toEqual([
      'supervisor',
      '  validation.7',
    ]);
  });

  it('takes an actor whose parent is not there, or is itself, for a root', () => {
    const daemon = daemonOf(child('orphan', 'nobody'), child('loop', 'loop'));
    expect(lines(treeRows(daemon, NOTHING))).toEqual(['loop', 'orphan']);
  });
});
