/**
 * Whether watching costs a module its notifications: two daemons, items announced at a steady rate,
 * round after round without a page and with pages that read, or do not, at both daemons.
 *
 *     npm run bench:watching -- [--rate 2000] [--items 8000] [--bytes 200] [--rounds 3]
 *                               [--page stuck|reads] [--pages 1]
 *
 * Everybody's notifications are counted as skipped where the module did not answer before its
 * daemon had 1,024 more.
 */
import { request } from 'node:http';
import { parseArgs } from 'node:util';
import { connect, type GossipClient } from '../src/client/index.js';
import { startLine, type BenchDaemon } from './network.js';
import { announceAtRate } from './pace.js';

const DATA_TYPE = 540;
const LOOK_MS = 50;
/** What is still under way this long after the last announce is lost. */
const SETTLE_MS = 10_000;

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '2000' },
    items: { type: 'string', default: '8000' },
    bytes: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '3' },
    page: { type: 'string', default: 'stuck' },
    pages: { type: 'string', default: '1' },
  },
});
const count = Number(values.items);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Counts what comes, and says valid to each. */
const listen = (client: GossipClient): { readonly heard: () => number } => {
  let heard = 0;
  void (async () => {
    for await (const notification of client.notifications(DATA_TYPE)) {
      notification.accept();
      heard += 1;
    }
  })();
  return { heard: () => heard };
};

/** A page at the daemon; returns what closes it. */
const openPage = ({ inspector }: BenchDaemon, reads: boolean): Promise<() => void> => {
  if (inspector === undefined) throw new Error('the daemon serves no inspector');
  const asked = request(new URL('/stream', inspector), { agent: false });
  asked.on('error', () => {});
  return new Promise((resolve) => {
    asked.once('response', (answer) => {
      answer.on('error', () => {});
      if (reads) answer.resume();
      else answer.pause();
      resolve(() => void asked.destroy());
    });
    asked.end();
  });
};

const skippedAt = async ({ metrics }: BenchDaemon): Promise<number> => {
  if (metrics === undefined) throw new Error('the daemon serves no metrics');
  const text = await (await fetch(metrics)).text();
  return [...text.matchAll(/^hearsay_notifications_skipped_total\S* (\d+)$/gm)].reduce(
    (sum, [, skipped]) => sum + Number(skipped),
    0,
  );
};

const run = async (): Promise<void> => {
  const served = { address: '127.0.0.1:0' };
  const line = await startLine(2, { inspector: served, metrics: served });
  const clients = await Promise.all(line.daemons.map(({ api }) => connect(api)));
  try {
    const [sender, receiver] = clients;
    const to = line.daemons[1];
    if (sender === undefined || receiver === undefined || to === undefined) throw new Error('two');
    const { heard } = listen(receiver);
    const announce = (): void => {
      void sender.announce(DATA_TYPE, Buffer.alloc(Math.max(1, Number(values.bytes))));
    };
    while (heard() < 100) {
      announce();
      await pause(LOOK_MS);
    }
    // A daemon that has just begun is slower than it will be.
    await announceAtRate(announce, { count, rate: Number(values.rate) / 2 });
    await pause(LOOK_MS);
    const measure = async (what: string): Promise<void> => {
      const [hadHeard, hadSkipped] = [heard(), await skippedAt(to)];
      const cpu = line.daemons.map((daemon) => daemon.cpuSeconds());
      const rate = await announceAtRate(announce, { count, rate: Number(values.rate) });
      const untilMs = performance.now() + SETTLE_MS;
      while (heard() - hadHeard < count && performance.now() < untilMs) await pause(LOOK_MS);
      const each = line.daemons.map(
        (daemon, at) => ((daemon.cpuSeconds() - (cpu[at] ?? 0)) / count) * 1e6,
      );
      console.log(
        `${what.padEnd(16)}${Math.round(rate)} items/s, heard ${heard() - hadHeard}, skipped ` +
          `${(await skippedAt(to)) - hadSkipped}, CPU an item ` +
          each.map((micros) => `${micros.toFixed(0)} µs`).join(' and '),
      );
    };
    for (let round = 0; round < Number(values.rounds); round += 1) {
      await measure('no page');
      const pages = line.daemons.flatMap((daemon) =>
        Array.from({ length: Number(values.pages) }, () =>
          openPage(daemon, values.page === 'reads'),
        ),
      );
      const close = await Promise.all(pages);
      await measure(`pages: ${values.page}`);
      for (const leave of close) leave();
    }
    await measure('no page');
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    await line.stop();
  }
};

await run();
