import { encodeApi } from '../../../src/wire/api-codec.js';
import {
  apiNotificationFramer,
  apiRequestFramer,
  peerFramer,
  rpsFramer,
  type Framer,
} from '../../../src/wire/framing.js';
import { FRAME_LIMITS, type PeerMessage } from '../../../src/wire/messages.js';
import { encodePeer } from '../../../src/wire/peer-codec.js';
import { hex, pieces, Samples } from './samples.js';

/** All that a framer says of chunks that come one after the other. */
const pushAll = <Message>(framer: Framer<Message>, chunks: readonly Buffer[]) => {
  const pushed = chunks.map((chunk) => framer.push(chunk));
  return {
    messages: pushed.flatMap(({ messages }) => messages),
    error: pushed.at(-1)?.error,
  };
};

const byteByByte = (bytes: Buffer): Buffer[] => [...bytes].map((byte) => Buffer.from([byte]));

const establishedFramer = (): Framer<PeerMessage> => {
  const framer = peerFramer();
  framer.limitBytes = FRAME_LIMITS.established;
  return framer;
};

const ping: PeerMessage = { type: 'PING', echo: hex('0102030405060708') };
const bigSpread: PeerMessage = {
  type: 'SPREAD',
  ttl: 0,
  dataType: 1,
  expiryMs: 1,
  salt: Buffer.alloc(8),
  data: Buffer.alloc(65_527, 7),
};
const hello: PeerMessage = {
  type: 'HELLO',
  identity: Buffer.alloc(32, 1),
  salt: Buffer.alloc(16, 2),
  transcript: Buffer.alloc(32, 3),
  address: { family: 4, host: '127.0.0.1', port: 6001 },
  features: 0,
  agent: '',
};
const interest: PeerMessage = {
  type: 'INTEREST',
  all: false,
  add: Array.from({ length: 256 }, (_, index) => index),
  remove: [],
};

describe('API request framer', () => {
  it('gives the messages of several writes that arrive as one', () => {
    const stream = hex('0008 01f5 0000 0001 0009 01f4 01 00 0001 61 0008 01f7 0001 0001');
    expect(apiRequestFramer().push(stream)).toEqual({
      messages: [
        { type: 'NOTIFY', dataType: 1 },
        { type: 'ANNOUNCE', ttl: 1, dataType: 1, data: Buffer.from('a') },
        { type: 'VALIDATION', messageId: 1, valid: true },
      ],
      error: undefined,
    });
  });

  // Each header alone is judged: not one byte of what it announces has come.
  it.each([
    ['0003 01f5', 'size too small'],
    ['0000 0000', 'size too small'],
    ['0007 01f4', 'size too small'],
    ['0008 01f4', 'no data'],
    ['0007 01f5', 'wrong size'],
    ['0009 01f5', 'wrong size'],
    ['0007 01f7', 'wrong size'],
    ['ffff 01f7', 'wrong size'],
    ['0010 01f6', 'not for us'],
    ['0004 021c', 'not for us'],
    ['0020 021d', 'not for us'],
    ['0008 01f8', 'unknown type'],
    [Buffer.from('GET ').toString('hex'), 'unknown type'],
  ])('refuses the header %s at once: %s', (bytes, code) => {
    expect(apiRequestFramer().push(hex(bytes)).error?.code).toBe(code);
    expect(pushAll(apiRequestFramer(), byteByByte(hex(bytes))).error?.code).toBe(code);
  });

  it('gives what was whole before the error, and stays dead', () => {
    const framer = apiRequestFramer();
    const stream = hex('0008 01f5 0000 0001 0008 0999 0000 0000 0008 01f5 0000 0002');
    const first = framer.push(stream);
    expect(first.messages).toEqual([{ type: 'NOTIFY', dataType: 1 }]);
    expect(first.error?.code).toBe('unknown type');
    expect(framer.push(hex('0008 01f5 0000 0003'))).toEqual({ messages: [], error: first.error });
    expect(framer.pendingBytes).toBe(0);
  });

  it('counts the bytes of an unfinished message, and no others', () => {
    const framer = apiRequestFramer();
    const stream = hex('0008 01f5 0000 0001 000b 01f4 01 00 0001 616263');
    const counted = byteByByte(stream).map((byte) => {
      framer.push(byte);
      return framer.pendingBytes;
    });
    expect(counted).toEqual([1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0]);
  });

  it('copies nothing of a message that lies whole in a chunk', () => {
    const chunk = hex('000b 01f4 01 00 0001 616263');
    const [message] = apiRequestFramer().push(chunk).messages;
    expect(message?.type === 'ANNOUNCE' && message.data.buffer === chunk.buffer).toBe(true);
  });

  it('keeps its own copy of a message that came in pieces', () => {
    const framer = apiRequestFramer();
    const start = hex('000b 01f4 01 00 0001 61');
    framer.push(start);
    start.fill(0);
    expect(framer.push(hex('6263')).messages).toEqual([
      { type: 'ANNOUNCE', ttl: 1, dataType: 1, data: Buffer.from('abc') },
    ]);
  });

  it('never writes again into a message that it has given away', () => {
    const framer = apiRequestFramer();
    const twice = pushAll(
      framer,
      byteByByte(hex('0009 01f4 01 00 0001 61 0009 01f4 01 00 0001 62')),
    );
    expect(twice.messages).toMatchObject([{ data: Buffer.from('a') }, { data: Buffer.from('b') }]);
  });
});

