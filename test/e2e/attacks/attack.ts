/** What an attack is, and how it is played. */
import type { DaemonOptions } from '../harness/daemon.js';
import { waitUntil } from '../harness/wait.js';
import { Scene, type Holdings, type Toll } from './scene.js';

/** How hard: `short` as one of the tests, `full` by `npm run attack`. */
export type Force = 'short' | 'full';

export type Attack = {
  readonly name: string;
  /** What is done, in one line. */
  readonly about: string;
  /** How the daemon under attack is started, if not as any. */
  readonly victim?: () => DaemonOptions;
  /** Why the daemon under attack may miss items meanwhile, if it may; those beside it may not. */
  readonly deafens?: string;
  /** Attacks, while honest items flow; throws when the daemon does what it must not. */
  readonly run: (scene: Scene, force: Force) => Promise<void>;
  /** What must hold when the attack is over and items flow again. */
  readonly afterwards?: (scene: Scene) => Promise<void>;
  /** What must hold when the daemon has been stopped; a daemon with a `victim` of its own alone. */
  readonly stopped?: (scene: Scene) => Promise<void>;
  /** MiB of items that were accepted and are kept until they expire: within the cache's bound. */
  readonly keepsMib?: number;
};

export type Report = {
  readonly toll: Toll;
  readonly before: Holdings;
  readonly after: Holdings;
  /** What is wrong, if anything. */
  readonly failures: readonly string[];
};

/** Honest items before an attack, and after it. */
const CALM_ITEMS = 20;
/**
 * Resident memory may grow by so much over an attack, in MiB: V8 grows its young generation, by up
 * to 48 MiB, and compiles what was never run before. What grew with what is sent would be more.
 */
export const GROWTH_MIB_MAX = 64;

const reasonOf = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);

/** Plays an attack in a scene, which others may have been played in before. */
export const playIn = async (scene: Scene, attack: Attack, force: Force): Promise<Report> => {
  const failures: string[] = [];
  const attempt = async (what: string, act: () => Promise<void>): Promise<void> => {
    await act().catch((error: unknown) => failures.push(`${what}: ${reasonOf(error)}`));
  };
  const before = await scene.atRest();
  const { pid } = scene.victim;
  const mostMib = before.rssMib + GROWTH_MIB_MAX + (attack.keepsMib ?? 0);
  scene.begin();
  await scene.items(CALM_ITEMS);
  await attempt('attack', () => attack.run(scene, force));
  await attempt('honest items', () => scene.items(CALM_ITEMS));
  const toll = await scene.halt();
  if (attack.deafens === undefined && toll.lostAtVictim > 0) {
    failures.push(`${toll.lostAtVictim} of ${toll.sent} honest items lost at the victim`);
  }
  if (toll.lostBeside > 0) failures.push(`${toll.lostBeside} honest items lost beside the victim`);
  await attempt('afterwards', async () => attack.afterwards?.(scene));
  let after = before;
  const isBack = async (): Promise<boolean> => {
    after = await scene.atRest();
    return after.sockets <= before.sockets && after.rssMib <= mostMib;
  };
  const what = (): string =>
    `${after.sockets} sockets, ${after.rssMib.toFixed(0)} MiB; ` +
    `before: ${before.sockets}, ${before.rssMib.toFixed(0)} MiB`;
  await attempt('back to before', () => waitUntil(isBack, { what }));
  await attempt('calm', async () => {
    scene.begin();
    await scene.items(CALM_ITEMS);
    const calm = await scene.halt();
    const lost = calm.lostAtVictim + calm.lostBeside;
    if (lost > 0) throw new Error(`${lost} items lost after the attack`);
  });
  if (scene.victim.pid !== pid) failures.push('the daemon was restarted');
  const failed = (await scene.victim.metrics()).get('actors_failed_total') ?? 0;
  if (failed > 0) failures.push(`${failed} actors failed`);
  return { toll, before, after, failures };
};

/** Plays an attack against a fresh daemon, which must stop in order at the end. */
export const play = async (attack: Attack, force: Force): Promise<Report> => {
  const scene = await Scene.open(attack.victim?.());
  const report = await playIn(scene, attack, force);
  const code = await scene.victim.stop();
  const failures = code === 0 ? [] : [`the daemon ended with code ${code}`];
  try {
    await attack.stopped?.(scene);
  } catch (error) {
    failures.push(`stopped: ${reasonOf(error)}`);
  }
  return { ...report, failures: [...report.failures, ...failures] };
};
