import { challengerMachine } from '../../../machines/challenger.js';
import { isProofValid } from '../../../src/core/puzzle.js';
import { peerArrivals } from '../../../src/runtime/arrivals.js';
import { ERROR_CODES, type Challenge, type Verify } from '../../../src/wire/messages.js';
import { Samples } from '../wire/samples.js';
import {
  CALLERS_PUZZLE,
  CALLER,
  DIFFICULTY,
  LISTENERS_PUZZLE,
  callersPuzzle,
  challenge,
  fail,
  listenersPuzzle,
  ok,
  solve,
  verify,
} from './handshake-samples.js';
import { Moment } from './moment.js';

const challenging = (changes: Partial<Challenge> = {}) =>
  Moment.begin(challengerMachine, {
    challenge: challenge(changes),
    answerTimeoutMs: 60_000,
    securingTimeoutMs: 10_000,
  });
/** Both have paid, and TLS is due. */
const securing = () => challenging({ tls: true }).on(arrived(verify()));
const arrived = (message: Verify) => ({ type: 'peer.verify', message }) as const;
const solving = () => challenging().on(arrived(verify({ difficulty: DIFFICULTY })));
const refused = (error: string | undefined, byUs: boolean) => ({
  verdict: 'refused',
  refusal: { error, byUs },
});

