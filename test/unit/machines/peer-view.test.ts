import type { Greeting, LinkEvent, Standing } from '../../../machines/events.js';
import { peerViewMachine, type PeerViewInput } from '../../../machines/peer-view.js';
import { Moment } from './moment.js';
import { CONNECTION, PEERS_ADDRESS, PEERS_IDENTITY, REMOTE } from './peer-samples.js';

const COOLDOWN_MS = 1_000;
const RETRY_MAX_MS = 20_000;

const alone = (changes: Partial<PeerViewInput> = {}) =>
  Moment.begin(peerViewMachine, {
    searchCooldownMs: COOLDOWN_MS,
    retryMaxMs: RETRY_MAX_MS,
    shuffleIntervalMs: 10_000,
    feelerIntervalMs: 60_000,
    rotationIntervalMs: 300_000,
    alarmIntervalMs: 60_000,
    saveIntervalMs: 30_000,
    jitter: () => 1,
    ...changes,
  });
const stands = (standing: Standing) => ({ type: 'view.changed', standing }) as const;
const STANDINGS: readonly Standing[] = ['alone', 'growing', 'full'];
const viewThat = (standing: Standing) => alone().on(stands(standing));
const standingOf = ({ value }: ReturnType<typeof alone>) =>
  (value as { readonly standing: string }).standing;
const pauseMs = ({ timers }: ReturnType<typeof alone>, interval: string) =>
  [...timers].find(([id]) => id.includes(`.${interval}.`))?.[1];
const roundMs = (moment: ReturnType<typeof alone>) => pauseMs(moment, 'roundInterval');

const greeting: Greeting = {
  connection: CONNECTION,
  direction: 'inbound',
  purpose: 'called',
  identity: PEERS_IDENTITY.toString('hex'),
  address: PEERS_ADDRESS,
  remote: REMOTE,
};
const connection = CONNECTION;
const peer = { address: PEERS_ADDRESS, identity: PEERS_IDENTITY, ageSeconds: 1 };
/** What comes from the connections, and the effect that each is. */
const HEARD: readonly (readonly [LinkEvent, string])[] = [
  [{ type: 'link.greeted', greeting }, 'admit'],
  [{ type: 'link.established', greeting }, 'welcome'],
  [{ type: 'neighbor.asked', connection, priority: 'high' }, 'answerNeighbor'],
  [{ type: 'neighbor.answered', connection, accepted: false }, 'hearAnswer'],
  [{ type: 'link.lost', connection }, 'forget'],
  [
    {
      type: 'link.ended',
      end: {
        connection,
        direction: 'outbound',
        purpose: 'neighbor',
        remote: REMOTE,
        phase: 'dialing',
        identity: undefined,
        error: undefined,
        reason: 'refused',
      },
    },
    'noteEnd',
  ],
  [{ type: 'peer.left', greeting }, 'noteLeaver'],
  [{ type: 'peers.requested', connection, max: 8, sample: [peer], types: [7] }, 'answerShuffle'],
  [{ type: 'peers.told', connection, peers: [peer], sharing: 1 }, 'learn'],
  [{ type: 'join.walked', connection, peer, hopsLeft: 3 }, 'walk'],
];

