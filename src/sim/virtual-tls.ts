/**
 * TLS 1.3 between two ends of a virtual link, as far as daemons notice it: a round trip more, and
 * then each knows the identity of the other. Nothing is encrypted, since nobody listens here.
 */
import type { SecurityRole } from '../runtime/ports.js';

/** A part of TLS's handshake, on its way among the messages of a link. */
export type TlsFlight = {
  readonly type: 'TLS';
  readonly step: 'client hello' | 'server flight' | 'client finish';
  /** Whose certificate it brings; a client hello brings none. */
  readonly identity: Buffer;
};

/**
 * Bytes of each flight, measured with Ed25519 host keys on Node 20; of the client's, the last.
 */
export const FLIGHT_BYTES: Readonly<Record<TlsFlight['step'], number>> = {
  'client hello': 300,
  'server flight': 1_250,
  'client finish': 1_150,
};

/** What an end does for its TLS. */
export type VirtualTlsOwner = {
  send(flight: TlsFlight, bytes: number): void;
  secured(identity: Buffer): void;
  unsecured(reason: string): void;
};

/** One end's share in the handshake; it begins when the end is told to `secure`. */
export class VirtualTls {
  readonly #role: SecurityRole;
  readonly #identity: Buffer;
  readonly #owner: VirtualTlsOwner;
  #isOver = false;

  constructor(role: SecurityRole, identity: Buffer, owner: VirtualTlsOwner) {
    this.#role = role;
    this.#identity = identity;
    this.#owner = owner;
    if (role === 'client') this.#send('client hello');
  }

  /** Neither secured nor failed yet. */
  get isUnderWay(): boolean {
    return !this.#isOver;
  }

  /** A client takes whatever is not TLS for broken TLS; a server still hears it in the clear. */
  takes(type: string): boolean {
    return !this.#isOver && (type === 'TLS' || this.#role === 'client');
  }

  /** What the other end sent, or something else that `takes` claimed. */
  hear(heard: TlsFlight | { readonly type: string }): void {
    if (!isFlight(heard) || heard.step !== this.#awaited) return this.#fail(heard.type);
    if (heard.step === 'client hello') return this.#send('server flight');
    this.#isOver = true;
    if (heard.step === 'server flight') this.#send('client finish');
    this.#owner.secured(heard.identity);
  }

  get #awaited(): TlsFlight['step'] {
    if (this.#role === 'client') return 'server flight';
    return this.#hasAnswered ? 'client finish' : 'client hello';
  }

  #hasAnswered = false;

  #send(step: TlsFlight['step']): void {
    if (step === 'server flight') this.#hasAnswered = true;
    const identity = step === 'client hello' ? Buffer.alloc(0) : this.#identity;
    this.#owner.send({ type: 'TLS', step, identity }, FLIGHT_BYTES[step]);
  }

  #fail(type: string): void {
    this.#isOver = true;
    this.#owner.unsecured(`TLS failed: ${type} instead of ${this.#awaited}`);
  }
}

const isFlight = (heard: { readonly type: string }): heard is TlsFlight => heard.type === 'TLS';
