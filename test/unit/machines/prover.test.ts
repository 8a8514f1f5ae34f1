import { proverMachine, type ProverInput } from '../../../machines/prover.js';
import { isProofValid } from '../../../src/core/puzzle.js';
import { peerArrivals } from '../../../src/runtime/arrivals.js';
import { ERROR_CODES, type Challenge, type Ok } from '../../../src/wire/messages.js';
import { Samples } from '../wire/samples.js';
import {
  CALLER,
  CALLERS_CHALLENGE,
  CALLERS_PUZZLE,
  DIFFICULTY,
  LISTENER,
  LISTENERS_PUZZLE,
  callersPuzzle,
  challenge,
  fail,
  listenersPuzzle,
  ok,
  solve,
} from './handshake-samples.js';
import { Moment } from './moment.js';

const CHALLENGE_TIMEOUT_MS = 5_000;
const PROOF_TIMEOUT_MS = 60_000;
const SECURING_TIMEOUT_MS = 10_000;

const listening = (changes: Partial<ProverInput> = {}) =>
  Moment.begin(proverMachine, {
    commitment: CALLER,
    ownChallenge: CALLERS_CHALLENGE,
    ownDifficulty: DIFFICULTY,
    difficultyMax: DIFFICULTY + 1,
    tls: false,
    blake3: false,
    challengeTimeoutMs: CHALLENGE_TIMEOUT_MS,
    proofTimeoutMs: PROOF_TIMEOUT_MS,
    securingTimeoutMs: SECURING_TIMEOUT_MS,
    ...changes,
  });
const puzzled = (message: Challenge) => ({ type: 'peer.challenge', message }) as const;
const acknowledged = (message: Ok) => ({ type: 'peer.ok', message }) as const;
const NONCE = solve(CALLERS_PUZZLE);
const solving = (changes: Partial<ProverInput> = {}) => listening(changes).on(puzzled(challenge()));
const answered = (changes: Partial<ProverInput> = {}) =>
  solving(changes).on({ type: 'puzzle.solved', nonce: NONCE });
/** Both have paid, and TLS is due. */
const securing = () =>
  listening({ tls: true })
    .on(puzzled(challenge({ tls: true })))
    .on({ type: 'puzzle.solved', nonce: NONCE })
    .on(acknowledged(ok(solve(LISTENERS_PUZZLE))));
const refused = (error: string | undefined, byUs: boolean) => ({
  verdict: 'refused',
  refusal: { error, byUs },
});

