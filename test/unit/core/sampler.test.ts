import { seededRandom } from '../../../src/core/prng.js';
import { Sampler, type Candidate } from '../../../src/core/sampler.js';

const candidateAt = (host: string, number: number): Candidate => ({
  address: { family: host.includes(':') ? 6 : 4, host, port: 6_001 },
  identity: number.toString(16).padStart(64, '0'),
});
/** Each in a network of its own. */
const honest = (count: number): Candidate[] =>
  Array.from({ length: count }, (_, at) => candidateAt(`20.${at >> 8}.${at & 0xff}.1`, at));
/** All in one network. */
const crowd = (count: number, prefix = '66.6.6.'): Candidate[] =>
  Array.from({ length: count }, (_, at) => candidateAt(`${prefix}${at + 1}`, 5_000 + at));

const samplerOf = ({ slots = 8, seed = 'sampler', lab = false } = {}): Sampler =>
  new Sampler({ slots, lab, random: seededRandom(seed) });
const anybody = (): boolean => true;
const isCrowd = ({ address }: Candidate): boolean => address.host.startsWith('66.');

describe('Sampler, drawing', () => {
  it('draws nobody when there is nobody', () => {
    expect(samplerOf().draw(0, [], anybody)).toBeUndefined();
  });

  it('draws the same one whatever the order in which they were heard of, and how often', () => {
    const all = [...honest(40), ...crowd(40)];
    const [one, other] = [samplerOf(), samplerOf()];
    for (const candidate of all) one.offer(candidate);
    for (const candidate of [...all, ...crowd(40), ...crowd(40)].reverse()) other.offer(candidate);
    const drawn = (sampler: Sampler) => [0, 1, 2, 3].map((slot) => sampler.draw(slot, [], anybody));
    expect(drawn(one)).toEqual(drawn(other));
    expect(new Set(drawn(one)).size).toBeGreaterThan(1);
  });

  it('draws from a list as from what it was told', () => {
    const [told, shown] = [samplerOf(), samplerOf()];
    for (const candidate of honest(40)) told.offer(candidate);
    for (const slot of [0, 1, 2, 3]) {
      expect(shown.draw(slot, honest(40), anybody)).toEqual(told.draw(slot, [], anybody));
    }
  });

  it('gives all the addresses of one network together the chance of one', () => {
    let crowded = 0;
    for (let seed = 0; seed < 50; seed += 1) {
      const sampler = samplerOf({ seed: String(seed) });
      for (const candidate of [...honest(49), ...crowd(250)]) sampler.offer(candidate);
      for (const slot of [0, 1, 2, 3, 4, 5, 6, 7]) {
        const drawn = sampler.draw(slot, [], anybody);
        if (drawn !== undefined && isCrowd(drawn)) crowded += 1;
      }
    }
    // One network of 50: 8 of 400 draws, and four standard deviations more at most.
    expect(crowded).toBeGreaterThan(0);
    expect(crowded).toBeLessThan(20);
  });

  it('counts an IPv6 site as one network', () => {
    const sampler = samplerOf({ slots: 32 });
    const site = Array.from({ length: 60 }, (_, at) =>
      candidateAt(`2001:db8:7:${at + 1}::1`, 9_000 + at),
    );
    for (const candidate of [...honest(60), ...site]) sampler.offer(candidate);
    const slots = Array.from({ length: 32 }, (_, slot) => sampler.draw(slot, [], anybody));
    expect(slots.filter((drawn) => drawn?.address.family === 6).length).toBeLessThan(6);
  });

  it('counts each host of a local range by itself in a lab', () => {
    const inLab = samplerOf({ slots: 32, lab: true });
    const local = crowd(60, '10.0.0.');
    for (const candidate of [candidateAt('20.0.0.1', 1), ...local]) inLab.offer(candidate);
    const slots = Array.from({ length: 32 }, (_, slot) => inLab.draw(slot, [], anybody));
    expect(slots.filter((drawn) => drawn?.address.host === '20.0.0.1').length).toBeLessThan(6);
  });

  it('draws none that is not eligible, and the next best instead', () => {
    const sampler = samplerOf();
    const [best] = [sampler.draw(0, honest(9), anybody)];
    const next = sampler.draw(0, honest(9), ({ identity }) => identity !== best?.identity);
    expect(next).toBeDefined();
    expect(next).not.toEqual(best);
  });

  it('draws nobody whom it was told to forget, for no slot', () => {
    const sampler = samplerOf();
    const [gone, stays] = honest(2) as [Candidate, Candidate];
    sampler.offer(gone);
    sampler.forget(stays);
    expect(sampler.draw(3, [], anybody)).toEqual(gone);
    sampler.forget({ ...gone });
    for (const slot of [0, 1, 2, 3, 4, 5, 6, 7]) {
      expect(sampler.draw(slot, [], anybody)).toBeUndefined();
    }
  });
});

