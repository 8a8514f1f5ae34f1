/** What happens, in words: messages, events, effects and ends, as a transcript shows them. */
import type { ConnectionEnd } from '../../machines/events.js';
import { errorName, type HandshakeOutput, type Refusal } from '../../machines/handshake.js';
import { formatAddress, type DialAddress } from '../common/address.js';
import { idText } from '../core/items.js';
import { itemId } from '../wire/item-id.js';
import type {
  ApiMessage,
  Hello,
  Interest,
  PeerMessage,
  PeerRecord,
  Spread,
  Verify,
} from '../wire/messages.js';

/** Hex digits of challenges and the like, and of item ids, that a reader can tell apart. */
const HEX_SHOWN = 4;
const ID_SHOWN = 6;
/** Characters of an item's data that are shown. */
const DATA_SHOWN = 24;

/** Who is who: undefined where nobody knows. */
export type TraceNames = {
  host(host: string): string | undefined;
  /** By an identity in hex. */
  identity(identity: string): string | undefined;
};

/** "12 bits"; no proof for 0. */
const bits = (difficulty: number): string => (difficulty === 0 ? 'no proof' : `${difficulty} bits`);
const short = (bytes: Buffer): string => bytes.toString('hex').slice(0, HEX_SHOWN);
/** An item as a transcript names it. */
export const itemName = (id: string): string => `item ${id.slice(0, ID_SHOWN)}`;

/** A name where there is one, else the address. */
export const hostName = (names: TraceNames, address: DialAddress): string =>
  names.host(address.host) ?? formatAddress(address);

const recordNames = (names: TraceNames, records: readonly PeerRecord[]): string =>
  records.length === 0
    ? 'nobody'
    : records.map(({ address }) => hostName(names, address)).join(', ');

const identityName = (names: TraceNames, identity: Buffer): string =>
  names.identity(identity.toString('hex')) ?? short(identity);

const dataText = (data: Buffer): string => {
  const text = data.toString('latin1', 0, DATA_SHOWN);
  const isText = /^[\x20-\x7e]*$/.test(text);
  const shown = isText ? `"${text}"` : short(data);
  return data.length > DATA_SHOWN ? `${data.length} B ${shown}…` : shown;
};

const ttlText = (ttl: number): string => (ttl === 0 ? 'ttl unlimited' : `ttl ${ttl}`);
const idNames = (ids: readonly Buffer[]): string =>
  ids.map((id) => itemName(idText(id))).join(', ');

const interestText = ({ all, add, remove }: Interest): string =>
  [
    ...(all ? ['everything'] : []),
    ...(add.length > 0 ? [`wants type ${add.join(', ')}`] : []),
    ...(remove.length > 0 ? [`no longer type ${remove.join(', ')}`] : []),
  ].join('; ');

const spreadText = ({ dataType, expiryMs, salt, data, ttl }: Spread): string =>
  `${itemName(itemId(dataType, expiryMs, salt, data))}, type ${dataType}, ${ttlText(ttl)}, ` +
  dataText(data);

const verifyText = ({ nonce, commitment, difficulty }: Verify): string =>
  `nonce ${short(nonce)}, commitment ${short(commitment)}, asks ${bits(difficulty)} in return`;

type ViewMessage = Extract<PeerMessage, { type: `PEER_${string}` | 'NEIGHBOR' | 'PING' | 'PONG' }>;

const viewMessageText = (message: ViewMessage, names: TraceNames): string => {
  switch (message.type) {
    case 'PEER_REQUEST':
      return (
        `at most ${message.max}; here are ${recordNames(names, message.sample)}` +
        (message.types.length > 0 ? `; who wants type ${message.types.join(', ')}?` : '')
      );
    case 'PEER_RESPONSE':
      return (
        recordNames(names, message.peers) +
        (message.sharing > 0 ? `; the first ${message.sharing} want it` : '')
      );
    case 'PEER_JOIN':
      return `${recordNames(names, [message.peer])} is new, ${message.hopsLeft} hops left`;
    case 'PEER_LEAVE':
      return `reason ${message.reason}`;
    case 'NEIGHBOR':
      return message.word;
    case 'PING':
    case 'PONG':
      return short(message.echo);
  }
};

const helloText = ({ identity, transcript }: Hello, names: TraceNames): string =>
  `I am ${identityName(names, identity)}, transcript ${short(transcript)}`;

