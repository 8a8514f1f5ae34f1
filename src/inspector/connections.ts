/**
 * The connections of an HTTP server. Their number is bounded, and yet whoever comes is let in: the
 * one that has been there longest gives way. So nobody keeps others out by holding connections.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Bounds the connections; those that `mayStay` are left alone: fewer than `most`. */
export const boundConnections = (
  server: Server,
  most: number,
  mayStay: (socket: Socket) => boolean,
): void => {
  /** In the order in which they came. */
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    if (open.size <= most) return;
    for (const oldest of open) {
      if (mayStay(oldest)) continue;
      // At once: `close` comes later, and others may connect before.
      open.delete(oldest);
      oldest.destroy();
      return;
    }
  });
};
