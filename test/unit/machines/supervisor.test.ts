import type { ItemEvent, LinkEvent } from '../../../machines/events.js';
import { CONNECTION, PEERS_ADDRESS, PEERS_IDENTITY, REMOTE } from './peer-samples.js';
import {
  BUSY_HOST,
  RESTARTS_MAX,
  callerConnected,
  childFailed,
  dialWanted,
  moduleConnected,
  moduleDone,
  peerDone,
  running,
} from './supervisor-samples.js';

const shutdown = { type: 'shutdown.requested' } as const;
const viewFailed = childFailed('peer-view');
const leaving = () => running().on(moduleConnected(1), dialWanted(2), shutdown);
const connection = CONNECTION;
const greeting = {
  connection,
  direction: 'inbound',
  purpose: 'called',
  identity: PEERS_IDENTITY.toString('hex'),
  address: PEERS_ADDRESS,
  remote: REMOTE,
} as const;

/** What connections say about items, and the effect that each is. */
const ITEM_EVENTS: readonly (readonly [ItemEvent, string])[] = [
  [{ type: 'items.announced', connection, messages: [] }, 'announce'],
  [{ type: 'types.subscribed', connection, dataTypes: [7] }, 'subscribe'],
  [{ type: 'items.arrived', connection, messages: [] }, 'receive'],
  [{ type: 'items.judged', verdicts: [{ itemId: 'ab', verdict: 'accepted' }] }, 'settle'],
  [
    {
      type: 'interest.changed',
      connection,
      message: { type: 'INTEREST', all: false, add: [7], remove: [] },
    },
    'heedInterest',
  ],
  [{ type: 'module.left', connection }, 'forgetModule'],
];

const peer = { address: PEERS_ADDRESS, identity: PEERS_IDENTITY, ageSeconds: 1 };
/** What connections say about links: all of it is for the peer view. */
const LINK_EVENTS: readonly LinkEvent[] = [
  { type: 'link.greeted', greeting },
  { type: 'link.suspected', connection },
  { type: 'link.lost', connection },
  { type: 'neighbor.asked', connection, priority: 'low' },
  { type: 'neighbor.answered', connection, accepted: true },
  { type: 'peers.requested', connection, max: 8, sample: [], types: [] },
  { type: 'peers.told', connection, peers: [peer], sharing: 0 },
  { type: 'join.walked', connection, peer, hopsLeft: 6 },
  { type: 'peer.left', greeting },
];

