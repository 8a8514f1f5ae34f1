/** More modules than there may be. */
import { startDaemon, stopAll } from '../harness/daemon.js';
import { openListener, openModule } from '../harness/modules.js';
import { untilMetrics } from '../harness/network.js';
import { rawModule } from '../harness/raw-module.js';

const TYPE = 90;
const MODULES_MAX = 3;

describe('a daemon', () => {
  afterEach(stopAll);

  it('has as many modules as it may, and refuses the next', async () => {
    const daemon = await startDaemon({
      config: { gossip: { api_connections_max: MODULES_MAX } },
    });
    const listener = await openListener(daemon, TYPE);
    const announcer = await openModule(daemon);
    const third = await rawModule(daemon.api);
    await untilMetrics(daemon, { modules: MODULES_MAX });
    for (let refused = 1; refused <= 20; refused += 1) {
      await (await rawModule(daemon.api)).closed();
      await untilMetrics(daemon, { modules: MODULES_MAX, modules_refused_total: refused });
    }
    await announcer.announce(TYPE, 'to those who are in');
    await listener.hears('to those who are in');

    third.socket.destroy();
    await untilMetrics(daemon, { modules: MODULES_MAX - 1 });
    const newcomer = await openListener(daemon, TYPE);
    await untilMetrics(daemon, { module_subscriptions: 2 });
    await announcer.announce(TYPE, 'to the newcomer as well');
    await newcomer.hears('to the newcomer as well');
  });
});
