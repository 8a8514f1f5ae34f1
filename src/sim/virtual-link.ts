/** The ends of connections in the virtual network, and TCP's manners between them. */
import type { DialAddress } from '../common/address.js';
import { hasRoom, type SendClass } from '../core/send-classes.js';
import { SendQueue } from '../core/send-queue.js';
import { LOW_WATER_BYTES, type ConnectionId, type SecurityRole } from '../runtime/ports.js';
import type { WireError } from '../wire/decoded.js';
import { FRAME_LIMITS, type PeerMessage } from '../wire/messages.js';
import { FrozenWindow } from './frozen-window.js';
import {
  append,
  dumpOf,
  excessOf,
  makeBatch,
  type Batch,
  type Carried,
  type Parcel,
} from './link-batch.js';
import type { LinkHost } from './link-host.js';
import type { Timer } from './virtual-clock.js';
import { VirtualTls } from './virtual-tls.js';

/** As the sockets have them: see `PEERS_LIMITS`. */
const CLOSE_GRACE_MS = 1_000;
const STALL_TIMEOUT_MS = 15_000;
/** Most bytes in one write, unless a single message is larger. */
const WRITE_BYTES_MAX = 65_536;
/** One end of a connection: TCP's send queue, its orderly and its sudden end. */
export class LinkEnd {
  readonly endpoint: LinkHost<LinkEnd>;
  readonly #farHost: string;
  /** As the handler gave it; undefined: nobody is told anything. */
  name: ConnectionId | undefined;
  #far: LinkEnd | undefined;
  #phase: 'opening' | 'open' | 'deaf' | 'closing' | 'closed' = 'opening';
  #limitBytes: number = FRAME_LIMITS.unproven;
  #reason: string | undefined;
  #grace: Timer | undefined;
  /** What waits: only behind an uplink, a cut path or an end that is not open yet. */
  readonly #waiting: SendQueue<Parcel>;
  /** What has been taken from there and is on the uplink. */
  #writingBytes = 0;
  /** Runs while nothing can leave that waits. */
  #stall: Timer | undefined;
  #wasAboveMark = false;
  /** The batch that left last; more may join it within the same moment. */
  #last: Batch | undefined;
  /** When what left last arrives: TCP keeps the order. */
  #arrivesMs = 0;
  readonly frozenWindow: FrozenWindow;
  #isPumping = false;
  /** TLS, once it has been asked for. */
  #tls: VirtualTls | undefined;
  /** What may leave only when TLS has begun. */
  #held: { readonly parcel: Parcel; readonly itemId: string | undefined }[] = [];
  /** This end, and the other, will send nothing more. */
  #hasFinished = false;
  #farHasFinished = false;

  constructor(endpoint: LinkHost<LinkEnd>, farHost: string) {
    this.endpoint = endpoint;
    this.#farHost = farHost;
    this.#waiting = new SendQueue(endpoint.waiting);
    this.frozenWindow = new FrozenWindow(endpoint);
  }

  get isOver(): boolean {
    return this.#phase === 'closed';
  }

  get unsentBytes(): number {
    return this.#waiting.bytes + this.#writingBytes;
  }

  join(far: LinkEnd): void {
    this.#far = far;
    far.#far = this;
  }

  connected(remote: DialAddress): void {
    this.#phase = 'open';
    this.#tell((name) => this.endpoint.handler.connected(name, remote));
  }

  opened(remote: DialAddress): void {
    this.#phase = 'open';
    this.#tell((name) => this.endpoint.handler.opened(name, remote));
  }

  limitFrames(bytes: number): void {
    this.#limitBytes = bytes;
  }

  /** Puts TLS on the link: what is sent from now on waits for it. */
  secure(role: SecurityRole): void {
    if (this.#phase !== 'open' || this.#tls !== undefined) return;
    const { identity, handler } = this.endpoint;
    if (identity === undefined) return this.destroy('there is no certificate for TLS');
    this.#tls = new VirtualTls(role, identity, {
      send: (message, bytes) => void this.#carry({ message, bytes, sendClass: 'membership' }),
      secured: (peer) => {
        this.#sendHeld();
        this.#tell((name) => handler.secured(name, peer));
      },
      unsecured: (reason) => {
        if (this.#phase === 'open') this.#phase = 'deaf';
        this.#reason ??= reason;
        this.#tell((name) => handler.unsecured(name, reason));
        // As a socket whose TLS fails: nothing can be said any more.
        this.destroy(reason);
      },
    });
  }

