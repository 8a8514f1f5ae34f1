import {
  peerConnectionMachine,
  type PeerConnectionInput,
} from '../../../machines/peer-connection.js';
import { commitment } from '../../../src/wire/commitment.js';
import { ERROR_CODES, FRAME_LIMITS, type Hello } from '../../../src/wire/messages.js';
import { DIFFICULTY } from './handshake-samples.js';
import {
  ACCEPTED,
  CONNECTION,
  OUR_IDENTITY,
  PEERS_ADDRESS,
  PEERS_IDENTITY,
  REFUSED,
  REMOTE,
  SETTINGS,
  handshakeDone,
  handshakeFailed,
  hello,
  peerInput,
} from './peer-samples.js';
import { Moment } from './moment.js';

type Direction = PeerConnectionInput['direction'];
const SIDE = { inbound: 'challenger', outbound: 'prover' } as const;

const opened = (changes: Partial<PeerConnectionInput> = {}) =>
  Moment.begin(peerConnectionMachine, peerInput(changes));
const proving = (changes: Partial<PeerConnectionInput> = {}) =>
  opened(changes).on({ type: 'connection.connected', remote: REMOTE });
const handshaking = (direction: Direction) =>
  direction === 'outbound' ? proving() : opened({ direction, purpose: 'called' });
/** Its child says that both have proved their work. */
const PROVED = { type: 'handshake.proved' } as const;
const greeting = (direction: Direction = 'outbound') =>
  handshaking(direction).on(handshakeDone(SIDE[direction], ACCEPTED));
const greeted = (changes: Partial<Hello> = {}) =>
  ({ type: 'peer.hello', message: hello(changes) }) as const;
const admitting = (direction: Direction = 'outbound') => greeting(direction).on(greeted());

const toParent = (event: Record<string, unknown>) => [{ to: 'parent', event }];
const ended = (error: string | undefined, byUs: boolean) => [{ error, byUs }];

