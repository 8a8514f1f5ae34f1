import { hash } from 'node:crypto';
import { PUSH_BYTES_MAX } from '../../src/core/send-classes.js';
import { FRAME_LIMITS, type PeerMessage, type Spread } from '../../src/wire/messages.js';
import { encodePeer } from '../../src/wire/peer-codec.js';
import { ping, secureBoth, type End, type PeersPortMaker } from './peers-port-kit.js';
import { describeSecuring } from './peers-port-securing.suite.js';
import { PeersRecorder } from './peers-recorder.js';

const LOW_WATER_BYTES = 256 * 1_024;

const spread = (dataBytes: number, fill = 7): Spread => ({
  type: 'SPREAD',
  ttl: 0,
  dataType: 1,
  expiryMs: 1_700_000_000_000,
  salt: Buffer.alloc(8, fill),
  data: Buffer.alloc(dataBytes, fill),
});

/** Large messages are compared by their hashes: byte by byte takes seconds. */
const fingerprints = (messages: readonly PeerMessage[]): string[] =>
  messages.map((message) => hash('sha256', encodePeer(message)));

/** What every implementation of `PeersPort` does: sockets and the simulated network alike. */
export const describePeersPort = (name: string, maker: PeersPortMaker): void => {
  describePlainOrTls(`${name}, plain`, maker, false);
  describePlainOrTls(`${name}, TLS`, maker, true);
  describeSecuring(name, maker);
};