  /** False: its class has no room; `drained` will be told. */
  send(
    message: PeerMessage,
    bytes: number,
    { sendClass, itemId }: { readonly sendClass: SendClass; readonly itemId?: string },
  ): boolean {
    if (this.#phase !== 'open' && this.#phase !== 'deaf') return true;
    const parcel = { message, bytes, sendClass };
    if (this.#tls?.isUnderWay !== true) return this.#carry(parcel, itemId);
    this.#held.push({ parcel, itemId });
    return true;
  }

  /** Takes back what has not begun to leave of these items; how many messages that were. */
  cancel(itemIds: readonly string[]): number {
    let cancelled = 0;
    for (const itemId of itemIds) cancelled += this.#waiting.cancel(itemId);
    return cancelled;
  }

  #sendHeld(): void {
    for (const { parcel, itemId } of this.#held.splice(0)) this.#carry(parcel, itemId);
  }

  #carry(parcel: Parcel, itemId?: string): boolean {
    const { address, network, uplink, waiting } = this.endpoint;
    const { message, bytes, sendClass } = parcel;
    const waits = uplink !== undefined || this.#isPumping || this.#isBlocked;
    if (waits && !hasRoom(sendClass, this.#waiting.bytesOf(sendClass), waiting.total)) {
      this.#wasAboveMark = true;
      return false;
    }
    if (message.type !== 'TLS') network.tap?.sent(address.host, this.#farHost, message, bytes);
    if (waits) this.#enqueue(parcel, itemId);
    else this.#sendNow(parcel);
    return true;
  }

  /** Hears no more, sends what is queued, ends the stream; destroys after the grace. */
  close(reason: string): void {
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    if (this.#phase === 'opening') return this.#later(() => this.destroy(reason));
    // Nothing may leave in the clear while TLS is due, not even a farewell.
    if (this.#tls?.isUnderWay === true) return this.destroy(reason);
    this.#phase = 'closing';
    this.#reason ??= reason;
    this.#finish();
    const { scheduler } = this.endpoint.network;
    this.#grace = scheduler.after(CLOSE_GRACE_MS, () => this.destroy(reason));
  }

  /** Ends at once, what is queued is lost; the other end sees a reset. */
  destroy(reason: string): void {
    if (this.#phase === 'closed') return;
    this.#reason ??= reason;
    this.#reset();
    this.#end();
  }

  /** As `destroy`, but this end's owner is dead and told nothing. */
  vanish(): void {
    this.name = undefined;
    this.destroy('killed');
  }

  /** The handler wants no such caller: hangs up, and nobody is told. */
  refuse(): void {
    this.#phase = 'closing';
    this.#finish();
    this.#end();
  }

  get #isCut(): boolean {
    return this.endpoint.network.cuts.isCut(this.endpoint.address.host, this.#farHost);
  }

  /** Nothing may leave: the path is cut, or the reader stands still and TCP's window is full. */
  get #isBlocked(): boolean {
    return this.#isCut || this.#far?.frozenWindow.isFull === true;
  }

  // ------------------------------------------------------------------ sending

  /** Without an uplink to wait for: what is sent in one moment is one batch. */
  #sendNow(parcel: Parcel): void {
    const { nowMs } = this.endpoint.network.scheduler;
    this.#far?.frozenWindow.fill(parcel.bytes);
    if (this.#last?.sentMs === nowMs) return append(this.#last, parcel);
    const batch = makeBatch(nowMs, [parcel]);
    this.#last = batch;
    this.#depart(batch);
  }

  /** Has a batch arrive after the latency. It may still grow in this moment. */
  #depart(batch: Batch): void {
    const far = this.#far;
    if (far === undefined) return;
    this.#arriveLater(far, batch.bytes, () => {
      if (this.#last === batch) this.#last = undefined;
      far.#receive(batch);
    });
  }

  #arriveLater(far: LinkEnd, bytes: number, arrive: () => void): void {
    const { network, address } = this.endpoint;
    const delayMs = network.paths.delayMs(address.host, this.#farHost, bytes);
    if (delayMs === Infinity) return this.#later(() => this.destroy('read ECONNRESET'));
    this.#arriveAfter(far, delayMs, arrive);
  }

  #arriveAfter(far: LinkEnd, delayMs: number, arrive: () => void): void {
    const { scheduler } = this.endpoint.network;
    this.#arrivesMs = Math.max(this.#arrivesMs, scheduler.nowMs + delayMs);
    scheduler.at(this.#arrivesMs, () => {
      if (far.endpoint.isFrozen) far.endpoint.whenAwake(arrive);
      else arrive();
    });
  }

  #enqueue(parcel: Parcel, itemId: string | undefined): void {
    this.#waiting.push(parcel, parcel.bytes, parcel.sendClass, itemId);
    if (this.unsentBytes > LOW_WATER_BYTES) this.#wasAboveMark = true;
    this.#pump();
  }

