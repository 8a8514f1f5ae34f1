import { Writable } from 'node:stream';
import type { SendClass } from '../../../src/core/send-classes.js';
import { SendQueue } from '../../../src/core/send-queue.js';
import { Outbox } from '../../../src/node/outbox.js';
import { Recorder } from '../../contract/recorder.js';

/** A socket that takes what it is given when the test lets it. */
class SlowSink extends Writable {
  readonly told = new Recorder<
    | { readonly type: 'write'; readonly frames: Buffer[]; readonly done: () => void }
    | { readonly type: 'end' }
  >();

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.told.note({ type: 'write', frames: chunks.map(({ chunk }) => chunk), done });
  }
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this._writev([{ chunk }], done);
  }
  override _final(done: () => void): void {
    this.told.note({ type: 'end' });
    done();
  }
  get writes(): Buffer[][] {
    return this.told.all('write').map(({ frames }) => frames);
  }
  async nthWrite(n: number): Promise<() => void> {
    await this.told.until(() => this.writes.length >= n);
    const write = this.told.all('write')[n - 1];
    if (write === undefined) throw new Error(`no write ${n}`);
    return write.done;
  }
}

const frame = (fill: number, bytes = 100): Buffer => Buffer.alloc(bytes, fill);
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Outbox', () => {
  let sink: SlowSink;
  let told: Recorder<{ readonly type: 'drained' | 'overflowed' }>;
  let outbox: Outbox;

  beforeEach(() => {
    sink = new SlowSink();
    told = new Recorder();
    outbox = new Outbox(
      sink,
      new SendQueue(),
      { lowWaterBytes: 1_000, unsentBytesMax: 1_000_000 },
      {
        drained: () => told.note({ type: 'drained' }),
        overflowed: () => told.note({ type: 'overflowed' }),
      },
    );
  });

  it('writes once what one turn has queued, and copies nothing', async () => {
    const frames = [1, 2, 3].map((fill) => frame(fill));
    for (const each of frames) outbox.push(each, 'push');
    expect(sink.writes).toEqual([]);
    await sink.nthWrite(1);
    expect(sink.writes).toHaveLength(1);
    sink.writes[0]?.forEach((written, at) => expect(written).toBe(frames[at]));
  });

  it('writes nothing more until the sink has taken the last write', async () => {
    outbox.push(frame(1), 'push');
    const done = await sink.nthWrite(1);
    outbox.push(frame(2), 'push');
    await nextTurn();
    outbox.push(frame(3), 'push');
    await nextTurn();
    expect(sink.writes).toHaveLength(1);
    done();
    await sink.nthWrite(2);
    expect(sink.writes[1]).toEqual([frame(2), frame(3)]);
  });

  it('counts unsent and taken bytes', async () => {
    outbox.push(frame(1), 'push');
    outbox.push(frame(2, 50), 'push');
    expect([outbox.unsentBytes, outbox.takenBytes]).toEqual([150, 0]);
    const done = await sink.nthWrite(1);
    outbox.push(frame(3, 25), 'push');
    expect([outbox.unsentBytes, outbox.takenBytes]).toEqual([175, 0]);
    done();
    const doneToo = await sink.nthWrite(2);
    expect([outbox.unsentBytes, outbox.takenBytes]).toEqual([25, 150]);
    doneToo();
    await nextTurn();
    expect([outbox.unsentBytes, outbox.takenBytes]).toEqual([0, 175]);
  });

  it('splits a large queue into writes of 64 KiB, but never a frame', async () => {
    for (const bytes of [60_000, 5_000, 1_000, 70_000, 10]) outbox.push(frame(1, bytes), 'push');
    for (let n = 1; n <= 4; n += 1) (await sink.nthWrite(n))();
    expect(sink.writes.map((frames) => frames.map(({ length }) => length))).toEqual([
      [60_000, 5_000],
      [1_000],
      [70_000],
      [10],
    ]);
  });

  it('writes first what is most urgent, once the last write is done', async () => {
    outbox.push(frame(9, 1_000), 'push');
    const done = await sink.nthWrite(1);
    const classes: SendClass[] = ['answer', 'push', 'control', 'membership', 'push', 'control'];
    classes.forEach((sendClass, at) => outbox.push(frame(at), sendClass));
    await nextTurn();
    expect(sink.writes).toHaveLength(1);
    done();
    await sink.nthWrite(2);
    expect(sink.writes[1]).toEqual([3, 2, 5, 1, 4, 0].map((at) => frame(at)));
  });

  it('tells of draining when a frame was refused, though little was unsent', async () => {
    outbox.push(frame(1), 'push');
    outbox.noteRefusal();
    (await sink.nthWrite(1))();
    await told.first('drained');
  });

  it('tells of draining when the rest of what waited was taken back', async () => {
    const queue = new SendQueue<Buffer>();
    const drained = new Promise<void>((resolve) => {
      const limits = { lowWaterBytes: 1_000, unsentBytesMax: 1_000_000 };
      const other = new Outbox(sink, queue, limits, {
        drained: () => resolve(),
        overflowed: () => undefined,
      });
      other.push(frame(1, 2_000), 'push', 'one');
    });
    expect(queue.cancel('one')).toBe(1);
    await drained;
    expect(sink.writes).toEqual([]);
  });

  it('tells of draining once all has been taken, after the mark was passed', async () => {
    outbox.push(frame(1, 1_001), 'push');
    const done = await sink.nthWrite(1);
    outbox.push(frame(2), 'push');
    await nextTurn();
    done();
    const doneToo = await sink.nthWrite(2);
    expect(told.events).toEqual([]);
    doneToo();
    await told.first('drained');
    expect(outbox.unsentBytes).toBe(0);
  });

  it('does not tell of draining below the mark', async () => {
    outbox.push(frame(1, 1_000), 'push');
    (await sink.nthWrite(1))();
    await nextTurn();
    expect([outbox.unsentBytes, told.events]).toEqual([0, []]);
  });

  it('ends the stream only when all has been taken', async () => {
    outbox.push(frame(1), 'push');
    const done = await sink.nthWrite(1);
    outbox.push(frame(2), 'push');
    outbox.finish();
    outbox.push(frame(3), 'push');
    await nextTurn();
    expect(sink.told.all('end')).toEqual([]);
    done();
    (await sink.nthWrite(2))();
    await sink.told.first('end');
    expect(sink.writes).toEqual([[frame(1)], [frame(2)]]);
  });

  it('overflows once, forgets what is queued and takes nothing more', async () => {
    outbox.push(frame(1), 'push');
    await sink.nthWrite(1);
    outbox.push(frame(2, 1_000_000), 'push');
    outbox.push(frame(3), 'push');
    await nextTurn();
    expect(told.all('overflowed')).toHaveLength(1);
    expect(sink.writes).toHaveLength(1);
    expect(outbox.unsentBytes).toBe(100);
  });

  describe('without a socket', () => {
    const waiting = (): Outbox =>
      new Outbox(
        undefined,
        new SendQueue(),
        { lowWaterBytes: 1_000, unsentBytesMax: 1_000_000 },
        { drained: () => told.note({ type: 'drained' }), overflowed: () => undefined },
      );

    it('keeps what it is given, and sends it in order once it has one', async () => {
      const held = waiting();
      held.push(frame(1), 'push');
      await nextTurn();
      held.push(frame(2), 'push');
      expect(held.unsentBytes).toBe(200);
      held.open(sink);
      (await sink.nthWrite(1))();
      expect(sink.writes).toEqual([[frame(1), frame(2)]]);
      expect(held.unsentBytes).toBe(0);
    });

    it('ends the stream behind what it kept', async () => {
      const held = waiting();
      held.push(frame(1), 'push');
      held.open(sink);
      held.finish();
      (await sink.nthWrite(1))();
      await sink.told.first('end');
      expect(sink.writes).toEqual([[frame(1)]]);
    });
  });

  it('gives the socket all that it has when it retires, and takes nothing more', async () => {
    const first = frame(1, 60_000);
    for (const each of [first, frame(2, 60_000), frame(3)]) outbox.push(each, 'push');
    outbox.retire();
    outbox.push(frame(4), 'push');
    for (const n of [1, 2]) (await sink.nthWrite(n))();
    expect(sink.writes).toEqual([[first], [frame(2, 60_000), frame(3)]]);
    await nextTurn();
    expect(sink.writes).toHaveLength(2);
    expect(told.all('drained')).toEqual([]);
  });
});