describe('Sampler, its slots', () => {
  it('are vacant until a connection is given to them, and again when it is over', () => {
    const sampler = samplerOf({ slots: 3 });
    sampler.give(1, 11);
    expect([sampler.vacant(), sampler.holds(11), sampler.linkedCount]).toEqual([[0, 2], false, 0]);
    sampler.linked(11);
    expect([sampler.vacant(), sampler.holds(11), sampler.linkedCount]).toEqual([[0, 2], true, 1]);
    sampler.release(11);
    expect([sampler.vacant(), sampler.holds(11)]).toEqual([[0, 1, 2], false]);
  });

  it('have another key after each link: the next draw is another one', () => {
    const sampler = samplerOf({ slots: 1 });
    const drawn = new Set<string | undefined>();
    for (let round = 0; round < 20; round += 1) {
      drawn.add(sampler.draw(0, honest(40), anybody)?.identity);
      sampler.give(0, round);
      sampler.linked(round);
    }
    expect(drawn.size).toBeGreaterThan(10);
  });

  it('look back on all that was told since the last link, and on nothing before it', () => {
    const sampler = samplerOf({ slots: 1 });
    const [early, late] = [candidateAt('20.0.0.1', 1), candidateAt('20.0.1.1', 2)];
    sampler.offer(early);
    sampler.give(0, 1);
    sampler.linked(1);
    expect(sampler.draw(0, [], anybody)).toBeUndefined();
    sampler.offer(late);
    expect(sampler.draw(0, [], anybody)).toEqual(late);
  });

  it('do not trust hearsay after a dial that came to nothing, until another did better', () => {
    const sampler = samplerOf({ slots: 1 });
    const [told, known] = [candidateAt('20.0.0.1', 1), candidateAt('20.0.1.1', 2)];
    sampler.offer(told);
    sampler.give(0, 1);
    sampler.release(1);
    expect([sampler.hasFailed(0), sampler.draw(0, [], anybody)]).toEqual([true, undefined]);
    expect(sampler.draw(0, [known], anybody)).toEqual(known);
    sampler.give(0, 2);
    sampler.linked(2);
    expect(sampler.hasFailed(0)).toBe(false);
  });
});

describe('Sampler, exchanging a link', () => {
  const exchanging = (): Sampler => {
    const sampler = samplerOf({ slots: 1 });
    sampler.give(0, 1);
    sampler.linked(1);
    sampler.give(0, 2);
    return sampler;
  };

  it('keeps the old link until the new one is there, and then says whose place it took', () => {
    const sampler = exchanging();
    expect([sampler.holds(1), sampler.holds(2), sampler.vacant()]).toEqual([true, false, []]);
    expect(sampler.linked(2)).toBe(1);
    expect([sampler.holds(1), sampler.holds(2), sampler.linkedCount]).toEqual([false, true, 1]);
    // What it does not hold any more is no concern of it.
    sampler.release(1);
    expect([sampler.holds(2), sampler.vacant()]).toEqual([true, []]);
  });

  it('keeps the old link when the new one comes to nothing', () => {
    const sampler = exchanging();
    sampler.release(2);
    expect([sampler.holds(1), sampler.vacant(), sampler.linkedCount]).toEqual([true, [], 1]);
    expect(sampler.linked(2)).toBeUndefined();
  });

  it('lets the new one have the slot when the old one ends meanwhile', () => {
    const sampler = exchanging();
    sampler.release(1);
    expect([sampler.vacant(), sampler.holds(2), sampler.linkedCount]).toEqual([[], false, 0]);
    expect(sampler.linked(2)).toBeUndefined();
    expect(sampler.holds(2)).toBe(true);
  });

  it('takes them in turn: the one drawn longest ago that may go and is not being exchanged', () => {
    const sampler = samplerOf({ slots: 3 });
    expect(sampler.oldest(anybody)).toBeUndefined();
    for (const slot of [1, 0, 2]) {
      sampler.give(slot, slot);
      sampler.linked(slot);
    }
    expect(sampler.oldest(anybody)).toBe(1);
    expect(sampler.oldest((connection) => connection !== 1)).toBe(0);
    sampler.give(1, 9);
    expect(sampler.oldest(anybody)).toBe(0);
    sampler.linked(9);
    expect(sampler.oldest((connection) => connection !== 0)).toBe(2);
  });
});
