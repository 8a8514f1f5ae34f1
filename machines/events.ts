/**
 * The vocabulary of the actor system: every event any actor can receive, in one place.
 *
 * `<who>.<wire name>` is a message that arrived; everything else is `<who>.<past tense>`.
 */
import type { DialAddress } from '../src/common/address.js';
import type { LinkDirection, LinkPurpose } from '../src/core/active-view.js';
import type { IsolationAlarm } from '../src/core/isolation-watch.js';
import type { ItemVerdict } from '../src/core/verdict.js';
import type {
  ApiRequest,
  DontWant,
  ErrorName,
  Have,
  Interest,
  PeerAddress,
  PeerMessage,
  PeerRecord,
  Spread,
  Want,
} from '../src/wire/messages.js';

type Named = { readonly type: string };

/** VERIFY becomes `verify`, PEER_REQUEST becomes `peer-request`. */
export type WireName<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}-${WireName<Tail>}`
  : Lowercase<Name>;

/** The arrival of one wire message: VERIFY from a peer becomes `peer.verify`. */
export type Arrival<Who extends string, Message extends Named> = Message extends unknown
  ? { readonly type: `${Who}.${WireName<Message['type']>}`; readonly message: Message }
  : never;

/**
 * The arrival of a run of messages of one type, as one read of a socket brought them: one event
 * for many messages is what makes the actors fast enough (1.1 M messages/s at ten an event).
 */
export type Run<Who extends string, Message extends Named> = Message extends unknown
  ? { readonly type: `${Who}.${WireName<Message['type']>}`; readonly messages: readonly Message[] }
  : never;

/** Messages that come in numbers, and therefore in runs. */
export type BulkMessage = Spread | Have | Want | DontWant;

/** From a local module. */
export type ApiEvent = Run<'api', ApiRequest>;
/** From a peer. */
export type PeerEvent =
  Arrival<'peer', Exclude<PeerMessage, BulkMessage>> | Run<'peer', BulkMessage>;

/** From whoever runs the socket of a connection actor. */
export type ConnectionEvent =
  | { readonly type: 'connection.connected'; readonly remote: DialAddress }
  /** Bytes that are no message. `dump` is a short hex dump. */
  | { readonly type: 'connection.malformed'; readonly reason: string; readonly dump: string }
  /** TLS has begun on the socket: the peer's certificate proves this identity, 32 B. */
  | { readonly type: 'connection.secured'; readonly identity: Buffer }
  /** TLS failed, or the certificate that came with it proves no identity. */
  | { readonly type: 'connection.unsecured'; readonly reason: string }
  /** The socket is gone. */
  | { readonly type: 'connection.closed'; readonly reason: string }
  /** Somebody of ours wants the connection to end. */
  | {
      readonly type: 'connection.dropped';
      readonly error: ErrorName | undefined;
      readonly reason: string;
    };

/** From the solver. */
export type PuzzleEvent = { readonly type: 'puzzle.solved'; readonly nonce: Buffer };

/** To the difficulty: somebody called and holds a half-open slot. */
export type DifficultyEvent = { readonly type: 'caller.admitted' };
/** From it to the supervisor: leading zero bits asked of callers from now on. */
export type DifficultyReport = { readonly type: 'difficulty.changed'; readonly bits: number };

/** From a challenger or prover to its peer-connection: both have proved their work, TLS begins. */
export type HandshakeEvent = { readonly type: 'handshake.proved' };

// ----------------------------------------------------------------------------- items

/** An item on its way to a local module. */
export type Notice = {
  readonly itemId: string;
  readonly dataType: number;
  readonly data: Buffer;
  /** A validation waits for this module's verdict; false: it is only told. */
  readonly awaited: boolean;
};

/** To an api-connection. */
export type NoticeEvent =
  | { readonly type: 'items.notified'; readonly notices: readonly Notice[] }
  /** The validation deadline passed without this module's verdict. */
  | { readonly type: 'verdict.missed' };

/** To a validation. */
export type ValidationEvent =
  | { readonly type: 'item.arrived'; readonly itemId: string; readonly voters: number }
  | { readonly type: 'verdict.given'; readonly valid: boolean; readonly awaited: boolean }
  /** A subscriber whose verdict was awaited left, or was skipped: it abstains. */
  | { readonly type: 'subscriber.left' }
  | { readonly type: 'deadline.passed' };

/** To a fetch. */
export type FetchEvent =
  /** A link holds an item that we lack. `bides`: an eager copy may come by itself. */
  | {
      readonly type: 'item.offered';
      readonly itemId: string;
      readonly holder: number;
      readonly bides: boolean;
    }
  /** From whomever. */
  | { readonly type: 'item.arrived' }
  /** The wait is over, or the holder that was asked is gone. `next`: whom to ask, if anybody. */
  | { readonly type: 'holder.failed'; readonly next: number | undefined };

/** To a stem. */
export type StemEvent =
  /** An item enters the stem here, and goes on to `relay`. */
  | { readonly type: 'stem.entered'; readonly itemId: string; readonly relay: number }
  /** Somebody spreads it. */
  | { readonly type: 'item.sighted' }
  /** It came along the stem once more. */
  | { readonly type: 'item.returned' }
  | { readonly type: 'deadline.passed' };

/** To the supervisor: what connections and validations say about items. */
export type ItemEvent =
  | {
      readonly type: 'items.announced';
      readonly connection: number;
      readonly messages: readonly Extract<ApiRequest, { type: 'ANNOUNCE' }>[];
    }
  | {
      readonly type: 'types.subscribed';
      readonly connection: number;
      readonly dataTypes: readonly number[];
    }
  | {
      readonly type: 'items.arrived';
      readonly connection: number;
      readonly messages: readonly Spread[];
    }
  | {
      readonly type: 'items.judged';
      readonly verdicts: readonly { readonly itemId: string; readonly verdict: ItemVerdict }[];
    }
  | {
      readonly type: 'interest.changed';
      readonly connection: number;
      readonly message: Interest;
    }
  | { readonly type: 'module.left'; readonly connection: number };

// ----------------------------------------------------------------------------- links

/** Who is at the other end of an established connection. */
export type Greeting = {
  readonly connection: number;
  readonly direction: LinkDirection;
  readonly purpose: LinkPurpose;
  /** Hex of the 32-byte identity. */
  readonly identity: string;
  /** Where the peer listens, as it says. */
  readonly address: PeerAddress;
  /** Where it is: the address that we dialled, or that it calls from. */
  readonly remote: DialAddress;
};

/** How a peer connection ended. */
export type ConnectionEnd = {
  readonly connection: number;
  readonly direction: LinkDirection;
  readonly purpose: LinkPurpose;
  /** Where we dialled, or whence it called. */
  readonly remote: DialAddress;
  /** How far it had come. */
  readonly phase: 'dialing' | 'handshaking' | 'established';
  readonly identity: string | undefined;
  /** The ERROR that ended it, either end's; undefined when there was none. */
  readonly error: ErrorName | undefined;
  readonly reason: string;
};

/** From a peer-connection to the peer-view, by way of the supervisor. */
export type LinkEvent =
  | { readonly type: 'link.greeted'; readonly greeting: Greeting }
  | { readonly type: 'link.established'; readonly greeting: Greeting }
  | { readonly type: 'link.suspected'; readonly connection: number }
  | { readonly type: 'link.lost'; readonly connection: number }
  | { readonly type: 'link.ended'; readonly end: ConnectionEnd }
  | {
      readonly type: 'neighbor.asked';
      readonly connection: number;
      readonly priority: 'low' | 'high';
    }
  | {
      readonly type: 'neighbor.answered';
      readonly connection: number;
      readonly accepted: boolean;
    }
  | {
      readonly type: 'peers.requested';
      readonly connection: number;
      readonly max: number;
      readonly sample: readonly PeerRecord[];
      /** Data types for which the peer lacks links. */
      readonly types: readonly number[];
    }
  | {
      readonly type: 'peers.told';
      readonly connection: number;
      readonly peers: readonly PeerRecord[];
      /** So many of them, the first, want a type that we lack links for. */
      readonly sharing: number;
    }
  | {
      readonly type: 'join.walked';
      readonly connection: number;
      readonly peer: PeerRecord;
      readonly hopsLeft: number;
    }
  /** On purpose: it said PEER_LEAVE. Comes before its `link.lost`, so that nobody calls it back. */
  | { readonly type: 'peer.left'; readonly greeting: Greeting };

/** To the peer-view from its runner, about its own stores. */
export type ViewEvent =
  /** How the active view stands now, after something changed it. */
  | { readonly type: 'view.changed'; readonly standing: Standing }
  /** There are new addresses to dial. */
  | { readonly type: 'peers.learned' }
  /** Too few links share a type that our modules want; by now enough do. */
  | { readonly type: 'interests.lacked' }
  | { readonly type: 'interests.shared' }
  /** Links were lost in a way that looks like somebody cutting us off. */
  | { readonly type: 'view.alarmed'; readonly alarm: IsolationAlarm };

/** No link at all; fewer links than wanted; as many as wanted. */
export type Standing = 'alone' | 'growing' | 'full';

/** From the peer-view to a peer-connection. */
export type AdmissionEvent =
  | { readonly type: 'link.admitted' }
  | { readonly type: 'link.refused'; readonly reason: string }
  /** Both ends agreed: the connection is a link of the active view. */
  | { readonly type: 'link.activated' }
  /** We asked for peers: one PEER_RESPONSE is welcome. */
  | { readonly type: 'peers.awaited' };

/** The name of the event that the arrival of a message is. */
export const arrivalName = (who: string, wireType: string): string =>
  `${who}.${wireType.toLowerCase().replaceAll('_', '-')}`;