describe('challenger', () => {
  it('sends its puzzle at once and gives the caller its time', () => {
    const moment = challenging();
    expect(moment.value).toEqual({ handshaking: { paying: 'challenging' } });
    expect(moment.asked('send')).toEqual([{ message: challenge() }]);
    expect([...moment.timers.values()]).toEqual([60_000]);
  });

  it('accepts a good proof with an OK without nonce when nothing was asked in return', () => {
    const answer = verify();
    const moment = challenging().on(arrived(answer));
    expect(moment.asked('send')).toEqual([{ message: ok() }]);
    expect(moment.output).toEqual({
      verdict: 'accepted',
      challenge: challenge(),
      verify: answer,
      ok: ok(),
      peerCommitment: CALLER,
      peerIdentity: undefined,
    });
    expect(moment.timers.size).toBe(0);
  });

  it('solves what the caller asks only after the caller has paid', () => {
    expect(solving().value).toEqual({ handshaking: { paying: 'solving' } });
    expect(solving().effects).toEqual([{ type: 'solvePuzzle', params: LISTENERS_PUZZLE }]);
  });

  it('checks and solves with BLAKE3 where its CHALLENGE says so', () => {
    const bySha256 = challenging({ blake3: true }).on(arrived(verify()));
    expect(isProofValid(callersPuzzle('blake3'), verify().nonce)).toBe(false);
    expect(bySha256.output).toMatchObject(refused('badProof', true));
    const nonce = solve(callersPuzzle('blake3'));
    const moment = challenging({ blake3: true }).on(
      arrived(verify({ nonce, difficulty: DIFFICULTY })),
    );
    expect(moment.asked('solvePuzzle')).toEqual([listenersPuzzle('blake3')]);
  });

  it('answers with its own proof once it is solved', () => {
    const nonce = solve(LISTENERS_PUZZLE);
    const moment = solving().on({ type: 'puzzle.solved', nonce });
    expect(moment.asked('send')).toEqual([{ message: ok(nonce) }]);
    expect(moment.output).toMatchObject({ verdict: 'accepted', ok: ok(nonce) });
  });

  it('refuses a wrong proof', () => {
    const moment = challenging().on(arrived(verify({ nonce: fail(CALLERS_PUZZLE) })));
    expect(moment.output).toMatchObject(refused('badProof', true));
    expect(moment.effects).toEqual([]);
  });

  it('refuses a proof that was made for another commitment', () => {
    const stolen = verify({ commitment: Buffer.alloc(32, 0xee) });
    expect(challenging().on(arrived(stolen)).output).toMatchObject(refused('badProof', true));
  });

  it('refuses to give a harder proof than it asked for', () => {
    const moment = challenging().on(arrived(verify({ difficulty: DIFFICULTY + 1 })));
    expect(moment.output).toMatchObject(refused('difficultyRefused', true));
    expect(moment.asked('solvePuzzle')).toEqual([]);
  });

  it('looks at the proof first: a wrong one that asks too much is a bad proof', () => {
    const wrong = verify({ nonce: fail(CALLERS_PUZZLE), difficulty: 28 });
    expect(challenging().on(arrived(wrong)).output).toMatchObject(refused('badProof', true));
  });

  it('refuses a second VERIFY', () => {
    expect(solving().on(arrived(verify())).output).toMatchObject(
      refused('protocolViolation', true),
    );
  });

  for (const [phase, begin] of Object.entries({ challenging, solving })) {
    it(`refuses a caller that is too slow while ${phase}`, () => {
      const moment = begin().elapse('answerTimeout');
      expect(moment.output).toMatchObject(refused('timeout', true));
    });

    it(`ends without an ERROR of its own when the connection closes while ${phase}`, () => {
      const moment = begin().on({ type: 'connection.closed', reason: 'gone' });
      expect(moment.output).toEqual({
        verdict: 'refused',
        refusal: { error: undefined, reason: 'gone', byUs: false },
      });
    });

    it(`takes the peer's ERROR for the reason while ${phase}`, () => {
      const message = { type: 'ERROR', code: ERROR_CODES.busy, text: 'full' } as const;
      expect(begin().on({ type: 'peer.error', message }).output).toEqual({
        verdict: 'refused',
        refusal: { error: 'busy', reason: 'the peer says: full', byUs: false },
      });
    });

    it(`refuses every unsolicited message while ${phase}`, () => {
      const others = new Samples(1)
        .peerMessages()
        .filter(({ type }) => type !== 'ERROR' && type !== 'VERIFY');
      for (const event of peerArrivals(others)) {
        const moment = begin().on(event);
        expect(moment.output).toMatchObject({
          verdict: 'refused',
          refusal: {
            error: 'protocolViolation',
            reason: `${event.type} instead of VERIFY`,
            byUs: true,
          },
        });
      }
    });
  }

  it('is not hurried by a solution that nobody asked for', () => {
    const moment = challenging().on({ type: 'puzzle.solved', nonce: Buffer.alloc(8) });
    expect(moment.value).toEqual({ handshaking: { paying: 'challenging' } });
  });

  describe('with TLS', () => {
    it('begins it behind OK, in a time of its own, and says that both have paid', () => {
      expect(securing().value).toEqual({ handshaking: 'securing' });
      expect(securing().deeds).toEqual(['send', 'secure']);
      expect(securing().asked('send')).toEqual([{ message: ok() }]);
      expect(securing().told).toEqual([{ to: 'parent', event: { type: 'handshake.proved' } }]);
      expect([...securing().timers.values()]).toEqual([10_000]);
    });

    it('begins it behind its own proof too', () => {
      const nonce = solve(LISTENERS_PUZZLE);
      const moment = challenging({ tls: true })
        .on(arrived(verify({ difficulty: DIFFICULTY })))
        .on({ type: 'puzzle.solved', nonce });
      expect(moment.value).toEqual({ handshaking: 'securing' });
      expect(moment.asked('send')).toEqual([{ message: ok(nonce) }]);
    });

    it('accepts with the identity that the certificate proves', () => {
      const identity = Buffer.alloc(32, 0x1d);
      expect(securing().on({ type: 'connection.secured', identity }).output).toMatchObject({
        verdict: 'accepted',
        peerIdentity: identity,
      });
    });

    it('refuses a caller whose certificate proves nothing, as the socket says', () => {
      const reason = 'it shows no certificate';
      expect(securing().on({ type: 'connection.unsecured', reason }).output).toEqual({
        verdict: 'refused',
        refusal: { error: 'identityMismatch', reason, byUs: true },
      });
    });

    it('gives up on TLS that does not begin', () => {
      const { output } = securing().elapse('securingTimeout');
      expect(output).toMatchObject({ verdict: 'refused', refusal: { reason: 'no TLS in time' } });
    });

    it('refuses whatever else comes in the clear, but takes an ERROR for the reason', () => {
      for (const event of peerArrivals(new Samples(1).peerMessages())) {
        if (event.type === 'peer.error') continue;
        expect(securing().on(event).output).toMatchObject({
          verdict: 'refused',
          refusal: {
            error: 'identityMismatch',
            reason: `${event.type} in the clear instead of TLS`,
            byUs: true,
          },
        });
      }
      const message = { type: 'ERROR', code: ERROR_CODES.badProof, text: '' } as const;
      expect(securing().on({ type: 'peer.error', message }).output).toMatchObject(
        refused('badProof', false),
      );
    });

    it('ends without an ERROR of its own when the connection closes', () => {
      const moment = securing().on({ type: 'connection.closed', reason: 'gone' });
      expect(moment.output).toMatchObject(refused(undefined, false));
    });
  });
});
