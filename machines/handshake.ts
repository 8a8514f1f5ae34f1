/** What challenger and prover have in common: how a handshake ends. */
import { clipText } from '../src/wire/bytes.js';
import {
  ERROR_CODES,
  ERROR_TEXT_BYTES_MAX,
  type Challenge,
  type ErrorName,
  type Ok,
  type PeerError,
  type Verify,
} from '../src/wire/messages.js';

/** Why a handshake failed. */
export type Refusal = {
  /** Undefined: the connection just ended. */
  readonly error: ErrorName | undefined;
  readonly reason: string;
  /** Our decision, of which the peer is told; else the peer's, or nobody's. */
  readonly byUs: boolean;
};

/** For an end that nobody explained; it keeps the output total. */
export const NO_REASON: Refusal = { error: undefined, reason: 'no reason given', byUs: false };

/** Nobody has proven to be who the peer says it is. */
export const unproven = (reason: string): Refusal => ({
  error: 'identityMismatch',
  reason,
  byUs: true,
});

/** The three messages as both ends saw them, for the transcript in HELLO; or the refusal. */
export type HandshakeOutput =
  | {
      readonly verdict: 'accepted';
      readonly challenge: Challenge;
      readonly verify: Verify;
      readonly ok: Ok;
      /** To what the peer's identity must fit when HELLO shows it. */
      readonly peerCommitment: Buffer;
      /** What the peer's certificate proves, 32 B; undefined without TLS: nothing is proven. */
      readonly peerIdentity: Buffer | undefined;
    }
  | { readonly verdict: 'refused'; readonly refusal: Refusal };

/** The ERROR message for one of our names. */
export const errorMessage = (error: ErrorName, text: string): PeerError => ({
  type: 'ERROR',
  code: ERROR_CODES[error],
  text: clipText(text, ERROR_TEXT_BYTES_MAX),
});

/** The name of a code from the wire; codes that we do not know are *undefined*. */
export const errorName = (code: number): ErrorName =>
  (Object.keys(ERROR_CODES) as ErrorName[]).find((name) => ERROR_CODES[name] === code) ??
  'undefined';

/** An ERROR that the peer sent, as a refusal. */
export const refusalByPeer = ({ code, text }: PeerError): Refusal => ({
  error: errorName(code),
  reason: text === '' ? 'the peer refused' : `the peer says: ${text}`,
  byUs: false,
});