/** What does not depend on what a link runs on; `isSecured`: whether that is TLS. */
const describePlainOrTls = (name: string, maker: PeersPortMaker, isSecured: boolean): void => {
  describe(`peers port › ${name}`, () => {
    const ends: End[] = [];
    const open = async (): Promise<End> => {
      const told = new PeersRecorder();
      const end = { ...(await maker.open(told)), told };
      ends.push(end);
      return end;
    };
    /** Two ends, linked: 1 at the caller, 101 at the listener. */
    const link = async (): Promise<{ caller: End; listener: End }> => {
      const [caller, listener] = [await open(), await open()];
      caller.port.dial(1, listener.address);
      await maker.drive(
        Promise.all([caller.told.first('connected'), listener.told.first('opened')]),
      );
      if (isSecured) await secureBoth(maker, caller, listener);
      return { caller, listener };
    };
    const liftLimits = ({ caller, listener }: { caller: End; listener: End }): void => {
      caller.port.limitFrames(1, FRAME_LIMITS.established);
      listener.port.limitFrames(101, FRAME_LIMITS.established);
    };

    afterEach(async () => {
      await maker.drive(Promise.all(ends.splice(0).map((end) => end.close())));
    });

    it('tells both ends of a dial that succeeds', async () => {
      const { caller, listener } = await link();
      const connected = await caller.told.first('connected');
      expect(connected).toEqual({ type: 'connected', connection: 1, remote: listener.address });
      const opened = await listener.told.first('opened');
      expect(opened.remote.host).toBe(caller.address.host);
    });

    it("answers to a caller's name from opened on", async () => {
      const [caller, listener] = [await open(), await open()];
      listener.told.onOpened = (connection) => listener.port.send([connection], ping(3));
      caller.port.dial(1, listener.address);
      await maker.drive(caller.told.first('received'));
      expect(caller.told.messages).toEqual([ping(3)]);
    });

    it('tells of a dial that fails, once, and not before dial has returned', async () => {
      const caller = await open();
      caller.port.dial(1, await maker.deadAddress());
      expect(caller.told.events).toEqual([]);
      await maker.drive(caller.told.first('closed'));
      expect(caller.told.events).toEqual([
        { type: 'closed', connection: 1, reason: expect.stringMatching(/./) },
      ]);
    });

    it('keeps the order of a thousand messages, in both directions', async () => {
      const { caller, listener } = await link();
      for (let n = 0; n < 1_000; n += 1) {
        caller.port.send([1], ping(n));
        listener.port.send([101], ping(-n >>> 0));
      }
      await maker.drive(
        Promise.all(
          [caller, listener].map(({ told }) => told.until(() => told.messages.length === 1_000)),
        ),
      );
      expect(fingerprints(listener.told.messages)).toEqual(
        fingerprints(Array.from({ length: 1_000 }, (_, n) => ping(n))),
      );
      expect(fingerprints(caller.told.messages)).toEqual(
        fingerprints(Array.from({ length: 1_000 }, (_, n) => ping(-n >>> 0))),
      );
    });

    it('delivers in one piece what one tick has sent', async () => {
      const { caller, listener } = await link();
      for (let n = 0; n < 32; n += 1) caller.port.send([1], ping(n));
      const { messages } = await maker.drive(listener.told.first('received'));
      expect(messages).toHaveLength(32);
    });

    it('carries the largest items', async () => {
      const ends = await link();
      liftLimits(ends);
      for (const fill of [1, 2, 3]) ends.caller.port.send([1], spread(65_527, fill));
      const { told } = ends.listener;
      await maker.drive(told.until(() => told.messages.length === 3));
      expect(fingerprints(told.messages)).toEqual(
        fingerprints([1, 2, 3].map((fill) => spread(65_527, fill))),
      );
    });

    it('sends one message to several connections', async () => {
      const [caller, one, other] = [await open(), await open(), await open()];
      caller.port.dial(1, one.address);
      caller.port.dial(2, other.address);
      await maker.drive(caller.told.until(() => caller.told.all('connected').length === 2));
      caller.port.send([1, 2], ping(5));
      await maker.drive(Promise.all([one.told.first('received'), other.told.first('received')]));
      expect([one.told.messages, other.told.messages]).toEqual([[ping(5)], [ping(5)]]);
    });

    it('accepts no frame above the first limit, and hears nothing behind it', async () => {
      const { caller, listener } = await link();
      caller.port.send([1], ping(1));
      caller.port.send([1], spread(FRAME_LIMITS.unproven));
      caller.port.send([1], spread(2));
      const malformed = await maker.drive(listener.told.first('malformed'));
      expect(malformed).toMatchObject({ connection: 101, error: { code: 'size too large' } });
      listener.port.close(101);
      await maker.drive(listener.told.first('closed'));
      expect(listener.told.messages).toEqual([ping(1)]);
    });

    it('accepts larger frames once the limit is raised', async () => {
      const { caller, listener } = await link();
      listener.port.limitFrames(101, FRAME_LIMITS.unestablished);
      caller.port.send([1], spread(FRAME_LIMITS.unproven));
      await maker.drive(listener.told.first('received'));
      expect(listener.told.messages).toEqual([spread(FRAME_LIMITS.unproven)]);
    });

    it('counts what is unsent, and tells when it has drained', async () => {
      const ends = await link();
      liftLimits(ends);
      const { caller, listener } = ends;
      const count = (2 * LOW_WATER_BYTES) / 32_768;
      for (let n = 0; n < count; n += 1) caller.port.send([1], spread(32_768));
      expect(caller.port.unsentBytes(1)).toBeGreaterThan(2 * LOW_WATER_BYTES);
      await maker.drive(caller.told.first('drained'));
      expect(caller.port.unsentBytes(1)).toBe(0);
      await maker.drive(listener.told.until(() => listener.told.messages.length === count));
      expect(caller.told.all('drained')).toEqual([{ type: 'drained', connection: 1 }]);
    });

    it('lets what is urgent overtake items that wait', async () => {
      const ends = await link();
      liftLimits(ends);
      const { caller, listener } = ends;
      for (let n = 0; n < 20; n += 1) caller.port.send([1], spread(60_000, n));
      caller.port.send([1], ping(1));
      await maker.drive(listener.told.until(() => listener.told.messages.length === 21));
      expect(listener.told.messages.findIndex(({ type }) => type === 'PING')).toBeLessThan(5);
    });

    it('refuses what has no room in its class, and tells when there is some', async () => {
      const ends = await link();
      liftLimits(ends);
      const { caller, listener } = ends;
      const message = spread(65_000);
      let sent = 0;
      while (caller.port.send([1], message).length === 0) sent += 1;
      expect(caller.port.waitingBytes('push')).toBeGreaterThanOrEqual(PUSH_BYTES_MAX);
      expect(caller.port.send([1], message)).toEqual([1]);
      expect(caller.port.send([1], ping(1))).toEqual([]);
      await maker.drive(caller.told.first('drained'));
      expect(caller.port.waitingBytes('push')).toBe(0);
      expect(caller.port.send([1], message)).toEqual([]);
      await maker.drive(listener.told.until(() => listener.told.messages.length === sent + 2));
    });

    it('takes back copies of an item that have not begun to leave', async () => {
      const ends = await link();
      liftLimits(ends);
      const { caller, listener } = ends;
      for (let n = 0; n < 20; n += 1) {
        caller.port.send([1], spread(60_000, n), { itemId: `${n}`, sendClass: 'push' });
      }
      const before = caller.port.unsentBytes(1);
      expect(caller.port.cancel(1, ['18', '7', 'unknown'])).toBe(2);
      expect(caller.port.cancel(77, ['7'])).toBe(0);
      expect(caller.port.unsentBytes(1)).toBeLessThan(before - 2 * 60_000);
      await maker.drive(listener.told.until(() => listener.told.messages.length === 18));
      const left = Array.from({ length: 20 }, (_, n) => n).filter((n) => n !== 7 && n !== 18);
      expect(fingerprints(listener.told.messages)).toEqual(
        fingerprints(left.map((n) => spread(60_000, n))),
      );
    });

    it('does not tell of draining when little was unsent', async () => {
      const { caller, listener } = await link();
      caller.port.send([1], ping(1));
      await maker.drive(listener.told.first('received'));
      caller.port.close(1);
      await maker.drive(caller.told.first('closed'));
      expect(caller.told.all('drained')).toEqual([]);
    });

    it('sends what is queued before it closes, and tells both ends', async () => {
      const ends = await link();
      liftLimits(ends);
      const { caller, listener } = ends;
      for (let n = 0; n < 20; n += 1) caller.port.send([1], spread(60_000, n));
      caller.port.close(1);
      await maker.drive(Promise.all([listener.told.first('closed'), caller.told.first('closed')]));
      expect(fingerprints(listener.told.messages)).toEqual(
        fingerprints(Array.from({ length: 20 }, (_, n) => spread(60_000, n))),
      );
      expect(listener.told.events.at(-1)?.type).toBe('closed');
    });

    it('hears nothing more of a connection that it is closing', async () => {
      const { caller, listener } = await link();
      listener.port.close(101);
      caller.port.send([1], ping(1));
      await maker.drive(Promise.all([listener.told.first('closed'), caller.told.first('closed')]));
      expect(listener.told.messages).toEqual([]);
    });

    it('ignores calls on names that are not in use', async () => {
      const { caller, listener } = await link();
      caller.port.close(1);
      await maker.drive(caller.told.first('closed'));
      caller.port.send([1, 77], ping(1));
      caller.port.limitFrames(1, 1_000);
      caller.port.close(1);
      expect(caller.port.unsentBytes(1)).toBe(0);
      await maker.drive(listener.told.first('closed'));
      expect(caller.told.all('closed')).toHaveLength(1);
      expect(listener.told.messages).toEqual([]);
    });

    it('lets a name be used again inside closed', async () => {
      const { caller, listener } = await link();
      let again = false;
      const redial = caller.told.until(() => {
        if (caller.told.all('closed').length === 1 && !again) {
          again = true;
          caller.port.dial(1, listener.address);
        }
        return caller.told.all('connected').length === 2;
      });
      listener.port.close(101);
      await maker.drive(redial);
      caller.port.send([1], ping(9));
      await maker.drive(listener.told.first('received'));
      expect(listener.told.messages).toEqual([ping(9)]);
    });

    it('hangs up on a caller whom the handler refuses, and says no more of it', async () => {
      const [caller, listener] = [await open(), await open()];
      listener.told.refuses = true;
      caller.port.dial(1, listener.address);
      await maker.drive(caller.told.first('closed'));
      expect(listener.told.events).toEqual([]);
    });

    it('closes the connection of a handler that throws, and no other', async () => {
      const { caller, listener } = await link();
      caller.port.dial(2, listener.address);
      await maker.drive(listener.told.until(() => listener.told.all('opened').length === 2));
      listener.told.onReceived = (connection) => {
        if (connection === 101) throw new Error('handler failed on purpose');
      };
      caller.port.send([1], ping(1));
      await maker.drive(Promise.all([listener.told.first('closed'), caller.told.first('closed')]));
      caller.port.send([2], ping(2));
      await maker.drive(listener.told.until(() => listener.told.messages.length === 2));
      expect(listener.told.all('closed').map(({ connection }) => connection)).toEqual([101]);
    });
  });
};