describe('framers of one message', () => {
  it('accept it and find the rest of the module API not for us', () => {
    const notification = hex('0009 01f6 0001 0002 61');
    const rpsPeer = hex('000d 021d 1771 00 00 7f000001 30');
    const notify = hex('0008 01f5 0000 0001');
    expect(apiNotificationFramer().push(notification).messages).toHaveLength(1);
    expect(rpsFramer().push(rpsPeer).messages).toHaveLength(1);
    for (const error of [
      apiNotificationFramer().push(rpsPeer).error,
      apiNotificationFramer().push(notify).error,
      rpsFramer().push(notification).error,
      rpsFramer().push(notify).error,
    ]) {
      expect(error?.code).toBe('not for us');
    }
  });
});

describe('peer framer', () => {
  it('holds a frame to the limit by its header alone', () => {
    const framer = peerFramer();
    const { messages, error } = framer.push(encodePeer(interest).subarray(0, 8));
    expect([messages.length, error?.code, framer.pendingBytes]).toEqual([0, 'size too large', 0]);
  });

  it.each([
    ['00000010 0300 0000', 'unknown type'],
    ['00000007 0209 0000', 'size too small'],
    ['ffffffff 01fe 0000', 'size too large'],
    ['0000001c 01fe 0000', 'no data'],
    ['00000011 0209 0000', 'wrong size'],
  ])('refuses the header %s at once: %s', (bytes, code) => {
    expect(establishedFramer().push(hex(bytes)).error?.code).toBe(code);
  });

  it('accepts what a raised limit allows', () => {
    const framer = peerFramer();
    framer.limitBytes = FRAME_LIMITS.unestablished;
    expect(framer.push(encodePeer(interest)).messages).toHaveLength(1);
    expect(framer.push(encodePeer(bigSpread)).error?.code).toBe('size too large');
  });

  it('accepts HELLO and INTEREST in the chunk of the OK that allows them', () => {
    const chunk = Buffer.concat(
      [{ type: 'OK', nonce: undefined } as const, hello, interest].map(encodePeer),
    );
    expect(
      peerFramer()
        .push(chunk)
        .messages.map(({ type }) => type),
    ).toEqual(['OK', 'HELLO', 'INTEREST']);
  });

  it('accepts an item behind a HELLO, and finishes it if its owner agrees', () => {
    const chunk = Buffer.concat([hello, bigSpread].map(encodePeer));
    const agreeing = peerFramer();
    expect(agreeing.push(chunk.subarray(0, 30_000)).messages).toHaveLength(1);
    agreeing.limitBytes = FRAME_LIMITS.established;
    expect(agreeing.push(chunk.subarray(30_000)).messages).toHaveLength(1);

    const silent = peerFramer();
    silent.push(chunk.subarray(0, 30_000));
    expect(silent.push(chunk.subarray(30_000)).error?.code).toBe('size too large');
    expect(silent.pendingBytes).toBe(0);
  });

  it('grants nothing behind other messages', () => {
    const chunk = Buffer.concat([ping, interest].map(encodePeer));
    const { messages, error } = peerFramer().push(chunk);
    expect([messages.length, error?.code]).toEqual([1, 'size too large']);
  });

  it('never holds more than the one unfinished frame, and takes each byte once', () => {
    const framer = establishedFramer();
    const frame = encodePeer(bigSpread);
    const held = byteByByte(Buffer.concat([frame, frame])).map((byte) => {
      framer.push(byte);
      return framer.pendingBytes;
    });
    expect(held.every((bytes, index) => bytes === (index + 1) % frame.length)).toBe(true);
  });
});

