/** The second half of a peer connection's life: established, linked, and how it ends. */
import {
  peerConnectionMachine,
  type PeerConnectionInput,
} from '../../../machines/peer-connection.js';
import { peerArrivals } from '../../../src/runtime/arrivals.js';
import { ERROR_CODES, type NeighborWord } from '../../../src/wire/messages.js';
import { Samples } from '../wire/samples.js';
import {
  ACCEPTED,
  CONNECTION,
  PEERS_IDENTITY,
  REMOTE,
  SETTINGS,
  handshakeDone,
  hello,
  peerInput,
} from './peer-samples.js';
import { Moment } from './moment.js';

const acquainted = (direction: PeerConnectionInput['direction'] = 'outbound') => {
  const opened = Moment.begin(peerConnectionMachine, peerInput({ direction }));
  const handshaking =
    direction === 'outbound' ? opened.on({ type: 'connection.connected', remote: REMOTE }) : opened;
  return handshaking.on(
    handshakeDone(direction === 'outbound' ? 'prover' : 'challenger', ACCEPTED),
    { type: 'peer.hello', message: hello() },
    { type: 'link.admitted' },
  );
};
const linked = (direction: PeerConnectionInput['direction'] = 'outbound') =>
  acquainted(direction).on({ type: 'link.activated' });
const neighbor = (word: NeighborWord) =>
  ({ type: 'peer.neighbor', message: { type: 'NEIGHBOR', word } }) as const;
const events = peerArrivals(new Samples(3).peerMessages());
const arrival = <Type extends (typeof events)[number]['type']>(type: Type) => {
  const found = events.find(
    (event): event is Extract<(typeof events)[number], { type: Type }> => event.type === type,
  );
  if (found === undefined) throw new Error(`there is no sample of ${type}`);
  return found;
};
const link = (membership: string, liveness = 'quiet') => ({
  alive: { established: { membership, liveness } },
});
const IDENTITY = PEERS_IDENTITY.toString('hex');
const [ping, pong] = [arrival('peer.ping'), arrival('peer.pong')];
const lost = { to: 'parent', event: { type: 'link.lost', connection: CONNECTION } };

