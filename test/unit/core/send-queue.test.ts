import {
  ANSWER_BYTES_MAX,
  ASSURED_BYTES_MAX,
  CONTROL_BYTES_MAX,
  hasRoom,
  MEMBERSHIP_BYTES_MAX,
  PUSH_BYTES_MAX,
  SEND_CLASSES,
  sendClassOf,
  WAITING_BYTES_MAX,
  type SendClass,
} from '../../../src/core/send-classes.js';
import { SendQueue, SendTally } from '../../../src/core/send-queue.js';

const KIB = 1_024;

/** Everything that may leave, in order. */
const drain = (queue: SendQueue<string>): string[] => {
  const frames: string[] = [];
  for (let next = queue.take(KIB); next !== undefined; next = queue.take(KIB)) {
    frames.push(...next.frames);
  }
  return frames;
};
const push = (queue: SendQueue<string>, frame: string, sendClass: SendClass, itemId?: string) =>
  queue.push(frame, 100, sendClass, itemId);

describe('a send queue', () => {
  it('lets the most urgent class leave first, and each in its order', () => {
    const queue = new SendQueue<string>();
    for (const turn of [1, 2]) {
      for (const sendClass of SEND_CLASSES.toReversed())
        push(queue, `${sendClass} ${turn}`, sendClass);
    }
    expect(drain(queue)).toEqual(SEND_CLASSES.flatMap((name) => [`${name} 1`, `${name} 2`]));
    expect(queue.bytes).toBe(0);
  });

  it('gives what fits, or one frame that is larger', () => {
    const queue = new SendQueue<string>();
    queue.push('large', 5 * KIB, 'control');
    for (const frame of ['a', 'b', 'c']) queue.push(frame, 400, 'push');
    expect(queue.take(KIB)).toEqual({ frames: ['large'], bytes: 5 * KIB });
    expect(queue.take(KIB)).toEqual({ frames: ['a', 'b'], bytes: 800 });
    expect(queue.take(KIB)).toEqual({ frames: ['c'], bytes: 400 });
    expect(queue.take(KIB)).toBeUndefined();
  });

  it('lets nothing small overtake what is more urgent and has no room', () => {
    const queue = new SendQueue<string>();
    queue.push('first', 600, 'control');
    queue.push('second', 600, 'control');
    queue.push('small', 10, 'push');
    expect(queue.take(KIB)?.frames).toEqual(['first']);
    expect(queue.take(KIB)?.frames).toEqual(['second', 'small']);
  });

  it('counts bytes by class, and those of several queues together', () => {
    const tally = new SendTally();
    const [one, other] = [new SendQueue<string>(tally), new SendQueue<string>(tally)];
    push(one, 'a', 'push');
    push(other, 'b', 'push');
    push(other, 'c', 'answer');
    expect([one.bytes, one.bytesOf('push'), one.bytesOf('answer')]).toEqual([100, 100, 0]);
    expect([tally.total, tally.bytesOf('push'), tally.bytesOf('answer')]).toEqual([300, 200, 100]);
    one.take(KIB);
    other.clear();
    expect([one.bytes, other.bytes, tally.total, tally.bytesOf('push')]).toEqual([0, 0, 0, 0]);
  });

  it('takes back the copies of an item that wait, of any class', () => {
    const tally = new SendTally();
    const queue = new SendQueue<string>(tally);
    push(queue, 'HAVE', 'control');
    push(queue, 'one', 'push', '1');
    push(queue, 'two', 'push', '2');
    push(queue, 'one, asked for', 'answer', '1');
    expect(queue.cancel('1')).toBe(2);
    expect([queue.bytes, queue.bytesOf('answer'), tally.total]).toEqual([200, 0, 200]);
    expect(queue.cancel('1')).toBe(0);
    expect(drain(queue)).toEqual(['HAVE', 'two']);
  });

  it('finds what came after it was first asked to take something back', () => {
    const queue = new SendQueue<string>();
    push(queue, 'one', 'push', '1');
    queue.cancel('none');
    push(queue, 'two', 'push', '2');
    push(queue, 'two, further', 'push', '2');
    expect(queue.cancel('2')).toBe(2);
    expect(drain(queue)).toEqual(['one']);
  });

  it('takes nothing back that has left', () => {
    const queue = new SendQueue<string>();
    for (const itemId of ['1', '1', '2']) queue.push(itemId, KIB, 'push', itemId);
    queue.cancel('none');
    queue.take(KIB);
    expect(queue.cancel('1')).toBe(1);
    queue.take(KIB);
    expect([queue.cancel('2'), queue.bytes]).toEqual([0, 0]);
  });

  it('is empty, and may be used again, when all was taken back', () => {
    const queue = new SendQueue<string>();
    push(queue, 'one', 'push', '1');
    queue.cancel('1');
    expect([queue.bytes, queue.take(KIB)]).toEqual([0, undefined]);
    push(queue, 'two', 'push', '2');
    expect(drain(queue)).toEqual(['two']);
  });

  it('keeps its order and its count through a long life without a pause', () => {
    const queue = new SendQueue<number>();
    const taken: number[] = [];
    for (let n = 0; n < 2_000; n += 1) {
      queue.push(n, 100, 'push', String(n));
      if (n % 3 === 0) queue.cancel(String(n));
      if (n % 2 === 0 && n > 100) taken.push(...(queue.take(100)?.frames ?? []));
    }
    for (let next = queue.take(KIB); next !== undefined; next = queue.take(KIB)) {
      taken.push(...next.frames);
    }
    expect(taken).toEqual(Array.from({ length: 2_000 }, (_, n) => n).filter((n) => n % 3 > 0));
    expect(queue.bytes).toBe(0);
  });
});

describe('room to wait', () => {
  const bounds: Readonly<Record<SendClass, number>> = {
    membership: MEMBERSHIP_BYTES_MAX,
    control: CONTROL_BYTES_MAX,
    push: PUSH_BYTES_MAX,
    answer: ANSWER_BYTES_MAX,
  };

  it.each(SEND_CLASSES)('of class %s ends at its bound', (sendClass) => {
    const most = bounds[sendClass];
    expect([most - 1, most].map((bytes) => hasRoom(sendClass, bytes, bytes))).toEqual([
      true,
      false,
    ]);
  });

  it('ends at a small share when all connections together have too much', () => {
    const room = [0, ASSURED_BYTES_MAX - 1, ASSURED_BYTES_MAX].map((bytes) =>
      hasRoom('push', bytes, WAITING_BYTES_MAX),
    );
    expect(room).toEqual([true, true, false]);
    expect(hasRoom('push', ASSURED_BYTES_MAX, WAITING_BYTES_MAX - 1)).toBe(true);
  });

  it('lets signs of life overtake items, and items a farewell', () => {
    const order = (['PONG', 'SPREAD', 'PEER_LEAVE'] as const).map((type) =>
      SEND_CLASSES.indexOf(sendClassOf(type)),
    );
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(new Set(order).size).toBe(3);
  });
});