describe('peer framer before TLS', () => {
  const ok: PeerMessage = { type: 'OK', nonce: undefined };
  const record = Buffer.concat([hex('16 0303 0040'), Buffer.alloc(64, 5)]);
  const stream = Buffer.concat([encodePeer(ok), record]);

  it('keeps what comes behind OK as it is, in however many pieces', () => {
    for (const longest of [1, 2, 9, 200]) {
      const framer = peerFramer({ tls: true });
      const { below } = new Samples(longest);
      expect(pushAll(framer, pieces(stream, longest, below))).toEqual({
        messages: [ok],
        error: undefined,
      });
      expect(framer.hasEnded).toBe(true);
      expect(framer.surrender()).toEqual(record);
      expect([framer.hasEnded, framer.pendingBytes]).toEqual([false, 0]);
      expect(framer.push(encodePeer(ping)).messages).toEqual([ping]);
    }
  });

  it('reads on behind other messages, and behind OK where there is no TLS', () => {
    const both = Buffer.concat([encodePeer(ping), encodePeer(ping)]);
    expect(peerFramer({ tls: true }).push(both).messages).toEqual([ping, ping]);
    const okAndHello = Buffer.concat([encodePeer(ok), encodePeer(hello)]);
    expect(peerFramer().push(okAndHello).messages).toEqual([ok, hello]);
  });

  it('surrenders an unfinished frame, of which nothing stands before what comes then', () => {
    const framer = peerFramer({ tls: true });
    const begun = encodePeer(ping).subarray(0, 11);
    framer.push(begun);
    expect(framer.surrender()).toEqual(begun);
    expect(framer.push(encodePeer(ping)).messages).toEqual([ping]);
    expect(framer.surrender()).toEqual(Buffer.alloc(0));
  });
});

describe('framers under random input', () => {
  it.each([1, 3, 17, 400, 100_000])(
    'give the same peer messages whatever the chunks, up to %i bytes long',
    (longest) => {
      const samples = new Samples(longest);
      const messages = [...samples.peerMessages(), ...samples.peerMessages()];
      const stream = Buffer.concat(messages.map(encodePeer));
      const { below } = samples;
      expect(pushAll(establishedFramer(), pieces(stream, longest, below))).toEqual({
        messages,
        error: undefined,
      });
    },
  );

  /** What a fresh framer says of the chunks, short enough to be compared often. */
  const peerSays = (chunks: readonly Buffer[]) => {
    const { messages, error } = pushAll(establishedFramer(), chunks);
    return { bytes: Buffer.concat(messages.map(encodePeer)).toString('hex'), error };
  };
  const apiSays = (chunks: readonly Buffer[]) => {
    const { messages, error } = pushAll(apiRequestFramer(), chunks);
    return { bytes: Buffer.concat(messages.map(encodeApi)).toString('hex'), error };
  };

  it('give the same messages and error whatever the chunks, when bytes are damaged', () => {
    const samples = new Samples(42);
    const peers = Buffer.concat(samples.peerMessages().map(encodePeer));
    const requests = Buffer.concat(samples.apiMessages().slice(0, 2).map(encodeApi));
    const codes = new Set<string | undefined>();
    for (let round = 0; round < 600; round += 1) {
      for (const [says, stream] of [
        [peerSays, Buffer.from(peers)],
        [apiSays, Buffer.from(requests)],
      ] as const) {
        const damage = samples.below(2) === 0 ? 600 : stream.length;
        stream[samples.below(Math.min(damage, stream.length))] = samples.below(256);
        const whole = says([stream]);
        expect(says(pieces(stream, 1 + samples.below(3_000), samples.below))).toEqual(whole);
        codes.add(whole.error?.code);
      }
    }
    expect(codes.size).toBeGreaterThanOrEqual(6);
  });

  it('take random bytes without a throw, and hold none of them after an error', () => {
    const samples = new Samples(43);
    const codes = new Set<string | undefined>();
    const feedNoise = <Message>(framer: Framer<Message>): void => {
      const noise = samples.bytes(64);
      const { error } = pushAll(framer, pieces(noise, 20, samples.below));
      codes.add(error?.code);
      if (error !== undefined) expect(framer.pendingBytes).toBe(0);
    };
    for (let round = 0; round < 1_000; round += 1) {
      feedNoise(apiRequestFramer());
      feedNoise(apiNotificationFramer());
      feedNoise(rpsFramer());
      feedNoise(peerFramer());
    }
    expect(codes).toContain('unknown type');
  });
});
