import { Scheduler } from '../../src/sim/virtual-clock.js';
import { evenLatency, VirtualNetwork } from '../../src/sim/virtual-network.js';
import { drive } from './drive.js';
import type { PeersPortMaker } from './peers-port-kit.js';
import { describePeersPort } from './peers-port.suite.js';

/** 100 Mbit/s. */
const UPLINK = 12_500;

const virtual = (latencyMs: number, throughCodec: boolean): PeersPortMaker => {
  const scheduler = new Scheduler();
  const network = new VirtualNetwork(scheduler, { latency: evenLatency(latencyMs), throughCodec });
  let hosts = 0;
  const nextAddress = () => {
    hosts += 1;
    return { host: `10.0.${hosts}.1`, port: 6_001 };
  };
  return {
    open: (handler) => {
      const options = { uplink: UPLINK, identity: Buffer.alloc(32, hosts + 1) };
      const endpoint = network.open(nextAddress(), handler, options);
      const { port, address } = endpoint;
      return Promise.resolve({
        port,
        address,
        identity: options.identity,
        close: () => {
          endpoint.close();
          return Promise.resolve();
        },
      });
    },
    deadAddress: () => Promise.resolve(nextAddress()),
    drive: (promise) => drive(scheduler, promise),
  };
};

describePeersPort('virtual, 10 ms away', virtual(10, false));
describePeersPort('virtual, at once, through the codec', virtual(0, true));
