import { Cuts } from '../../../src/sim/cuts.js';

describe('cuts', () => {
  let cuts: Cuts;
  beforeEach(() => {
    cuts = new Cuts();
  });

  it('stop one direction and leave the other', () => {
    cuts.cutOneWay('a', 'b');
    expect([cuts.isCut('a', 'b'), cuts.isCut('b', 'a'), cuts.isCut('a', 'c')]).toEqual([
      true,
      false,
      false,
    ]);
    cuts.healOneWay('a', 'b');
    expect(cuts.isCut('a', 'b')).toBe(false);
  });

  it('leave a partition whole within its parts', () => {
    cuts.partition((host) => (host < 'c' ? 0 : 1));
    expect([cuts.isCut('a', 'b'), cuts.isCut('c', 'd')]).toEqual([false, false]);
    expect([cuts.isCut('b', 'c'), cuts.isCut('c', 'b')]).toEqual([true, true]);
    cuts.unite();
    expect(cuts.isCut('b', 'c')).toBe(false);
  });

  it('let whoever waits go on once the path is open, and not before', () => {
    const passed: string[] = [];
    cuts.cutOneWay('a', 'b');
    cuts.isolate('b');
    cuts.onOpen('a', 'b', () => passed.push('first'));
    cuts.onOpen('a', 'b', () => passed.push('second'));
    cuts.healOneWay('a', 'b');
    expect(passed).toEqual([]);
    cuts.rejoin('b');
    expect(passed).toEqual(['first', 'second']);
  });

  it('open what another partition does not part', () => {
    const passed: string[] = [];
    cuts.partition((host) => (host === 'a' ? 0 : 1));
    cuts.onOpen('a', 'b', () => passed.push('a to b'));
    cuts.onOpen('a', 'c', () => passed.push('a to c'));
    cuts.partition((host) => (host === 'c' ? 0 : 1));
    expect(passed).toEqual(['a to b']);
  });
});
