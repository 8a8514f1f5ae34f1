/** The receiver of the package itself, for tests: what it makes of what the bridge sends. */
import { createWebSocketReceiver, type ParsedReceiverEvent } from '@xstate/inspect';
import { WebSocket } from 'ws';

export type { ParsedReceiverEvent } from '@xstate/inspect';
export { WebSocket } from 'ws';

const sockets: WebSocket[] = [];

/** The package is made for browsers, and closes nothing: they do. Node 20 has no WebSocket. */
class BrowserSocket extends WebSocket {
  constructor(url: string) {
    super(url);
    sockets.push(this);
  }
}
Object.assign(globalThis, { WebSocket: BrowserSocket });

export type Registered = Extract<ParsedReceiverEvent, { type: 'service.register' }>;

export type PackageReceiver = {
  /** All that came, as the package parsed it. */
  readonly told: readonly ParsedReceiverEvent[];
  /** Calls back with whatever comes from now on; returns what ends it. */
  onTold(listener: (event: ParsedReceiverEvent) => void): () => void;
  /** Sends an event to a service, as the page of the package does. */
  send(sessionId: string, event: { readonly type: string; readonly [key: string]: unknown }): void;
  /** As when the page is left. */
  close(): void;
};

/** Connects to a bridge at `HOST:PORT`. */
export const openPackageReceiver = (server: string): PackageReceiver => {
  const told: ParsedReceiverEvent[] = [];
  const receiver = createWebSocketReceiver({ server, serialize: undefined });
  const socket = sockets.pop();
  receiver.subscribe((event) => told.push(event));
  return {
    told,
    onTold: (listener) => {
      const { unsubscribe } = receiver.subscribe(listener);
      return unsubscribe;
    },
    send: (sessionId, event) => {
      const scxml = { name: event.type, data: event, $$type: 'scxml', type: 'external' };
      receiver.send({
        type: 'xstate.event',
        event: JSON.stringify({ ...scxml, origin: sessionId }),
        service: sessionId,
      });
    },
    close: () => socket?.terminate(),
  };
};
