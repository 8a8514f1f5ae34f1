/** Wire messages become events: one each, or one for a run of the same type. */
import {
  arrivalName,
  type ApiEvent,
  type BulkMessage,
  type PeerEvent,
} from '../../machines/events.js';
import type { ApiRequest, PeerMessage } from '../wire/messages.js';

type Named = { readonly type: string };

/** Event names by wire type, made once: they are needed per message. */
const named = (who: string): ((wireType: string) => string) => {
  const names = new Map<string, string>();
  return (wireType) => {
    const known = names.get(wireType) ?? arrivalName(who, wireType);
    names.set(wireType, known);
    return known;
  };
};

const peerName = named('peer');
const apiName = named('api');

const BULK: ReadonlySet<string> = new Set<BulkMessage['type']>([
  'SPREAD',
  'HAVE',
  'WANT',
  'DONT_WANT',
]);

/** Cuts a list into stretches of one type; order is kept. */
const runs = <Message extends Named>(messages: readonly Message[]): Message[][] => {
  const found: Message[][] = [];
  for (const message of messages) {
    const last = found.at(-1);
    if (last?.[0]?.type === message.type) last.push(message);
    else found.push([message]);
  }
  return found;
};

/** What one read of a peer's socket brought, as events in order. */
export const peerArrivals = (messages: readonly PeerMessage[]): PeerEvent[] => {
  const events: PeerEvent[] = [];
  /** The messages of the event that was made last, when more may follow. */
  let run: PeerMessage[] | undefined;
  for (const message of messages) {
    if (run?.[0]?.type === message.type) {
      run.push(message);
      continue;
    }
    run = BULK.has(message.type) ? [message] : undefined;
    const what = run === undefined ? { message } : { messages: run };
    events.push({ type: peerName(message.type), ...what } as PeerEvent);
  }
  return events;
};

/**
 * What one read of a module's socket brought. Verdicts come before queued data (module API page);
 * everything else keeps its order.
 */
export const apiArrivals = (messages: readonly ApiRequest[]): ApiEvent[] => {
  const verdicts = messages.filter(({ type }) => type === 'VALIDATION');
  const rest =
    verdicts.length === 0 ? messages : messages.filter(({ type }) => type !== 'VALIDATION');
  return [verdicts, ...runs(rest)]
    .filter((run) => run.length > 0)
    .map((run) => ({ type: apiName(run[0]?.type ?? ''), messages: run }) as ApiEvent);
};
