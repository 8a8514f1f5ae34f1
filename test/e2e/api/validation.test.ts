import { line, ring } from '../harness/topologies.js';
import { stopAll, waitUntil, type Daemon } from '../harness/daemon.js';
import { openListener, openModule, type Listener } from '../harness/modules.js';
import { rawModule, type RawModule } from '../harness/raw-module.js';
import { announce, notify, readNotification, validation } from './frames.js';
import {
  freshData,
  freshType,
  heardUntilMarker,
  openCheckpoint,
  settledListener,
  type Checkpoint,
} from './order.js';

/** Three daemons: one announces, the middle one's modules judge, the last one's module listens. */
class Bench {
  private constructor(
    readonly first: Daemon,
    readonly middle: Daemon,
    readonly last: Daemon,
    readonly atFirst: Checkpoint,
    readonly atMiddle: Checkpoint,
  ) {}

  static async open(gossip: Readonly<Record<string, string | number>>): Promise<Bench> {
    const [first, middle, last] = (await line(3, { gossip })) as [Daemon, Daemon, Daemon];
    await first.waitForLog(/link up/);
    await last.waitForLog(/link up/);
    const atFirst = await openCheckpoint(first);
    return new Bench(first, middle, last, atFirst, await openCheckpoint(middle));
  }

  /** A subscriber of the middle that says nothing unless the test does. */
  voter(type: number): Promise<Listener> {
    return settledListener(this.middle, type, { at: this.atFirst, verdict: 'abstain' });
  }

  listener(type: number): Promise<Listener> {
    return settledListener(this.last, type, { at: this.atMiddle });
  }

  async announce(type: number, data = freshData()): Promise<string> {
    await (await openModule(this.first)).announce(type, data);
    return data;
  }

  async count(name: string): Promise<number> {
    return (await this.middle.metrics()).get(name) ?? 0;
  }

  /** Waits until a counter of the middle has grown by this much since `before`. */
  async grows(name: string, before: number, by = 1): Promise<void> {
    await waitUntil(async () => (await this.count(name)) >= before + by, { what: `${name} grows` });
    expect(await this.count(name)).toBe(before + by);
  }

  /** All that the middle has relayed of a type until now. */
  relayed(type: number, listener: Listener): Promise<readonly string[]> {
    return heardUntilMarker(listener, this.middle, type);
  }
}