describe('peer-connection', () => {
  describe('while it opens', () => {
    it('dials when it is outbound', () => {
      expect(opened().value).toEqual({ alive: 'dialing' });
      expect(opened().deeds).toEqual(['dial']);
    });

    it('challenges at once when it is inbound, with the commitment to our identity', () => {
      const moment = opened({ direction: 'inbound' });
      expect(moment.value).toEqual({ alive: { handshaking: 'challenging' } });
      expect(moment.spawned).toMatchObject([
        {
          id: `challenger.${CONNECTION}`,
          src: 'challenger',
          input: {
            answerTimeoutMs: SETTINGS.proofTimeoutMs,
            challenge: {
              type: 'CHALLENGE',
              difficulty: DIFFICULTY,
              challenge: peerInput().challenge,
              commitment: commitment(OUR_IDENTITY, peerInput().salt),
            },
          },
        },
      ]);
    });

    it('ends in the phase dialing when the dial fails', () => {
      const moment = opened().on({ type: 'connection.closed', reason: 'ECONNREFUSED' });
      expect(moment.isOver).toBe(true);
      expect(moment.effects).toEqual([]);
      expect(moment.output).toEqual({
        connection: CONNECTION,
        direction: 'outbound',
        purpose: 'neighbor',
        remote: REMOTE,
        phase: 'dialing',
        identity: undefined,
        error: undefined,
        reason: 'ECONNREFUSED',
      });
    });

    it('proves itself once it is connected, and remembers who answered', () => {
      const remote = { host: '2001:db8::1', port: 6_001 };
      const moment = opened().on({ type: 'connection.connected', remote });
      expect(moment.context).toMatchObject({ remote, phase: 'handshaking' });
      expect(moment.spawned).toMatchObject([
        { id: `prover.${CONNECTION}`, input: { ownDifficulty: DIFFICULTY } },
      ]);
    });

    it('asks no proof of a peer that our config names', () => {
      expect(proving({ trusted: true }).spawned).toMatchObject([{ input: { ownDifficulty: 0 } }]);
    });
  });

  for (const direction of ['inbound', 'outbound'] as const) {
    const who = SIDE[direction];
    const child = `${who}.${CONNECTION}`;

    describe(`while the ${who} shakes hands`, () => {
      it('hands everything from the peer and the solver to it', () => {
        const message = { type: 'PING', echo: Buffer.alloc(8) } as const;
        const error = { type: 'ERROR', code: ERROR_CODES.busy, text: '' } as const;
        for (const event of [
          { type: 'peer.ping', message },
          { type: 'peer.error', message: error },
          { type: 'peer.hello', message: hello() },
          { type: 'puzzle.solved', nonce: Buffer.alloc(8) },
          { type: 'connection.secured', identity: PEERS_IDENTITY },
          { type: 'connection.unsecured', reason: 'unsigned' },
        ] as const) {
          const moment = handshaking(direction).on(event);
          expect(moment.told).toEqual([{ to: child, event }]);
          expect(moment.value).toEqual(handshaking(direction).value);
        }
      });

      it('shows that TLS begins, with the same child', () => {
        const moment = handshaking(direction).on(PROVED);
        expect(moment.value).toEqual({ alive: { handshaking: 'securing' } });
        expect([moment.deeds, moment.children]).toEqual([[], [child]]);
        expect(moment.on(handshakeDone(who, ACCEPTED)).value).toEqual({ alive: 'greeting' });
      });

      it('greets when it has succeeded, under a wider limit, and lets the child go', () => {
        const moment = greeting(direction);
        expect(moment.value).toEqual({ alive: 'greeting' });
        expect(moment.deeds).toEqual(['cancelPuzzle', 'limitFrames', 'send']);
        expect(moment.asked('limitFrames')).toEqual([{ bytes: FRAME_LIMITS.unestablished }]);
        expect(moment.asked('send')).toEqual([
          {
            message: {
              type: 'HELLO',
              identity: OUR_IDENTITY,
              salt: peerInput().salt,
              transcript: hello().transcript,
              address: SETTINGS.listenAddress,
              features: SETTINGS.features,
              agent: SETTINGS.agent,
            },
          },
        ]);
        expect(moment.children).toEqual([]);
      });

      it('disconnects with the refusal when it was refused', () => {
        const moment = handshaking(direction).on(handshakeDone(who, REFUSED));
        expect(moment.value).toBe('closing');
        expect(moment.asked('disconnect')).toMatchObject(ended('badProof', true));
        expect(moment.children).toEqual([]);
      });

      it('disconnects when the child fails, which is our bug', () => {
        const moment = handshaking(direction).on(handshakeFailed(who));
        expect(moment.asked('disconnect')).toMatchObject(ended('undefined', true));
        expect(moment.children).toEqual([]);
      });

      it('cancels the puzzle when the connection dies', () => {
        const moment = handshaking(direction).on({ type: 'connection.closed', reason: 'gone' });
        expect(moment.deeds).toEqual(['cancelPuzzle']);
        expect(moment.children).toEqual([]);
        expect(moment.output).toMatchObject({ phase: 'handshaking', reason: 'gone' });
      });
    });
  }

  describe('while it greets', () => {
    it('asks the peer view whether this identity is wanted', () => {
      const moment = admitting();
      expect(moment.value).toEqual({ alive: 'admitting' });
      expect(moment.told).toEqual(
        toParent({
          type: 'link.greeted',
          greeting: {
            connection: CONNECTION,
            direction: 'outbound',
            purpose: 'neighbor',
            identity: PEERS_IDENTITY.toString('hex'),
            remote: REMOTE,
            address: PEERS_ADDRESS,
          },
        }),
      );
    });

    it('takes the host that it sees for one that the peer leaves open', () => {
      const address = { family: 4, host: '0.0.0.0', port: 6_009 } as const;
      expect(greeting().on(greeted({ address })).told).toMatchObject([
        { event: { greeting: { address: { family: 4, host: REMOTE.host, port: 6_009 } } } },
      ]);
      const remote = { host: '2001:db8::7', port: 4_711 };
      const six = opened()
        .on({ type: 'connection.connected', remote })
        .on(handshakeDone('prover', ACCEPTED))
        .on(greeted({ address: { family: 6, host: '::', port: 6_009 } }));
      expect(six.told).toMatchObject([
        { event: { greeting: { address: { family: 6, host: remote.host, port: 6_009 } } } },
      ]);
    });

    it('asks for no more than the commitment binds where there is no TLS', () => {
      const settings = { ...SETTINGS, tls: false };
      const moment = proving({ settings })
        .on(handshakeDone('prover', { ...ACCEPTED, peerIdentity: undefined }))
        .on(greeted());
      expect(moment.value).toEqual({ alive: 'admitting' });
    });

    it('refuses a HELLO with another identity than the certificate proves', () => {
      for (const peerIdentity of [Buffer.alloc(32, 0xbb), undefined]) {
        const moment = proving()
          .on(handshakeDone('prover', { ...ACCEPTED, peerIdentity }))
          .on(greeted());
        expect(moment.asked('disconnect')).toMatchObject(ended('identityMismatch', true));
        expect(moment.told).toEqual([]);
      }
    });

    const lies = {
      'an identity that does not fit the commitment': { identity: Buffer.alloc(32, 0xbb) },
      'a salt that does not fit the commitment': { salt: Buffer.alloc(16, 0xbb) },
      'a transcript of other messages': { transcript: Buffer.alloc(32, 0xbb) },
      'a transcript of another length': { transcript: Buffer.alloc(0) },
    };
    for (const [lie, changes] of Object.entries(lies)) {
      it(`refuses a HELLO with ${lie}`, () => {
        const moment = greeting().on(greeted(changes));
        expect(moment.asked('disconnect')).toMatchObject(ended('identityMismatch', true));
        expect(moment.told).toEqual([]);
      });
    }

    it('gives up on a HELLO that does not come', () => {
      expect([...greeting().timers.values()]).toEqual([SETTINGS.greetingTimeoutMs]);
      const moment = greeting().elapse('greetingTimeout');
      expect(moment.asked('disconnect')).toMatchObject(ended('timeout', true));
    });
  });

  describe('while it is being admitted', () => {
    it('is established under the full limit, and says so', () => {
      const moment = admitting().on({ type: 'link.admitted' });
      expect(moment.value).toEqual({
        alive: { established: { membership: 'acquainted', liveness: 'quiet' } },
      });
      expect(moment.asked('limitFrames')).toEqual([{ bytes: FRAME_LIMITS.established }]);
      expect(moment.told).toMatchObject([{ to: 'parent', event: { type: 'link.established' } }]);
    });

    it('disconnects with the reason when it is refused', () => {
      const moment = admitting().on({ type: 'link.refused', reason: 'self' });
      expect(moment.asked('disconnect')).toEqual([
        { error: 'selfOrDuplicate', reason: 'self', byUs: true },
      ]);
      expect(moment.told).toEqual([]);
    });

    it('refuses a second HELLO', () => {
      const moment = admitting().on(greeted());
      expect(moment.asked('disconnect')).toMatchObject(ended('protocolViolation', true));
    });
  });

  it('raises the limit on frames once per phase, in order', () => {
    const events = [
      { type: 'connection.connected', remote: REMOTE },
      handshakeDone('prover', ACCEPTED),
      greeted(),
      { type: 'link.admitted' },
      { type: 'link.activated' },
    ] as const;
    const limits: unknown[] = [];
    let moment = opened();
    for (const event of events) {
      moment = moment.on(event);
      limits.push(...moment.asked('limitFrames'));
    }
    expect(limits).toEqual([
      { bytes: FRAME_LIMITS.unestablished },
      { bytes: FRAME_LIMITS.established },
    ]);
  });
});