describe('peer-view', () => {
  it('is alone at first, dials its contacts and asks the RPS module', () => {
    expect(standingOf(alone())).toBe('alone');
    expect(alone().deeds).toEqual(['dialContacts', 'askRps']);
  });

  for (const from of STANDINGS) {
    for (const to of STANDINGS.filter((standing) => standing !== from)) {
      it(`goes from ${from} to ${to} when the active view says so`, () => {
        const moment = viewThat(from).on(stands(to));
        expect(standingOf(moment)).toBe(to);
        const deeds = { alone: ['dialContacts', 'askRps'], growing: ['fill', 'askRps'], full: [] };
        expect(moment.deeds).toEqual(deeds[to]);
      });
    }
  }

  it('fills on at once when the view changes and is still growing', () => {
    expect(viewThat('growing').on(stands('growing')).deeds).toEqual(['fill']);
  });

  it('does nothing when the view stays alone or full', () => {
    expect(alone().on(stands('alone')).deeds).toEqual([]);
    expect(viewThat('full').on(stands('full')).deeds).toEqual([]);
  });

  it('dials newly learned peers while it lacks links, and only then', () => {
    const learned = { type: 'peers.learned' } as const;
    expect(alone().on(learned).deeds).toEqual(['dialContacts']);
    expect(viewThat('growing').on(learned).deeds).toEqual(['fill']);
    expect(viewThat('full').on(learned).deeds).toEqual([]);
  });

  it('looks for a replacement as soon as a link is suspect', () => {
    const suspected = { type: 'link.suspected', connection } as const;
    expect(viewThat('growing').on(suspected).deeds).toEqual(['replace']);
    expect(viewThat('full').on(suspected).deeds).toEqual(['replace']);
  });

  for (const standing of STANDINGS) {
    for (const [event, deed] of HEARD) {
      it(`takes ${event.type} as ${deed} while ${standing}`, () => {
        const moment = viewThat(standing).on(event);
        expect(moment.asked(deed)).toEqual([event]);
        expect(moment.deeds).toEqual([deed]);
        expect(standingOf(moment)).toBe(standing);
      });
    }
  }

  describe('while too few links share a type', () => {
    const seeking = () => alone().on({ type: 'interests.lacked' });
    const pause = (moment: ReturnType<typeof alone>) => pauseMs(moment, 'sharersInterval');

    it('looks for some at once, and again after pauses that double up to a shuffle', () => {
      expect(alone().timers.size).toBe(seeking().timers.size - 1);
      expect(seeking().deeds).toEqual(['seekSharers']);
      const pauses: (number | undefined)[] = [];
      let moment = seeking();
      for (let round = 0; round < 6; round += 1) {
        pauses.push(pause(moment));
        moment = moment.elapse('sharersInterval');
        expect(moment.deeds).toEqual(['seekSharers']);
      }
      expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    });

    it('stops when enough do, and begins with short pauses the next time', () => {
      const met = seeking().elapse('sharersInterval').on({ type: 'interests.shared' });
      expect(pause(met)).toBeUndefined();
      expect(pause(met.on({ type: 'interests.lacked' }))).toBe(COOLDOWN_MS);
    });
  });

  describe('between rounds of dialling', () => {
    it('asks for ever who may be dialled while alone: each has a back-off of its own', () => {
      let moment = alone();
      for (let round = 0; round < 50; round += 1) {
        moment = moment.elapse('searchInterval');
        expect(moment.deeds).toEqual(['dialContacts', 'askRps']);
      }
      expect(pauseMs(moment, 'searchInterval')).toBe(COOLDOWN_MS);
    });

    it('waits twice as long after each, up to the longest pause, while growing', () => {
      const pauses: (number | undefined)[] = [];
      let moment = viewThat('growing');
      for (let round = 0; round < 8; round += 1) {
        pauses.push(roundMs(moment));
        moment = moment.elapse('roundInterval');
        expect(moment.deeds).toEqual(['fill', 'askRps']);
      }
      const max = RETRY_MAX_MS;
      expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, max, max, max]);
    });

    it('stops doubling after five rounds, so that the pause stays a number of sense', () => {
      let moment = alone({ retryMaxMs: Number.MAX_SAFE_INTEGER }).on(stands('growing'));
      for (let round = 0; round < 100; round += 1) moment = moment.elapse('roundInterval');
      expect(roundMs(moment)).toBe(COOLDOWN_MS * 2 ** 5);
    });

    it('starts again with the first pause when the standing changes', () => {
      const worn = viewThat('growing').elapse('roundInterval').elapse('roundInterval');
      expect(roundMs(worn)).toBe(4 * COOLDOWN_MS);
      expect(roundMs(worn.on(stands('full'), stands('growing')))).toBe(COOLDOWN_MS);
      expect(roundMs(worn.on(stands('alone'), stands('growing')))).toBe(COOLDOWN_MS);
    });

    it('has no pause while full', () => {
      expect(roundMs(viewThat('full'))).toBeUndefined();
    });

    it('varies every pause by the share that its runner draws', () => {
      const shares = [0.8, 1.2];
      const moment = alone({ jitter: () => shares.shift() ?? 1 });
      const drawn = [...moment.timers.values()].sort((a, b) => a - b);
      expect(drawn).toEqual([COOLDOWN_MS * 0.8, 10_000 * 1.2, 30_000, 60_000, 300_000]);
    });
  });

  describe('when it may be cut off', () => {
    const alarmed = { type: 'view.alarmed', alarm: 'outbound links lost' } as const;

    it('dials afresh at once, whatever its standing', () => {
      for (const standing of STANDINGS) {
        const moment = viewThat(standing).on(alarmed);
        expect([moment.deeds, standingOf(moment)]).toEqual([['dialAfresh'], standing]);
        expect(moment.asked('dialAfresh')).toEqual([alarmed]);
      }
    });

    it('takes further alarms for the same one, until the interval is over', () => {
      const once = viewThat('full').on(alarmed);
      expect(once.on(alarmed).deeds).toEqual([]);
      expect(once.elapse('alarmInterval').on(alarmed).deeds).toEqual(['dialAfresh']);
    });
  });

  const chores = {
    shuffleInterval: 'shuffle',
    feelerInterval: 'feel',
    rotationInterval: 'rotate',
    saveInterval: 'saveBook',
  };
  for (const [interval, deed] of Object.entries(chores)) {
    it(`does ${deed} again after every ${interval}`, () => {
      const once = viewThat('full').elapse(interval);
      expect(once.deeds).toEqual([deed]);
      expect(once.elapse(interval).deeds).toEqual([deed]);
    });
  }
});
