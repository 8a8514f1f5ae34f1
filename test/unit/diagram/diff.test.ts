import type { ActionUse } from '../../../src/diagram/actions.js';
import type { Chart, ChartState, ChartTransition } from '../../../src/diagram/chart.js';
import { diffCharts } from '../../../src/diagram/diff.js';
import { review } from '../../../src/diagram/review-page.js';

const state = (key: string, more: Partial<ChartState> = {}): ChartState => ({
  id: `door.${key}`,
  key,
  parent: 'door',
  type: 'atomic',
  description: `It is ${key}.`,
  initial: undefined,
  entry: [],
  exit: [],
  ...more,
});
const action = (name: string, params: ActionUse['params'] = {}): ActionUse => ({
  name,
  params,
  kind: 'effect',
  to: [],
  event: undefined,
});
const go = (
  source: string,
  event: string,
  target: string | undefined,
  more: Partial<ChartTransition> = {},
): ChartTransition => ({
  source: `door.${source}`,
  kind: event.startsWith('after ') ? 'after' : 'event',
  event,
  descriptor: event,
  guard: undefined,
  actions: [],
  targets: target === undefined ? [] : [`door.${target}`],
  reenter: false,
  ...more,
});
const root = state('', { id: 'door', key: 'door', parent: undefined, type: 'compound' });
const friend = { guard: { name: 'isFriend', params: {} } };

const before: Chart = {
  machine: 'door',
  description: 'A door.',
  states: [{ ...root, initial: 'door.shut' }, state('shut'), state('open')],
  transitions: [
    go('shut', 'door.knocked', 'open', friend),
    go('shut', 'door.knocked', undefined, { actions: [action('bark')] }),
    go('open', 'after closeTimeout', 'shut'),
  ],
  events: [],
  effects: [],
  bookkeeping: [],
  guards: [],
  delays: [{ name: 'closeTimeout', reads: ['closeTimeoutMs'] }],
  actors: [],
};
const [knock, bark, close] = before.transitions as [
  ChartTransition,
  ChartTransition,
  ChartTransition,
];

const withTransitions = (...transitions: ChartTransition[]): Chart => ({ ...before, transitions });
const withState = (changed: ChartState): Chart => ({
  ...before,
  states: before.states.map((one) => (one.id === changed.id ? changed : one)),
});