describe('an established peer-connection', () => {
  it('passes INTEREST on, link or not', () => {
    const event = arrival('peer.interest');
    for (const moment of [acquainted(), linked()]) {
      expect(moment.on(event).told).toEqual([
        {
          to: 'parent',
          event: { type: 'interest.changed', connection: CONNECTION, message: event.message },
        },
      ]);
    }
  });

  it('has a PING answered', () => {
    const event = arrival('peer.ping');
    expect(acquainted().on(event).asked('answerPing')).toMatchObject([
      { echo: event.message.echo },
    ]);
  });

  it('passes a PEER_REQUEST on', () => {
    const { message } = arrival('peer.peer-request');
    expect(acquainted().on({ type: 'peer.peer-request', message }).told).toMatchObject([
      { event: { ...message, type: 'peers.requested' } },
    ]);
  });

  it('takes one PEER_RESPONSE for each request, and refuses any other', () => {
    const event = arrival('peer.peer-response');
    const unasked = acquainted().on(event);
    expect(unasked.asked('disconnect')).toMatchObject([{ error: 'protocolViolation' }]);
    const answered = acquainted().on({ type: 'peers.awaited' }, event);
    expect(answered.told).toMatchObject([{ event: { ...event.message, type: 'peers.told' } }]);
    expect(answered.on(event).value).toBe('closing');
  });

  describe('that is no link yet', () => {
    it('ends when nobody needs it', () => {
      expect([...acquainted().timers.values()].sort()).toEqual(
        [SETTINGS.acquaintanceTimeoutMs, SETTINGS.pingIntervalMs].sort(),
      );
      const moment = acquainted().elapse('acquaintanceTimeout');
      expect(moment.asked('disconnect')).toEqual([
        { error: undefined, reason: 'not needed', byUs: true },
      ]);
      expect(moment.timers.size).toBe(0);
    });

    for (const word of ['low', 'high'] as const) {
      it(`may be asked by the caller to be a neighbor with ${word} priority`, () => {
        expect(acquainted('inbound').on(neighbor(word)).told).toMatchObject([
          { event: { type: 'neighbor.asked', connection: CONNECTION, priority: word } },
        ]);
      });

      it(`refuses to be asked with ${word} priority by the one that it called`, () => {
        expect(acquainted('outbound').on(neighbor(word)).value).toBe('closing');
      });
    }

    for (const word of ['accept', 'refuse'] as const) {
      it(`hears the answer ${word} of the one that it called`, () => {
        expect(acquainted('outbound').on(neighbor(word)).told).toMatchObject([
          { event: { type: 'neighbor.answered', accepted: word === 'accept' } },
        ]);
      });

      it(`refuses the answer ${word} to a question that it did not ask`, () => {
        expect(acquainted('inbound').on(neighbor(word)).value).toBe('closing');
      });
    }

    it('becomes a link when both ends agree, and is no longer on its way out', () => {
      expect(linked().value).toEqual(link('linked'));
      expect([...linked().timers.values()]).toEqual([SETTINGS.pingIntervalMs]);
    });

    const linksOnly = ['spread', 'have', 'want', 'peer-join', 'graft', 'prune', 'dont-want'];
    for (const name of linksOnly) {
      it(`refuses ${name}, which is for links`, () => {
        const event = events.find(({ type }) => type === `peer.${name}`);
        if (event === undefined) throw new Error(`there is no sample of ${name}`);
        expect(acquainted().on(event).asked('disconnect')).toMatchObject([
          { error: 'protocolViolation', reason: `peer.${name} out of turn` },
        ]);
      });
    }
  });

  describe('that is a link', () => {
    it('passes a run of items on', () => {
      const event = arrival('peer.spread');
      expect(linked().on(event).told).toEqual([
        {
          to: 'parent',
          event: { type: 'items.arrived', connection: CONNECTION, messages: event.messages },
        },
      ]);
    });

    const heeded = {
      'peer.have': 'heedOffers',
      'peer.want': 'serve',
      'peer.dont-want': 'spare',
      'peer.graft': 'graft',
      'peer.prune': 'prune',
    } as const;
    for (const [type, effect] of Object.entries(heeded)) {
      it(`heeds ${type} by ${effect}, and stays a link`, () => {
        const event = arrival(type as keyof typeof heeded);
        const moment = linked().on(event);
        expect(moment.value).toEqual(link('linked'));
        expect(moment.effects).toMatchObject([
          { type: effect, params: 'messages' in event ? event : event.message },
        ]);
      });
    }

    it('passes a walking PEER_JOIN on', () => {
      const event = arrival('peer.peer-join');
      expect(linked().on(event).told).toMatchObject([
        { event: { type: 'join.walked', peer: event.message.peer } },
      ]);
    });

    it('refuses another NEIGHBOR', () => {
      for (const word of ['low', 'high', 'accept', 'refuse'] as const) {
        expect(linked().on(neighbor(word)).value).toBe('closing');
      }
    });

    it('refuses every message of the handshake', () => {
      for (const type of ['peer.challenge', 'peer.verify', 'peer.ok', 'peer.hello'] as const) {
        expect(linked().on(arrival(type)).asked('disconnect')).toMatchObject([
          { error: 'protocolViolation', byUs: true },
        ]);
      }
    });
  });

  describe('that may be dead', () => {
    const pinged = () => linked().elapse('pingInterval');
    const suspect = () => pinged().elapse('pingTimeout');

    it('pings after every interval', () => {
      expect(pinged().value).toEqual(link('linked', 'pinged'));
      expect(pinged().deeds).toEqual(['ping']);
      expect([...pinged().timers.values()]).toEqual([SETTINGS.pingTimeoutMs]);
    });

    it('is well again after a PONG, which is measured', () => {
      for (const moment of [pinged(), suspect()]) {
        const calm = moment.on(pong);
        expect(calm.value).toEqual(link('linked', 'measured'));
        expect(calm.asked('measure')).toMatchObject([{ echo: pong.message.echo }]);
        expect(calm.timers.size).toBe(1);
        expect(calm.elapse('signInterval').deeds).toEqual(['ping']);
      }
    });

    it('takes a PING for a sign of life once it has measured, and not before', () => {
      const heard = pinged().on(pong, ping);
      expect(heard.value).toEqual(link('linked', 'measured'));
      expect(heard.order).toEqual(['xstate.cancel', 'answerPing', 'xstate.raise']);
      const unmeasured = linked().on(ping);
      expect([unmeasured.value, unmeasured.order]).toEqual([link('linked'), ['answerPing']]);
    });

    it('lets the end that called ping first', () => {
      const waits = (direction: 'inbound' | 'outbound') => [
        ...linked(direction).elapse('pingInterval').on(pong).timers.values(),
      ];
      expect(waits('outbound')).toEqual([SETTINGS.pingIntervalMs]);
      expect(waits('inbound')).toEqual([SETTINGS.pingIntervalMs * 1.25]);
    });

    it('is suspect when the PONG is late, and says so', () => {
      expect(suspect().value).toEqual(link('linked', 'suspect'));
      expect(suspect().told).toEqual([
        { to: 'parent', event: { type: 'link.suspected', connection: CONNECTION } },
      ]);
    });

    it('ends when the PONG stays away', () => {
      const moment = suspect().elapse('pingTimeout');
      expect(moment.asked('disconnect')).toMatchObject([{ error: 'timeout', byUs: true }]);
      expect(moment.told).toEqual([lost]);
    });

    it('refuses a PONG that nothing asked for', () => {
      expect(linked().on(pong).value).toBe('closing');
    });
  });

  describe('that ends', () => {
    it('leaves the view at once when the peer says PEER_LEAVE', () => {
      const moment = linked().on(arrival('peer.peer-leave'));
      expect(moment.told).toMatchObject([
        { event: { type: 'peer.left', greeting: { connection: CONNECTION, identity: IDENTITY } } },
        lost,
      ]);
      expect(moment.asked('disconnect')).toMatchObject([
        { error: undefined, reason: 'the peer leaves', byUs: true },
      ]);
    });

    it('disconnects as it was told when it is dropped', () => {
      const moment = linked().on({
        type: 'connection.dropped',
        error: 'selfOrDuplicate',
        reason: 'duplicate',
      });
      expect(moment.asked('disconnect')).toMatchObject([
        { error: 'selfOrDuplicate', reason: 'duplicate', byUs: true },
      ]);
      expect(moment.told).toEqual([lost]);
    });

    it('reports bytes that are no message, and says ERROR', () => {
      const moment = linked().on({ type: 'connection.malformed', reason: 'type: 1', dump: '00' });
      expect(moment.asked('report')).toMatchObject([{ reason: 'type: 1', dump: '00' }]);
      expect(moment.asked('disconnect')).toMatchObject([{ error: 'protocolViolation' }]);
    });

    it('does not answer an ERROR of the peer with another', () => {
      const message = { type: 'ERROR', code: ERROR_CODES.shuttingDown, text: 'bye' } as const;
      expect(linked().on({ type: 'peer.error', message }).asked('disconnect')).toEqual([
        { error: 'shuttingDown', reason: 'the peer says: bye', byUs: false },
      ]);
    });

    it('tells how it ended once the socket is gone', () => {
      const closing = linked().elapse('pingInterval').elapse('pingTimeout').elapse('pingTimeout');
      const moment = closing.on({ type: 'connection.closed', reason: 'closed' });
      expect(moment.isOver).toBe(true);
      expect(moment.output).toEqual({
        connection: CONNECTION,
        direction: 'outbound',
        purpose: 'neighbor',
        remote: REMOTE,
        phase: 'established',
        identity: IDENTITY,
        error: 'timeout',
        reason: 'no PONG in time',
      });
    });
  });
});