describe('prover', () => {
  it('lets the listener speak first', () => {
    expect(listening().value).toEqual({ handshaking: 'listening' });
    expect(listening().effects).toEqual([]);
    expect([...listening().timers.values()]).toEqual([CHALLENGE_TIMEOUT_MS]);
  });

  it('has the puzzle of the CHALLENGE solved', () => {
    expect(solving().effects).toEqual([{ type: 'solvePuzzle', params: CALLERS_PUZZLE }]);
    expect([...solving().timers.values()]).toEqual([PROOF_TIMEOUT_MS]);
  });

  it('solves with BLAKE3, and asks it of the listener, where its settings say so', () => {
    const moment = listening({ blake3: true }).on(puzzled(challenge({ blake3: true })));
    expect(moment.asked('solvePuzzle')).toEqual([callersPuzzle('blake3')]);
    const paid = moment.on({ type: 'puzzle.solved', nonce: NONCE });
    const byOtherHash = solve(LISTENERS_PUZZLE);
    expect(isProofValid(listenersPuzzle('blake3'), byOtherHash)).toBe(false);
    expect(paid.on(acknowledged(ok(byOtherHash))).output).toMatchObject(refused('badProof', true));
    const nonce = solve(listenersPuzzle('blake3'));
    expect(paid.on(acknowledged(ok(nonce))).output).toMatchObject({ verdict: 'accepted' });
  });

  it('sends the solution with a challenge of its own', () => {
    expect(answered().asked('send')).toEqual([
      {
        message: {
          type: 'VERIFY',
          commitment: CALLER,
          nonce: NONCE,
          difficulty: DIFFICULTY,
          challenge: CALLERS_CHALLENGE,
        },
      },
    ]);
  });

  it('accepts the OK that answers its challenge', () => {
    const nonce = solve(LISTENERS_PUZZLE);
    const moment = answered().on(acknowledged(ok(nonce)));
    expect(moment.output).toMatchObject({
      verdict: 'accepted',
      challenge: challenge(),
      verify: { nonce: NONCE },
      ok: ok(nonce),
      peerCommitment: LISTENER,
    });
    expect(moment.timers.size).toBe(0);
  });

  it('accepts any OK when it asked for no proof', () => {
    const trusting = answered({ ownDifficulty: 0 });
    expect(trusting.asked('send')).toMatchObject([{ message: { difficulty: 0 } }]);
    expect(trusting.on(acknowledged(ok())).output).toMatchObject({ verdict: 'accepted' });
  });

  it('refuses an OK with a wrong proof', () => {
    const moment = answered().on(acknowledged(ok(fail(LISTENERS_PUZZLE))));
    expect(moment.output).toMatchObject(refused('badProof', true));
  });

  it('refuses an OK without the proof that it asked for', () => {
    expect(answered().on(acknowledged(ok())).output).toMatchObject(refused('badProof', true));
  });

  it('refuses another version', () => {
    const moment = listening().on(puzzled(challenge({ version: 2 })));
    expect(moment.output).toMatchObject(refused('version', true));
    expect(moment.effects).toEqual([]);
  });

  it('gives the hardest proof that its settings allow, and no harder one', () => {
    const hardest = listening().on(puzzled(challenge({ difficulty: DIFFICULTY + 1 })));
    expect(hardest.asked('solvePuzzle')).toMatchObject([{ difficulty: DIFFICULTY + 1 }]);
    const harder = listening().on(puzzled(challenge({ difficulty: DIFFICULTY + 2 })));
    expect(harder.output).toMatchObject(refused('difficultyRefused', true));
    expect(harder.effects).toEqual([]);
  });

  for (const mode of ['tls', 'blake3'] as const) {
    it(`refuses a listener that differs in ${mode}, in either direction`, () => {
      const asksMore = listening().on(puzzled(challenge({ [mode]: true })));
      expect(asksMore.output).toMatchObject(refused('invalidRequest', true));
      const asksLess = listening({ [mode]: true }).on(puzzled(challenge()));
      expect(asksLess.output).toMatchObject(refused('invalidRequest', true));
      const agrees = listening({ [mode]: true }).on(puzzled(challenge({ [mode]: true })));
      expect(agrees.value).toEqual({ handshaking: 'solving' });
    });
  }

  it('gives up on a listener that does not speak', () => {
    const moment = listening().elapse('challengeTimeout');
    expect(moment.output).toMatchObject(refused('timeout', true));
  });

  it('gives up on a puzzle that takes too long', () => {
    expect(solving().elapse('proofTimeout').output).toMatchObject(refused('timeout', true));
  });

  it('gives up on an OK that does not come, in a time of its own', () => {
    expect([...answered().timers.values()]).toEqual([PROOF_TIMEOUT_MS]);
    expect(answered().elapse('proofTimeout').output).toMatchObject(refused('timeout', true));
  });

  describe('with TLS', () => {
    it('begins it when the listener has paid, and says so', () => {
      expect(securing().value).toEqual({ handshaking: 'securing' });
      expect(securing().deeds).toEqual(['secure']);
      expect(securing().told).toEqual([{ to: 'parent', event: { type: 'handshake.proved' } }]);
      expect([...securing().timers.values()]).toEqual([SECURING_TIMEOUT_MS]);
    });

    it('does not begin it with a listener that has not paid', () => {
      const moment = listening({ tls: true })
        .on(puzzled(challenge({ tls: true })))
        .on({ type: 'puzzle.solved', nonce: NONCE })
        .on(acknowledged(ok(fail(LISTENERS_PUZZLE))));
      expect(moment.output).toMatchObject(refused('badProof', true));
      expect(moment.asked('secure')).toEqual([]);
    });

    it('accepts with the identity that the certificate proves', () => {
      const identity = Buffer.alloc(32, 0x1d);
      expect(securing().on({ type: 'connection.secured', identity }).output).toMatchObject({
        verdict: 'accepted',
        peerCommitment: LISTENER,
        peerIdentity: identity,
      });
    });

    it('refuses a listener whose certificate proves nothing, as the socket says', () => {
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

    it('accepts without TLS where its settings have none, and proves nothing', () => {
      const moment = answered().on(acknowledged(ok(solve(LISTENERS_PUZZLE))));
      expect(moment.output).toMatchObject({ verdict: 'accepted', peerIdentity: undefined });
      expect(moment.asked('secure')).toEqual([]);
    });
  });

  const phases = {
    listening: { begin: listening, awaits: 'CHALLENGE' },
    solving: { begin: solving, awaits: undefined },
    answered: { begin: answered, awaits: 'OK' },
    securing: { begin: securing, awaits: undefined },
  };
  for (const [phase, { begin, awaits }] of Object.entries(phases)) {
    it(`refuses every unsolicited message while ${phase}`, () => {
      const others = new Samples(2)
        .peerMessages()
        .filter(({ type }) => type !== 'ERROR' && type !== awaits);
      for (const event of peerArrivals(others)) {
        expect(begin().on(event).output).toMatchObject({
          verdict: 'refused',
          refusal: { error: 'protocolViolation', reason: `${event.type} out of turn`, byUs: true },
        });
      }
    });

    it(`takes the peer's ERROR for the reason while ${phase}`, () => {
      const message = { type: 'ERROR', code: ERROR_CODES.difficultyRefused, text: '' } as const;
      expect(begin().on({ type: 'peer.error', message }).output).toEqual({
        verdict: 'refused',
        refusal: { error: 'difficultyRefused', reason: 'the peer refused', byUs: false },
      });
    });

    it(`calls an ERROR of an unknown code undefined while ${phase}`, () => {
      const message = { type: 'ERROR', code: 999, text: '' } as const;
      expect(begin().on({ type: 'peer.error', message }).output).toMatchObject(
        refused('undefined', false),
      );
    });

    it(`ends without an ERROR of its own when the connection closes while ${phase}`, () => {
      const moment = begin().on({ type: 'connection.closed', reason: 'gone' });
      expect(moment.output).toMatchObject(refused(undefined, false));
    });
  }
});
