/** Records of a made-up daemon, as short as a test can say them. */
import type {
  ActorRecord,
  DaemonRecord,
  EndRecord,
  EventRecord,
  ItemRecord,
  MessageRecord,
  StateRecord,
  ViewRecord,
} from '../../../../src/inspector/protocol.js';

export const A = 'a'.repeat(64);
export const B = 'b'.repeat(64);
/** Names of two daemons: the beginnings of their identities. */
export const [NAME_A, NAME_B] = [A.slice(0, 8), B.slice(0, 8)];
export const ITEM = '0123456789abcdef0123456789abcdef01234567';

export const daemonRecord = (fields: Partial<DaemonRecord> = {}): DaemonRecord => ({
  kind: 'daemon',
  version: 1,
  daemon: NAME_A,
  identity: A,
  agent: 'hearsay/0.1.0',
  p2p: '127.0.0.1:6001',
  api: '127.0.0.1:7001',
  atMs: 1_000,
  control: false,
  ...fields,
});

/** The actor `id`, under a session of its own unless told otherwise. */
export const actorRecord = (id: string, fields: Partial<ActorRecord> = {}): ActorRecord => ({
  kind: 'actor',
  daemon: NAME_A,
  actor: `x:${id}`,
  id,
  machine: id.replace(/\.\d+$/, ''),
  parent: undefined,
  atMs: 1_000,
  value: 'idle',
  context: {},
  ...fields,
});

/** The actor `id` got an event of that type. */
export const eventRecord = (
  id: string,
  type: string,
  fields: Partial<EventRecord> = {},
): EventRecord => ({
  kind: 'event',
  daemon: NAME_A,
  seq: 1,
  atMs: 1_000,
  actor: `x:${id}`,
  from: undefined,
  type,
  event: { type },
  before: 'idle',
  after: 'idle',
  changed: {},
  transitions: [],
  actions: [],
  delays: [],
  ...fields,
});

export const stateRecord = (id: string, fields: Partial<StateRecord> = {}): StateRecord => ({
  kind: 'state',
  daemon: NAME_A,
  atMs: 1_000,
  actor: `x:${id}`,
  value: 'idle',
  changed: {},
  ...fields,
});

export const endRecord = (id: string, fields: Partial<EndRecord> = {}): EndRecord => ({
  kind: 'end',
  daemon: NAME_A,
  atMs: 1_000,
  actor: `x:${id}`,
  status: 'done',
  output: null,
  error: undefined,
  ...fields,
});

export const messageRecord = (
  type: string,
  direction: 'in' | 'out',
  fields: Partial<MessageRecord> = {},
): MessageRecord => ({
  kind: 'message',
  daemon: NAME_A,
  seq: 1,
  atMs: 1_000,
  side: 'peer',
  direction,
  connection: 1,
  peer: B,
  type,
  message: { type },
  item: undefined,
  ...fields,
});

export const itemRecord = (
  step: ItemRecord['step'],
  fields: Partial<ItemRecord> = {},
): ItemRecord => ({
  kind: 'item',
  daemon: NAME_A,
  seq: 1,
  atMs: 1_000,
  item: ITEM,
  dataType: 540,
  step,
  who: undefined,
  detail: '',
  ...fields,
});

type Link = ViewRecord['links'][number];

export const link = (fields: Partial<Link> = {}): Link => ({
  connection: 1,
  identity: B,
  address: '127.0.0.1:6002',
  direction: 'outbound',
  active: true,
  sinceMs: 500,
  rttMs: 1.5,
  unsentBytes: 0,
  cut: false,
  interests: [540],
  eager: [540],
  ...fields,
});

export const viewRecord = (fields: Partial<ViewRecord> = {}): ViewRecord => ({
  kind: 'view',
  daemon: NAME_A,
  atMs: 1_000,
  links: [link()],
  book: [],
  metrics: { items_accepted_total: 3 },
  ...fields,
});
