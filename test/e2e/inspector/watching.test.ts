import { announceAtRate } from '../../../bench/pace.js';
import { stopAll, waitUntil, type Daemon } from '../harness/daemon.js';
import { openListener, openModule } from '../harness/modules.js';
import { untilMetrics } from '../harness/network.js';
import { line } from '../harness/topologies.js';
import { inspectorOf, is, stuckStream, watch } from './http.js';

afterEach(stopAll);

const DATA_TYPE = 540;
const RATE_MAX = 2_000;
const ITEMS = 4_000;
const ITEM_BYTES = 200;
/** Attempts to find a rate, and a moment, at which the machine can do it without a page. */
const ATTEMPTS = 6;

const skipped = async (daemon: Daemon): Promise<number> =>
  [...(await daemon.metrics())]
    .filter(([name]) => name.startsWith('notifications_skipped_total'))
    .reduce((sum, [, value]) => sum + value, 0);

/** Two daemons, and what is skipped at the second while items come from the first. */
const setUp = async () => {
  const [from, to] = await line(2, { inspector: { address: '127.0.0.1:0' } });
  if (from === undefined || to === undefined) throw new Error('two daemons');
  const listener = await openListener(to, DATA_TYPE);
  const module = await openModule(from);
  await untilMetrics(from, { links_active: 1, link_interests: 1 });
  let sent = 0;
  const skippedAt = async (rate: number): Promise<number> => {
    const before = await skipped(to);
    const data = Buffer.alloc(ITEM_BYTES);
    await announceAtRate(() => void module.announce(DATA_TYPE, data), { count: ITEMS, rate });
    sent += ITEMS;
    // Each is decided, one way or the other: nothing is on its way any more.
    await waitUntil(
      async () => {
        const metrics = await to.metrics();
        const decided = ['accepted', 'ignored'].map(
          (how) => metrics.get(`items_${how}_total`) ?? 0,
        );
        return decided.reduce((sum, count) => sum + count) === sent;
      },
      { what: () => `${sent} items decided, ${listener.heard.length} heard`, timeoutMs: 30_000 },
    );
    return (await skipped(to)) - before;
  };
  return { from, to, skippedAt };
};

describe('watching', () => {
  /**
   * On a machine that others use as well, a module may be too slow at any time and for no fault of
   * ours. So a round counts only if none is skipped without a page right before and right after.
   */
  it('costs no module a notification where the daemon keeps up unwatched', async () => {
    const { from, to, skippedAt } = await setUp();
    // The first items of a daemon are slower than those after them.
    await skippedAt(RATE_MAX / 4);
    const rounds: string[] = [];
    let rate = RATE_MAX;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const before = await skippedAt(rate);
      const urls = await Promise.all([from, to].map(inspectorOf));
      const pages = await Promise.all(urls.map((url) => stuckStream(url)));
      const watched = await skippedAt(rate);
      for (const page of pages) page.destroy();
      await untilMetrics(to, { inspector_pages: 0 });
      const after = await skippedAt(rate);
      rounds.push(`${rate}/s: ${before}, watched ${watched}, ${after}`);
      if (before + after === 0 && watched === 0) return;
      if (before + after > 0) rate /= 2;
    }
    throw new Error(`skipped in each round:\n${rounds.join('\n')}`);
  }, 240_000);

  it('goes on in glances when there is no time for more, and says so', async () => {
    const { to, skippedAt } = await setUp();
    const page = watch(await inspectorOf(to));
    await page.sees(is('daemon'), 'the stream');
    const isAway = is('sampled', ({ away }) => away !== undefined);
    // How fast is too fast is for the machine to say, and for what else runs on it.
    for (let rate = RATE_MAX; !page.records.some(isAway); rate *= 2) {
      if (rate > 16 * RATE_MAX) throw new Error('there was time for everything');
      await skippedAt(rate);
    }
    const { left } = await page.sees(
      is('sampled', ({ away }) => away !== undefined),
      'that nobody looks',
    );
    expect(left).toBeGreaterThan(0);
    await page.sees(
      is('view', ({ metrics }) => (metrics['items_accepted_total'] ?? 0) > ITEMS / 2),
      'figures of the end',
    );
  }, 60_000);
});