describe('supervisor', () => {
  it('starts the peer view', () => {
    expect(running().value).toEqual({ running: 'steady' });
    expect(running().spawned).toMatchObject([
      { id: 'peer-view', src: 'peer-view' },
      { id: 'difficulty', src: 'difficulty' },
    ]);
  });

  describe('who comes', () => {
    it('gives every module an actor of its own', () => {
      const moment = running({ strictApi: true }).on(moduleConnected(1));
      expect(moment.spawned).toMatchObject([
        { id: 'api-connection.1', input: { connection: 1, strict: true } },
      ]);
    });

    it('asks callers, not whom it calls, for what its difficulty has risen to', () => {
      const crowded = running().on({ type: 'difficulty.changed', bits: 9 });
      expect(crowded.asked('noteDifficulty')).toEqual([
        { type: 'difficulty.changed', before: 8, bits: 9 },
      ]);
      const [caller, callee] = [callerConnected(2), dialWanted(3)].map((come) => crowded.on(come));
      expect(caller?.spawned).toMatchObject([{ input: { difficulty: 9 } }]);
      expect(callee?.spawned).toMatchObject([{ input: { difficulty: 8 } }]);
      expect(caller?.told).toEqual([{ to: 'difficulty', event: { type: 'caller.admitted' } }]);
      expect(callee?.told).toEqual([]);
    });

    it('begins at the setting again when its difficulty has failed', () => {
      const risen = running().on({ type: 'difficulty.changed', bits: 9 });
      const moment = risen.on(childFailed('difficulty'));
      expect(moment.spawned).toMatchObject([{ id: 'difficulty' }]);
      expect(moment.context.bitsOfCallers).toBe(8);
      expect(moment.asked('abandon')).toMatchObject([{ actorId: 'difficulty' }]);
    });

    it('gives a caller an actor and a half-open slot', () => {
      const moment = running().on(callerConnected(2));
      expect(moment.asked('takeHalfOpenSlot')).toMatchObject([{ connection: 2 }]);
      expect(moment.spawned).toMatchObject([
        {
          id: 'peer-connection.2',
          input: { direction: 'inbound', purpose: 'called', trusted: false, difficulty: 8 },
        },
      ]);
    });

    it('refuses a caller for whom no half-open slot is free', () => {
      const moment = running().on(callerConnected(2, BUSY_HOST));
      expect(moment.deeds).toEqual(['refuseBusy']);
      expect(moment.spawned).toEqual([]);
    });

    it('dials whom the peer view wants', () => {
      expect(running().on(dialWanted(3)).spawned).toMatchObject([
        {
          id: 'peer-connection.3',
          input: { direction: 'outbound', purpose: 'neighbor', trusted: true, remote: REMOTE },
        },
      ]);
    });
  });

  describe('what is said', () => {
    for (const [event, deed] of ITEM_EVENTS) {
      it(`takes ${event.type} as ${deed}, while running and while leaving`, () => {
        for (const moment of [running(), leaving()]) {
          expect(moment.on(event).effects).toEqual([{ type: deed, params: event }]);
        }
      });
    }

    for (const event of LINK_EVENTS) {
      it(`passes ${event.type} to the peer view`, () => {
        const moment = running().on(event);
        expect(moment.told).toEqual([{ to: 'peer-view', event }]);
        expect(moment.deeds).toEqual([]);
      });
    }

    it('frees the half-open slot of a caller that is established', () => {
      const event = { type: 'link.established', greeting } as const;
      const moment = running().on(event);
      expect(moment.asked('freeHalfOpenSlot')).toMatchObject([{ connection }]);
      expect(moment.told).toEqual([{ to: 'peer-view', event }]);
    });

    it('has nobody to tell about links while it leaves', () => {
      for (const event of LINK_EVENTS) {
        const moment = leaving().on(event);
        expect(moment.told).toEqual([]);
        expect(moment.value).toBe('leaving');
      }
    });
  });

  describe('who goes', () => {
    it('releases a module that is done', () => {
      const moment = running().on(moduleConnected(1), moduleDone(1));
      expect(moment.children).toEqual(['peer-view', 'difficulty']);
      expect(moment.asked('freeModule')).toMatchObject([{ connection: 1 }]);
    });

    it('releases a peer that is done, and tells the peer view how it ended', () => {
      const moment = running().on(dialWanted(2), peerDone(2));
      expect(moment.children).toEqual(['peer-view', 'difficulty']);
      expect(moment.asked('freePeer')).toMatchObject([{ connection: 2 }]);
      expect(moment.told).toEqual([
        { to: 'peer-view', event: { type: 'link.ended', end: peerDone(2).output } },
      ]);
    });

    it('outlives a module or a peer whose actor fails, and ends its connection', () => {
      const failures = [childFailed('api-connection.1'), childFailed('peer-connection.2')];
      for (const failure of failures) {
        const { actorId } = failure;
        const moment = running().on(moduleConnected(1), dialWanted(2), failure);
        expect(moment.value).toEqual({ running: 'steady' });
        expect(moment.children).toHaveLength(3);
        expect(moment.children).not.toContain(actorId);
        expect(moment.asked('abandon')).toMatchObject([{ actorId }]);
      }
    });

    it('still releases while it leaves', () => {
      const moment = leaving().on(moduleDone(1));
      expect(moment.asked('freeModule')).toMatchObject([{ connection: 1 }]);
      const after = moment.on(peerDone(2));
      expect(after.asked('freePeer')).toMatchObject([{ connection: 2 }]);
      expect(after.children).toEqual([]);
      expect(leaving().on(childFailed('peer-connection.2')).children).toEqual(['api-connection.1']);
    });
  });

  describe('when the peer view fails', () => {
    it('starts it again and stays on probation for a while', () => {
      const moment = running().on(viewFailed);
      expect(moment.value).toEqual({ running: 'mended' });
      expect(moment.spawned).toMatchObject([{ id: 'peer-view' }]);
      expect(moment.children).toEqual(['difficulty', 'peer-view']);
      expect(moment.asked('abandon')).toMatchObject([{ actorId: 'peer-view' }]);
      expect([...moment.timers.values()]).toEqual([60_000]);
    });

    it('does so three times within the period and fails at the fourth, leaving', () => {
      const mended = running().on(...Array.from({ length: RESTARTS_MAX }, () => viewFailed));
      expect(mended.value).toEqual({ running: 'mended' });
      const moment = mended.on(viewFailed);
      expect(moment.value).toBe('leaving');
      expect(moment.asked('farewell')).toHaveLength(1);
      expect(moment.spawned).toEqual([]);
      const stopped = moment.on({ type: 'connections.closed' });
      expect(stopped.output).toEqual({ failure: 'Error: a bug' });
    });

    it('counts from nothing again when the period has passed', () => {
      const twice = running().on(viewFailed, viewFailed).elapse('restartInterval');
      expect(twice.value).toEqual({ running: 'steady' });
      const again = twice.on(...Array.from({ length: RESTARTS_MAX }, () => viewFailed));
      expect(again.value).toEqual({ running: 'mended' });
    });
  });

  describe('while it leaves', () => {
    it('says farewell and lets the peer view go', () => {
      const moment = leaving();
      expect(moment.value).toBe('leaving');
      expect(moment.deeds).toEqual(['farewell']);
      expect(moment.children).toEqual(['api-connection.1', 'peer-connection.2']);
    });

    it('turns newcomers away and dials nobody', () => {
      expect(leaving().on(moduleConnected(5)).deeds).toEqual(['refuseModule']);
      expect(leaving().on(callerConnected(5)).deeds).toEqual(['refuseBusy']);
      expect(leaving().on(dialWanted(5)).deeds).toEqual(['freePeer']);
      for (const event of [moduleConnected(5), callerConnected(5), dialWanted(5)]) {
        expect(leaving().on(event).spawned).toEqual([]);
      }
    });

    it('stops when no connection is left, without a failure', () => {
      const moment = leaving().on({ type: 'connections.closed' });
      expect(moment.isOver).toBe(true);
      expect(moment.output).toEqual({ failure: undefined });
      expect(moment.timers.size).toBe(0);
    });

    it('stops when its time is up, whoever is left', () => {
      expect([...leaving().timers.values()]).toEqual([3_000]);
      expect(leaving().elapse('leaveTimeout').isOver).toBe(true);
    });

    it('does not take an earlier end of all connections for its own', () => {
      expect(running().on({ type: 'connections.closed' }).value).toEqual({ running: 'steady' });
    });
  });
});