describe('VALIDATION before the deadline', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.open({ validation_timeout: 300 });
  });
  afterAll(stopAll);

  it('that says valid lets the item be relayed, which it was not before', async () => {
    const type = freshType();
    const [voter, listener] = [await bench.voter(type), await bench.listener(type)];
    const data = await bench.announce(type);
    const notification = await voter.hears(data);
    expect(await bench.relayed(type, listener)).toEqual([]);
    notification.accept();
    await listener.hears(data);
  });

  it('that says invalid stops the item', async () => {
    const type = freshType();
    const [voter, listener] = [await bench.voter(type), await bench.listener(type)];
    const before = await bench.count('items_rejected_total');
    const notification = await voter.hears(await bench.announce(type));
    notification.reject();
    await bench.grows('items_rejected_total', before);
    expect(await bench.relayed(type, listener)).toEqual([]);
  });

  it('is awaited from every subscriber', async () => {
    const type = freshType();
    const voters = [await bench.voter(type), await bench.voter(type), await bench.voter(type)];
    const listener = await bench.listener(type);
    const data = await bench.announce(type);
    const [one, two, three] = await Promise.all(voters.map((voter) => voter.hears(data)));
    one?.accept();
    two?.accept();
    for (const { client } of voters.slice(0, 2)) await bench.atFirst.passedBy(client);
    expect(await bench.relayed(type, listener)).toEqual([]);
    three?.accept();
    await listener.hears(data);
  });

  it('rejects at the first invalid, whatever the others said', async () => {
    const type = freshType();
    const voters = [await bench.voter(type), await bench.voter(type), await bench.voter(type)];
    const listener = await bench.listener(type);
    const before = await bench.count('items_rejected_total');
    const data = await bench.announce(type);
    const [one, two, three] = await Promise.all(voters.map((voter) => voter.hears(data)));
    one?.accept();
    await bench.atFirst.passedBy((voters[0] as Listener).client);
    two?.reject();
    await bench.grows('items_rejected_total', before);
    three?.accept();
    await bench.atFirst.passedBy((voters[2] as Listener).client);
    expect(await bench.relayed(type, listener)).toEqual([]);
  });

  it('is not awaited from a subscriber that disconnects', async () => {
    const type = freshType();
    const [voter, leaver] = [await bench.voter(type), await bench.voter(type)];
    const listener = await bench.listener(type);
    const data = await bench.announce(type);
    await leaver.hears(data);
    (await voter.hears(data)).accept();
    await bench.atFirst.passedBy(voter.client);
    expect(await bench.relayed(type, listener)).toEqual([]);
    await leaver.client.close();
    await listener.hears(data);
  });

  it('from nobody, the last subscriber being gone, lets the item be ignored', async () => {
    const type = freshType();
    const [voter, listener] = [await bench.voter(type), await bench.listener(type)];
    const before = await bench.count('items_ignored_total');
    await voter.hears(await bench.announce(type));
    await voter.client.close();
    await bench.grows('items_ignored_total', before);
    expect(await bench.relayed(type, listener)).toEqual([]);
  });

  it('of an unknown, repeated or foreign id is counted and ignored', async () => {
    const type = freshType();
    const open = async (): Promise<RawModule> => {
      const module = await rawModule(bench.middle.api);
      await module.write(notify(type));
      await bench.atFirst.passedBy(module);
      return module;
    };
    const [one, other] = [await open(), await open()];
    const listener = await bench.listener(type);
    const data = await bench.announce(type);
    const [ownId, foreignId] = await Promise.all(
      [one, other].map(async (module) => readNotification(await module.nextFrame()).messageId),
    );
    const before = await bench.count('validations_unknown_total');
    const unknownId = [0, 1, 2].find((id) => id !== ownId && id !== foreignId) as number;
    // A reject under the other's id, and repetitions of an own accept, must not decide anything.
    await one.write(validation(foreignId as number, false));
    await one.write(validation(unknownId, false));
    await one.write(validation(ownId as number, true));
    await one.write(validation(ownId as number, false));
    await bench.atFirst.passedBy(one);
    await bench.grows('validations_unknown_total', before, foreignId === ownId ? 2 : 3);
    expect(await bench.relayed(type, listener)).toEqual([]);
    await other.write(validation(foreignId as number, true));
    await listener.hears(data);
  });

  it('ignores its reserved bits', async () => {
    const type = freshType();
    const module = await rawModule(bench.middle.api);
    await module.write(notify(type));
    await bench.atFirst.passedBy(module);
    const listener = await bench.listener(type);
    const vote = async (bits: number): Promise<string> => {
      const data = await bench.announce(type);
      const verdict = validation(readNotification(await module.nextFrame()).messageId);
      verdict.writeUInt16BE(bits, 6);
      await module.write(verdict);
      return data;
    };
    const before = await bench.count('items_rejected_total');
    await listener.hears(await vote(0xffff));
    await vote(0xfffe);
    await bench.grows('items_rejected_total', before);
  });

  it('is handled before data that the module queued ahead of it', async () => {
    const type = freshType();
    const module = await rawModule(bench.middle.api);
    await module.write(notify(type));
    await bench.atFirst.passedBy(module);
    const listener = await bench.listener(type);
    const data = await bench.announce(type);
    const { messageId } = readNotification(await module.nextFrame());
    const queued = ['queued 1', 'queued 2'].map((text) => announce(type, text));
    await module.write(Buffer.concat([...queued, validation(messageId)]));
    const heard = await listener.hearsCount(3);
    expect(heard.map((item) => item.data.toString())).toEqual([data, 'queued 1', 'queued 2']);
  });
});

