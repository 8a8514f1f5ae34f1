/** What a receiver may send: that it is there, and an event for a service. */
import type { Plain } from '../src/inspector/protocol.js';

export type SentEvent = { readonly type: string; readonly [key: string]: Plain };

export type ReceiverCommand =
  | { readonly do: 'inspect' }
  | { readonly do: 'send'; readonly sessionIds: readonly string[]; readonly event: SentEvent };

/** Reads a frame; undefined when it is none of the protocol. Never throws. */
export const readFrame = (frame: string): ReceiverCommand | undefined => {
  const value = parseObject(frame);
  if (value?.['type'] === 'xstate.inspecting') return { do: 'inspect' };
  if (value?.['type'] !== 'xstate.event') return undefined;
  // The types of the package know the field `service`, its own server reads the event's origin.
  const sent = parseObject(value['event']);
  const sessionIds = [value['service'], sent?.['origin']].filter((id) => typeof id === 'string');
  const event = sent?.['$$type'] === 'scxml' ? asObject(sent['data']) : sent;
  if (event === undefined || !hasType(event) || sessionIds.length === 0) return undefined;
  return { do: 'send', sessionIds, event };
};

const parseObject = (text: Plain | undefined): { readonly [key: string]: Plain } | undefined => {
  if (typeof text !== 'string') return undefined;
  try {
    return asObject(JSON.parse(text) as Plain);
  } catch {
    return undefined;
  }
};

const asObject = (value: Plain | undefined): { readonly [key: string]: Plain } | undefined =>
  typeof value === 'object' && value !== null && !isList(value) ? value : undefined;

const isList = (value: Plain): value is readonly Plain[] => Array.isArray(value);

const hasType = (event: { readonly [key: string]: Plain }): event is SentEvent =>
  typeof event['type'] === 'string';
