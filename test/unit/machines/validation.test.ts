import type { ItemVerdict, ValidationPolicy } from '../../../src/core/verdict.js';
import { validationMachine } from '../../../machines/validation.js';
import { Moment } from './moment.js';

const ITEM = 'ab'.repeat(20);
const POLICIES: readonly ValidationPolicy[] = ['any', 'all'];

const waiting = (policy: ValidationPolicy, voters: number) =>
  Moment.begin(validationMachine, { policy }).on({ type: 'item.arrived', itemId: ITEM, voters });

const valid = { type: 'verdict.given', valid: true, awaited: true } as const;
const invalid = { type: 'verdict.given', valid: false, awaited: true } as const;
const left = { type: 'subscriber.left' } as const;
const late = { type: 'deadline.passed' } as const;
const voluntary = { type: 'verdict.given', valid: true, awaited: false } as const;

const report = (verdict: ItemVerdict) => [{ type: 'report', params: { itemId: ITEM, verdict } }];

const VOTES = { valid, invalid, left, silence: undefined } as const;
type Vote = keyof typeof VOTES;

/** Every way in which `voters` subscribers may vote. */
const combinations = (voters: number): Vote[][] =>
  voters === 0
    ? [[]]
    : combinations(voters - 1).flatMap((votes) =>
        (Object.keys(VOTES) as Vote[]).map((vote) => [...votes, vote]),
      );

/** The page's rule in its own words, apart from the machine. */
const expected = (votes: readonly Vote[], policy: ValidationPolicy): ItemVerdict => {
  if (votes.includes('invalid')) return 'rejected';
  const someValid = votes.includes('valid');
  const someSilent = votes.includes('silence');
  return someValid && (!someSilent || policy === 'any') ? 'accepted' : 'ignored';
};

describe('validation', () => {
  it('is idle until an item arrives', () => {
    const idle = Moment.begin(validationMachine, { policy: 'any' });
    expect(idle.value).toBe('idle');
    expect(idle.on(valid, left, late).value).toBe('idle');
    expect(idle.on(late).effects).toEqual([]);
  });

  for (const policy of POLICIES) {
    for (const voters of [1, 2, 3]) {
      const cases = combinations(voters);
      it(`decides all ${cases.length} votes of ${voters} under policy ${policy} once`, () => {
        for (const votes of cases) {
          let moment = waiting(policy, voters);
          const reports: unknown[] = [];
          const events = votes.flatMap((vote) => VOTES[vote] ?? []);
          for (const event of [...events, late]) {
            moment = moment.on(event);
            reports.push(...moment.effects);
          }
          expect({ votes, reports }).toEqual({ votes, reports: report(expected(votes, policy)) });
          expect(moment.value).toBe('idle');
        }
      });
    }

    it(`reports at the last verdict, not at the deadline, under policy ${policy}`, () => {
      const nearly = waiting(policy, 2).on(valid);
      expect(nearly.value).toBe('waiting');
      expect(nearly.on(valid).effects).toEqual(report('accepted'));
    });

    it(`rejects at the first invalid, whatever is still out, under policy ${policy}`, () => {
      expect(waiting(policy, 3).on(invalid).effects).toEqual(report('rejected'));
      expect(waiting(policy, 3).on(valid, invalid).effects).toEqual(report('rejected'));
    });
  }

  it('accepts when the last one awaited leaves and another has said valid', () => {
    expect(waiting('all', 2).on(valid, left).effects).toEqual(report('accepted'));
  });

  it('ignores an item whose last awaited subscriber leaves without a verdict of anybody', () => {
    expect(waiting('any', 1).on(left).effects).toEqual(report('ignored'));
  });

  it('counts the valid of a silent module without ending the wait for the others', () => {
    const heard = waiting('any', 1).on(voluntary);
    expect(heard.value).toBe('waiting');
    expect(heard.effects).toEqual([]);
    expect(heard.on(left).effects).toEqual(report('accepted'));
    expect(heard.on(late).effects).toEqual(report('accepted'));
  });

  it('rejects at the invalid of a silent module', () => {
    const moment = waiting('any', 2).on({ type: 'verdict.given', valid: false, awaited: false });
    expect(moment.effects).toEqual(report('rejected'));
  });

  it('accepts at the first verdict when only silent modules were told', () => {
    expect(waiting('all', 0).on(voluntary).effects).toEqual(report('accepted'));
  });

  it('ignores at the deadline what only silent modules were told', () => {
    expect(waiting('any', 0).on(late).effects).toEqual(report('ignored'));
  });

  it('needs every verdict at the deadline under policy all', () => {
    expect(waiting('all', 2).on(valid, late).effects).toEqual(report('ignored'));
    expect(waiting('any', 2).on(valid, late).effects).toEqual(report('accepted'));
  });

  it('starts every item afresh', () => {
    const second = 'cd'.repeat(20);
    const again = waiting('any', 2)
      .on(valid, late)
      .on({ type: 'item.arrived', itemId: second, voters: 1 });
    expect(again.context).toMatchObject({ itemId: second, pending: 1, valid: 0 });
    expect(again.on(late).asked('report')).toEqual([{ itemId: second, verdict: 'ignored' }]);
  });
});