  /** Begins to send what waits: at the end of this moment, so that it leaves together. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    this.#later(() => this.#write());
  }

  #write(): void {
    if (this.#phase === 'closed') return;
    const { network, address, uplink } = this.endpoint;
    this.#stopStall();
    const goOn = (): void => this.#write();
    if (this.#isBlocked) this.#stall = network.scheduler.after(STALL_TIMEOUT_MS, this.#giveUp);
    if (this.#isCut) return network.cuts.onOpen(address.host, this.#farHost, goOn);
    if (this.#far?.frozenWindow.isFull === true) return this.#far.endpoint.onThawed(goOn);
    const next = this.#waiting.take(WRITE_BYTES_MAX);
    if (next === undefined) return this.#drained();
    const { frames, bytes } = next;
    this.#writingBytes = bytes;
    const { nowMs } = network.scheduler;
    const startMs = Math.max(nowMs, this.endpoint.uplinkFreeMs);
    const leftMs = uplink === undefined ? nowMs : startMs + bytes / uplink;
    this.endpoint.uplinkFreeMs = leftMs;
    network.scheduler.after(leftMs - nowMs, () => {
      if (this.#phase === 'closed') return;
      this.#writingBytes = 0;
      this.#far?.frozenWindow.fill(bytes);
      this.#depart(makeBatch(leftMs, frames));
      this.#write();
    });
  }

  readonly #giveUp = (): void => {
    if (this.unsentBytes > 0) this.destroy('does not drain');
  };

  #stopStall(): void {
    if (this.#stall !== undefined) this.endpoint.network.scheduler.cancel(this.#stall);
    this.#stall = undefined;
  }

  #drained(): void {
    this.#isPumping = false;
    if (this.#hasFinished) return this.#sendEnd();
    if (!this.#wasAboveMark) return;
    this.#wasAboveMark = false;
    this.#tell((name) => this.endpoint.handler.drained(name));
  }

  // ------------------------------------------------------------------ receiving

  #receive(batch: Batch): void {
    // Nobody has this socket any more: the system says so, as to any stranger.
    if (this.#phase === 'closed') return this.#reset();
    if (this.#phase !== 'open') return;
    const { messages } = batch;
    if (this.#tls?.isUnderWay === true) return this.#hearSecuring(messages);
    if (batch.largestBytes <= this.#limitBytes) return this.#hear(messages);
    const excess = excessOf(batch, this.#limitBytes);
    if (excess === undefined) return this.#hear(messages);
    if (excess.at > 0) this.#hear(messages.slice(0, excess.at));
    this.#reject({ code: 'size too large', detail: excess.detail }, excess.message);
  }

  /** Flights of TLS, until it has begun; what comes behind them is heard as ever. */
  #hearSecuring(messages: readonly Carried[]): void {
    for (const [at, message] of messages.entries()) {
      if (this.#phase !== 'open') return;
      if (this.#tls?.isUnderWay !== true) return this.#hear(messages.slice(at));
      if (this.#tls.takes(message.type)) this.#tls.hear(message);
      else this.#hear([message]);
    }
  }

  #hear(carried: readonly Carried[]): void {
    // Whatever is TLS has been dealt with, or was too large for a frame.
    const messages = carried as readonly PeerMessage[];
    const { network, address } = this.endpoint;
    if (network.tap !== undefined) {
      for (const message of messages) network.tap.received(this.#farHost, address.host, message);
    }
    this.#tell((name) => this.endpoint.handler.received(name, messages));
  }

  #reject(error: WireError, message: Carried): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'deaf';
    const dump = dumpOf(message);
    this.#tell((name) => this.endpoint.handler.malformed(name, error, dump));
  }

  // ------------------------------------------------------------------ the end

  /** Says that nothing more will come, behind all that waits. */
  #finish(): void {
    this.#hasFinished = true;
    if (this.#isCut) this.#pump();
    if (!this.#isPumping) this.#sendEnd();
  }

  #sendEnd(): void {
    const far = this.#far;
    if (far !== undefined) this.#arriveLater(far, 0, () => far.#hearEnd());
    if (this.#farHasFinished) this.#later(() => this.#end());
  }

  #hearEnd(): void {
    if (this.#phase === 'closed') return;
    this.#farHasFinished = true;
    // When both have said all, the socket is gone.
    if (this.#phase !== 'closing') this.close('ended by the other side');
    else if (!this.#isPumping) this.#end();
  }

  #reset(): void {
    const far = this.#far;
    if (far === undefined || this.#phase === 'opening') return;
    if (this.#isCut) return;
    const { network, address } = this.endpoint;
    const delayMs = network.paths.oneWayMs(address.host, this.#farHost);
    this.#arriveAfter(far, delayMs, () => far.destroy('read ECONNRESET'));
  }

  #end(): void {
    if (this.#phase === 'closed') return;
    if (this.#grace !== undefined) this.endpoint.network.scheduler.cancel(this.#grace);
    this.#stopStall();
    const { name } = this;
    this.#phase = 'closed';
    this.#waiting.clear();
    this.#writingBytes = 0;
    if (name === undefined) return;
    this.endpoint.release(name);
    const reason = this.#reason ?? 'closed';
    try {
      this.endpoint.handler.closed(name, reason);
    } catch (error) {
      this.#logFailure(error);
    }
  }

  #tell(say: (name: ConnectionId) => void): void {
    if (this.name === undefined || this.#phase === 'closed') return;
    try {
      say(this.name);
    } catch (error) {
      this.#logFailure(error);
      this.destroy('handler failed');
    }
  }

  #logFailure(error: unknown): void {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.endpoint.log('error', 'connection handler failed', { reason });
  }

  /** In this moment, but not inside the caller's call. */
  #later(act: () => void): void {
    this.endpoint.network.scheduler.after(0, act);
  }
}