/** What a message to or from another daemon says. */
export const peerMessageText = (message: PeerMessage, names: TraceNames): string => {
  switch (message.type) {
    case 'CHALLENGE':
      return (
        `version ${message.version}, ${message.tls ? 'TLS' : 'plain'}, ` +
        `${bits(message.difficulty)}${message.blake3 ? ' with BLAKE3' : ''}, ` +
        `challenge ${short(message.challenge)}, commitment ${short(message.commitment)}`
      );
    case 'VERIFY':
      return verifyText(message);
    case 'OK':
      return message.nonce === undefined ? 'no proof was asked' : `nonce ${short(message.nonce)}`;
    case 'ERROR':
      return `${errorName(message.code)}: ${message.text}`;
    case 'HELLO':
      return helloText(message, names);
    case 'INTEREST':
      return interestText(message);
    case 'SPREAD':
      return spreadText(message);
    case 'HAVE':
    case 'WANT':
    case 'DONT_WANT':
      return idNames(message.ids);
    case 'GRAFT':
    case 'PRUNE':
      return `type ${message.dataType}`;
    default:
      return viewMessageText(message, names);
  }
};

/** What a message to or from a local module says. */
export const apiMessageText = (message: ApiMessage): string => {
  switch (message.type) {
    case 'ANNOUNCE':
      return `type ${message.dataType}, ${ttlText(message.ttl)}, ${dataText(message.data)}`;
    case 'NOTIFY':
      return `type ${message.dataType}`;
    case 'NOTIFICATION':
      return `#${message.messageId}, type ${message.dataType}, ${dataText(message.data)}`;
    case 'VALIDATION':
      return `#${message.messageId} is ${message.valid ? 'valid' : 'invalid'}`;
    case 'RPS_QUERY':
    case 'RPS_PEER':
      return '';
  }
};

/** Part of an event's text that says more than its type. */
const DETAILS = ['reason', 'standing', 'verdict', 'priority'] as const;

/** An event as the cause of a transition: "peer.verify", "after answerTimeout". */
export const causeText = (event: { readonly type: string }): string => {
  const after = /^xstate\.after\.([^.]+)\./.exec(event.type)?.[1];
  if (after !== undefined) return `after ${after}`;
  const done = /^xstate\.(done|error)\.actor\.(.+)$/.exec(event.type);
  if (done !== null) return `on ${done[2]} ${done[1] === 'done' ? 'ended' : 'failed'}`;
  const fields: Readonly<Record<string, unknown>> = event;
  const detail = DETAILS.map((key) => fields[key]).find((value) => typeof value === 'string');
  if (event.type === 'verdict.given') return `on ${event.type} (${validText(fields['valid'])})`;
  return `on ${event.type}${detail === undefined || detail === '' ? '' : ` (${String(detail)})`}`;
};

const validText = (valid: unknown): string => (valid === true ? 'valid' : 'invalid');

/** The effects that a transcript shows: those that no message shows already. */
export type ShownEffect =
  | { readonly type: 'dial' }
  | { readonly type: 'solvePuzzle'; readonly params: { readonly difficulty: number } }
  | { readonly type: 'disconnect'; readonly params: Refusal | undefined }
  | { readonly type: 'expectAnswers'; readonly params: { readonly expected: boolean } };

/** An effect as a verb; undefined: not worth a reader's time. `other` is the peer it concerns. */
export const effectText = (
  action: { readonly type: string },
  other: string,
): string | undefined => {
  const effect = action as ShownEffect;
  switch (effect.type) {
    case 'dial':
      return `dials ${other}`;
    case 'solvePuzzle':
      return `solves ${bits(effect.params.difficulty)}`;
    case 'disconnect':
      return effect.params === undefined ? 'hangs up' : `hangs up: ${effect.params.reason}`;
    case 'expectAnswers':
      return effect.params.expected ? 'answers are awaited' : 'answers are not awaited';
    default:
      return undefined;
  }
};

const isHandshake = (output: object): output is HandshakeOutput => 'verdict' in output;
const isEnd = (output: object): output is ConnectionEnd => 'phase' in output && 'reason' in output;

/** How an actor ended, by its output; empty when that says nothing new. */
export const outputText = (output: unknown): string => {
  if (typeof output !== 'object' || output === null) return '';
  if (isHandshake(output)) {
    return output.verdict === 'accepted' ? '' : refusalText(output.refusal);
  }
  return isEnd(output) ? refusalText(output) : '';
};

const refusalText = ({ error, reason }: Pick<Refusal, 'error' | 'reason'>): string =>
  error === undefined ? reason : `${error}, ${reason}`;
