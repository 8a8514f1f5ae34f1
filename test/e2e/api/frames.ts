import { encodeApi } from '../../../src/wire/api-codec.js';

/** ANNOUNCE. */
export const announce = (dataType: number, data: string | Uint8Array, ttl = 0): Buffer =>
  encodeApi({ type: 'ANNOUNCE', ttl, dataType, data: Buffer.from(data) });

/** NOTIFY. */
export const notify = (dataType: number): Buffer => encodeApi({ type: 'NOTIFY', dataType });

/** VALIDATION. */
export const validation = (messageId: number, valid = true): Buffer =>
  encodeApi({ type: 'VALIDATION', messageId, valid });

/** Any header and what is behind it, true or not. */
export const frame = (size: number, type: number, rest: Uint8Array = Buffer.alloc(0)): Buffer => {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(size, 0);
  header.writeUInt16BE(type, 2);
  return Buffer.concat([header, rest]);
};

/** The fields of a NOTIFICATION frame, read by hand as a module in another language would. */
export const readNotification = (
  bytes: Buffer,
): { size: number; type: number; messageId: number; dataType: number; data: Buffer } => ({
  size: bytes.readUInt16BE(0),
  type: bytes.readUInt16BE(2),
  messageId: bytes.readUInt16BE(4),
  dataType: bytes.readUInt16BE(6),
  data: bytes.subarray(8),
});
