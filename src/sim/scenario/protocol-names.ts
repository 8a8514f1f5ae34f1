/** What the nodes of a scenario may speak; `run/protocols.ts` has who plays it. */
export const PROTOCOL_NAMES = ['hearsay'] as const;

export type ProtocolName = (typeof PROTOCOL_NAMES)[number];