describe('the difference of two charts', () => {
  it('is nothing when they are the same', () => {
    const { sentences, marks } = diffCharts(before, structuredClone(before));
    expect(sentences).toEqual([]);
    expect([marks.states.size, marks.transitions.size]).toEqual([0, 0]);
  });

  const cases: Record<string, readonly [Chart, readonly string[]]> = {
    'a new transition': [
      withTransitions(knock, bark, close, go('open', 'house.burned', 'shut')),
      ['*open* gained `house.burned` -> *shut*'],
    ],
    'a new transition that stays': [
      withTransitions(knock, bark, close, go('open', 'bell.rung', undefined, bark)),
      ['*shut* gained `door.knocked`, which does `bark`'],
    ],
    'a lost transition': [
      withTransitions(bark, close),
      ['*shut* lost `door.knocked [isFriend]` -> *open*'],
    ],
    'another target': [
      withTransitions({ ...knock, targets: ['door.shut'] }, bark, close),
      ['*shut* on `door.knocked` now goes to *shut*; before, to *open*'],
    ],
    'a transition that no longer goes anywhere': [
      withTransitions({ ...knock, targets: [] }, bark, close),
      ['*shut* on `door.knocked` now stays; before, it went to *open*'],
    ],
    'another guard': [
      withTransitions({ ...knock, guard: { name: 'isLate', params: { hour: 9 } } }, bark, close),
      [
        '*shut* on `door.knocked` -> *open* now has the guard `isLate(hour: 9)`; before, the ' +
          'guard `isFriend`',
      ],
    ],
    'no guard any more': [
      withTransitions({ ...knock, guard: undefined }, bark, close),
      ['*shut* on `door.knocked` -> *open* now has no guard; before, the guard `isFriend`'],
    ],
    'other actions': [
      withTransitions(knock, { ...bark, actions: [action('bark', { loud: true })] }, close),
      ['*shut* on `door.knocked` now does `bark(loud: true)`; before, `bark`'],
    ],
    'another delay': [
      withTransitions(knock, bark, { ...close, event: 'after nightInterval' }),
      ['*open* goes to *shut* `after nightInterval`, no longer `after closeTimeout`'],
    ],
    're-entrance': [
      withTransitions(knock, bark, { ...close, reenter: true }),
      ['*open* on `after closeTimeout` -> *shut* now enters its state anew'],
    ],
    'another order of guards': [
      withTransitions(bark, knock, close),
      ['*shut* asks the guards of `door.knocked` in another order'],
    ],
    'another source of a delay': [
      { ...before, delays: [{ name: 'closeTimeout', reads: ['patienceMs'] }] },
      ['the delay `closeTimeout` comes from `patienceMs`, no longer from `closeTimeoutMs`'],
    ],
    'another description': [
      withState(state('shut', { description: 'Locked.' })),
      ['*shut* now says "Locked."; before, it said "It is shut."'],
    ],
    'another description of the machine': [
      { ...before, description: 'A gate.' },
      ['now says "A gate."; before, "A door."'],
    ],
    'an entry action': [
      withState(state('shut', { entry: [action('lock')] })),
      ['*shut* now does `lock` on entry; before, it did nothing on entry'],
    ],
    'an exit action': [
      withState(state('shut', { exit: [action('unlock')] })),
      ['*shut* now does `unlock` on exit; before, it did nothing on exit'],
    ],
    'another kind of state': [
      withState(state('open', { type: 'final' })),
      ['*open* now is final; before, it was atomic'],
    ],
    'another first state': [
      withState({ ...root, initial: 'door.open' }),
      ['*door* now begins in *open*; before, it began in *shut*'],
    ],
    'a new state': [
      { ...before, states: [...before.states, state('ajar')] },
      ['gained the state *ajar*: It is ajar.'],
    ],
    'a lost state': [
      { ...withTransitions(knock, bark), states: before.states.slice(0, 2) },
      ['lost the state *open*', '*open* lost `after closeTimeout` -> *shut*'],
    ],
  };
  for (const [what, [after, sentences]] of Object.entries(cases)) {
    it(`is said in a sentence: ${what}`, () => {
      expect(diffCharts(before, after).sentences).toEqual(
        sentences.map((sentence) => `door: ${sentence}`),
      );
    });
  }

  it('is one chart with what is there and what is gone, marked', () => {
    const after = {
      ...withTransitions({ ...knock, guard: undefined }, go('ajar', 'wind.blown', 'shut')),
      states: [before.states[0] ?? root, state('shut', { description: 'Locked.' }), state('ajar')],
    };
    const { merged, marks } = diffCharts(before, after);
    expect(merged.states.map(({ key }) => key)).toEqual(['door', 'shut', 'ajar', 'open']);
    expect(merged.transitions).toEqual([...after.transitions, bark, close]);
    expect(Object.fromEntries(marks.states)).toEqual({
      'door.ajar': 'added',
      'door.open': 'removed',
      'door.shut': 'changed',
    });
    expect(Object.fromEntries(marks.transitions)).toEqual({
      0: 'changed',
      1: 'added',
      2: 'removed',
      3: 'removed',
    });
  });

  it('draws another target as the way that is gone and the new one', () => {
    const after = withTransitions({ ...knock, targets: ['door.shut'] }, bark, close);
    const { merged, marks } = diffCharts(before, after);
    expect(merged.transitions[3]).toEqual(knock);
    expect(Object.fromEntries(marks.transitions)).toEqual({ 0: 'added', 3: 'removed' });
  });

  it('names states in full where a name alone would not do', () => {
    const inner = state('cellar', { parent: 'door.shut', id: 'door.shut.open', key: 'open' });
    const after = { ...before, states: [...before.states, inner] };
    expect(diffCharts(before, after).sentences).toEqual([
      'door: gained the state *shut.open*: It is cellar.',
    ]);
  });
});

describe('the review of two revisions', () => {
  const revisions = { before: 'v1', after: 'v2 <here>' };

  it('has no page when nothing changed', async () => {
    expect(await review([before], [before], revisions)).toEqual({ sentences: [], page: undefined });
  });

  it('has the machines that are new, gone and changed, and no others', async () => {
    const [gate, hatch] = [
      { ...before, machine: 'gate' },
      { ...before, machine: 'hatch' },
    ];
    const { sentences, page = '' } = await review(
      [before, gate, { ...before, machine: 'same' }],
      [withTransitions(bark, close), hatch, { ...before, machine: 'same' }],
      revisions,
    );
    expect(sentences).toEqual([
      'door: *shut* lost `door.knocked [isFriend]` -> *open*',
      'gate: is gone',
      'hatch: is new: A door.',
    ]);
    expect([...page.matchAll(/<section id="(\w+)">/g)].map(([, name]) => name)).toEqual([
      'door',
      'gate',
      'hatch',
    ]);
    expect(page).toContain(
      '<em>shut</em> lost <code>door.knocked [isFriend]</code> → <em>open</em>',
    );
  });

  it('is one page that takes nothing from elsewhere, with text that stays text', async () => {
    const after = { ...before, description: '<script>alert(1)</script> & *more*' };
    const { page = '' } = await review([before], [after], revisions);
    expect(page).not.toMatch(/<script|<link|src=|@import|url\(/);
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain('v1 → v2 &lt;here&gt;');
  });
});
