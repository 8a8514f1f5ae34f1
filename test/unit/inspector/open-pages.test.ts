import { whoGivesWay, type Seat } from '../../../src/inspector/open-pages.js';

const seats = (pages: string): Seat[] =>
  pages.split(' ').map((page) => ({ address: page.replace('!', ''), isStuck: page.endsWith('!') }));

/** The place of whoever gives way. */
const leaving = (pages: string, newcomer: string): number => {
  const all = seats(pages);
  const one = whoGivesWay(all, newcomer);
  return one === undefined ? -1 : all.indexOf(one);
};

describe('for a page that comes when all places are taken', () => {
  it.each([
    ['the first that does not read', 'a b! c! a a', 'a', 1],
    ['the first of the crowd of one address', 'b a a c a', 'd', 1],
    ['the first of its own, if they are the crowd', 'b b a a a', 'a', 2],
    ['the first of its own, if with it they are as many as any', 'a a b', 'b', 2],
    ['the first of all, if each is from elsewhere', 'a b c', 'd', 0],
    ['the first of all, if all are from one address', 'a a a', 'a', 0],
  ])('leaves %s', (_, pages, newcomer, place) => {
    expect(leaving(pages, newcomer)).toBe(place);
  });

  it('never leaves one that is alone at its address, for a crowd', () => {
    let pages = 'honest a a a a a a a'.split(' ');
    for (let n = 0; n < 100; n += 1) {
      pages.splice(leaving(pages.join(' '), 'a'), 1);
      pages = [...pages, 'a'];
    }
    expect(pages).toContain('honest');
  });
});
