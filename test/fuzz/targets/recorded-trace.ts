import type { TraceRecord } from '../../../src/inspector/protocol.js';
import {
  announce,
  called,
  openModule,
  smallDaemon,
  verify,
  watched,
} from '../../unit/inspector/small-daemon.js';

/** What a page was told while a caller began its handshake and modules spoke. */
export const recordedTrace = (): readonly TraceRecord[] => {
  const small = smallDaemon();
  const { observer, page } = watched(small);
  const connection = called(small);
  small.daemon.peers.received(connection, [verify]);
  announce(small, openModule(small), 5);
  small.clock.advance(1_500);
  page.leave();
  observer.close();
  small.daemon.shutdown();
  return page.records;
};