describe('VALIDATION and copies', () => {
  afterAll(stopAll);

  it('of a rejected item is not asked for again when another link brings it', async () => {
    const gossip = { validation_timeout: 300 };
    const [first, judge, other] = (await ring(3, { gossip })) as [Daemon, Daemon, Daemon];
    await first.waitForLog(/link up .*links=2/);
    await judge.waitForLog(/link up .*links=2/);
    await other.waitForLog(/link up .*links=2/);
    const atFirst = await openCheckpoint(first);
    const type = freshType();
    const voter = await settledListener(judge, type, { at: atFirst, verdict: 'abstain' });
    await (await openCheckpoint(other)).passedBy(voter.client);
    const relay = await settledListener(other, type, { at: atFirst, verdict: 'abstain' });
    const announcer = await openModule(first);
    await announcer.announce(type, 'rejected');
    (await voter.hears('rejected')).reject();
    const count = async (name: string): Promise<number> => (await judge.metrics()).get(name) ?? 0;
    await waitUntil(async () => (await count('items_rejected_total')) === 1, { what: 'a reject' });
    (await relay.hears('rejected')).accept();
    await waitUntil(async () => (await count('items_duplicate_total')) === 1, { what: 'a copy' });
    expect(await heardUntilMarker(voter, judge, type)).toEqual(['rejected']);
    expect(await count('items_rejected_total')).toBe(1);
    expect(await count('items_accepted_total')).toBeLessThanOrEqual(1);
  });
});

describe('VALIDATION at the deadline', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.open({ validation_timeout: 0.4 });
  });
  afterAll(stopAll);

  it('from nobody ignores the item', async () => {
    const type = freshType();
    const [voter, listener] = [await bench.voter(type), await bench.listener(type)];
    const before = await bench.count('items_ignored_total');
    await voter.hears(await bench.announce(type));
    await bench.grows('items_ignored_total', before);
    expect(await bench.relayed(type, listener)).toEqual([]);
  });

  it('from one of two is enough when it says valid', async () => {
    const type = freshType();
    const [voter, silent] = [await bench.voter(type), await bench.voter(type)];
    const listener = await bench.listener(type);
    const data = await bench.announce(type);
    await silent.hears(data);
    (await voter.hears(data)).accept();
    await listener.hears(data);
  });

  it('and later, being valid, offers the item', async () => {
    const type = freshType();
    const [voter, listener] = [await bench.voter(type), await bench.listener(type)];
    const ignored = await bench.count('items_ignored_total');
    const late = await bench.count('verdicts_late_total');
    const data = await bench.announce(type);
    const notification = await voter.hears(data);
    await bench.grows('items_ignored_total', ignored);
    notification.accept();
    await listener.hears(data);
    expect(await bench.count('verdicts_late_total')).toBe(late + 1);
  });

  it('and later, being invalid, offers nothing', async () => {
    const type = freshType();
    const [voter, listener] = [await bench.voter(type), await bench.listener(type)];
    const ignored = await bench.count('items_ignored_total');
    const late = await bench.count('verdicts_late_total');
    const notification = await voter.hears(await bench.announce(type));
    await bench.grows('items_ignored_total', ignored);
    notification.reject();
    await bench.grows('verdicts_late_total', late);
    expect(await bench.relayed(type, listener)).toEqual([]);
  });
});

describe('VALIDATION with validation_policy = all', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.open({ validation_timeout: 1, validation_policy: 'all' });
  });
  afterAll(stopAll);

  it('from one of two is not enough at the deadline', async () => {
    const type = freshType();
    const [voter, silent] = [await bench.voter(type), await bench.voter(type)];
    const listener = await bench.listener(type);
    const before = await bench.count('items_ignored_total');
    const data = await bench.announce(type);
    await silent.hears(data);
    (await voter.hears(data)).accept();
    await bench.grows('items_ignored_total', before);
    expect(await bench.relayed(type, listener)).toEqual([]);
  });

  it('is not awaited after three silent deadlines, until the module answers again', async () => {
    const type = freshType();
    const silent = await bench.voter(type);
    const voter = await openListener(bench.middle, type);
    await bench.atFirst.passedBy(voter.client);
    const listener = await bench.listener(type);
    const ignored = await bench.count('items_ignored_total');
    for (let n = 0; n < 3; n += 1) await bench.announce(type);
    await bench.middle.waitForLog(/module does not answer/);
    await bench.grows('items_ignored_total', ignored, 3);
    // With this policy the deadline would not accept it: nobody waited for the silent one.
    const accepted = await bench.announce(type);
    await listener.hears(accepted);
    // It is still notified, and its answer brings it back into the vote.
    (await silent.hears(accepted)).accept();
    await bench.middle.waitForLog(/module answers again/);
    const notRelayed = await bench.announce(type);
    await silent.hears(notRelayed);
    await bench.grows('items_ignored_total', ignored, 4);
    expect(await bench.relayed(type, listener)).toEqual([accepted]);
  });
});
