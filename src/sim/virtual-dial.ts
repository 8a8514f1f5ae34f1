/** How a connection of the virtual network comes to be. */
import { formatAddress, type DialAddress } from '../common/address.js';
import type { ConnectionId } from '../runtime/ports.js';
import type { LinkHost } from './link-host.js';
import { LinkEnd } from './virtual-link.js';

/** A connection from its dial until both ends are open. */
export class VirtualDial {
  readonly caller: LinkEnd;
  readonly #from: DialAddress;
  readonly #to: DialAddress;
  readonly #endpoint: LinkHost<LinkEnd>;

  constructor(endpoint: LinkHost<LinkEnd>, from: DialAddress, to: DialAddress) {
    this.#endpoint = endpoint;
    this.#from = from;
    this.#to = to;
    this.caller = new LinkEnd(endpoint, to.host);
  }

  /** The three packets of a TCP handshake: a half-way, a round trip, and a half-way again. */
  begin(name: ConnectionId, mayDial: boolean): void {
    const { caller } = this;
    const { network } = this.#endpoint;
    const { scheduler } = network;
    caller.name = name;
    const [here, there] = [this.#from.host, this.#to.host];
    const thereMs = network.paths.delayMs(here, there, 0);
    const roundTripMs = thereMs + network.paths.delayMs(there, here, 0);
    const isLost = network.cuts.isCut(here, there) || network.cuts.isCut(there, here);
    if (!mayDial) {
      scheduler.after(0, () => caller.destroy('shutting down'));
    } else if (isLost || roundTripMs > network.dialTimeoutMs) {
      const { dialTimeoutMs } = network;
      const reason = `no connection within ${dialTimeoutMs} ms`;
      scheduler.after(dialTimeoutMs, () => caller.destroy(reason));
    } else {
      scheduler.after(thereMs, () => {
        const listener = network.listenerAt(this.#to);
        scheduler.after(roundTripMs - thereMs, () => {
          this.#endpoint.whenAwake(() => this.#answer(listener, thereMs));
        });
      });
    }
  }

  #answer(endpoint: LinkHost<LinkEnd> | undefined, thereMs: number): void {
    const { caller } = this;
    if (caller.isOver) return;
    if (endpoint === undefined) {
      return caller.destroy(`connect ECONNREFUSED ${formatAddress(this.#to)}`);
    }
    const { scheduler, opensFromMs } = endpoint.network;
    if (scheduler.nowMs < opensFromMs) {
      scheduler.at(opensFromMs, () => {
        this.#endpoint.whenAwake(() => this.#answer(endpoint, thereMs));
      });
      return;
    }
    const listener = new LinkEnd(endpoint, this.#from.host);
    caller.join(listener);
    scheduler.after(thereMs, () => {
      endpoint.whenAwake(() => this.#open(listener));
    });
    caller.connected(this.#to);
  }

  #open(listener: LinkEnd): void {
    const name = listener.endpoint.admit(listener);
    if (name === undefined) return listener.refuse();
    listener.name = name;
    listener.opened(this.#from);
  }
}
