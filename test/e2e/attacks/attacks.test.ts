/** Attacks on a running daemon, in their short form; `npm run attack` plays them in full. */
import { stopAll } from '../harness/daemon.js';
import { play, playIn } from './attack.js';
import { ATTACKS } from './list.js';
import { Scene } from './scene.js';

const named = (isSpecial: boolean) =>
  ATTACKS.filter(({ victim }) => (victim !== undefined) === isSpecial).map(
    (attack) => [attack.name, attack] as const,
  );

describe('a daemon under attack', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open();
  });
  afterAll(stopAll);

  it.each(named(false))('loses nothing by %s, and is as before afterwards', async (_, attack) => {
    const { failures, toll } = await playIn(scene, attack, 'short');
    expect(failures).toEqual([]);
    expect(toll.sent).toBeGreaterThan(0);
  });
});

describe('a daemon on a host in trouble', () => {
  afterEach(stopAll);

  it.each(named(true))('bears %s, and is as before afterwards', async (_, attack) => {
    expect((await play(attack, 'short')).failures).toEqual([]);
  });
});
