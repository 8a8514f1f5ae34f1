/** What may come to each machine: one small alphabet each. */
import { apiConnectionMachine } from '../../machines/api-connection.js';
import { challengerMachine } from '../../machines/challenger.js';
import { difficultyMachine } from '../../machines/difficulty.js';
import type { Greeting } from '../../machines/events.js';
import { fetchMachine } from '../../machines/fetch.js';
import { peerConnectionMachine } from '../../machines/peer-connection.js';
import { peerViewMachine } from '../../machines/peer-view.js';
import { proverMachine } from '../../machines/prover.js';
import { stemMachine } from '../../machines/stem.js';
import { supervisorMachine } from '../../machines/supervisor.js';
import { validationMachine } from '../../machines/validation.js';
import { peerArrivals } from '../../src/runtime/arrivals.js';
import { NEIGHBOR_WORDS } from '../../src/wire/messages.js';
import {
  CALLER,
  CALLERS_CHALLENGE,
  CALLERS_PUZZLE,
  DIFFICULTY,
  LISTENERS_PUZZLE,
  challenge,
  fail,
  ok,
  solve,
  verify,
} from '../unit/machines/handshake-samples.js';
import {
  ACCEPTED,
  CONNECTION,
  PEERS_ADDRESS,
  PEERS_IDENTITY,
  REFUSED,
  REMOTE,
  handshakeDone,
  handshakeFailed,
  hello,
  peerInput,
} from '../unit/machines/peer-samples.js';
import {
  BUSY_HOST,
  callerConnected,
  childFailed,
  dialWanted,
  moduleConnected,
  moduleDone,
  peerDone,
  supervisorInput,
} from '../unit/machines/supervisor-samples.js';
import { Samples } from '../unit/wire/samples.js';
import type { Model } from './walk.js';

const connection = CONNECTION;
const closed = { type: 'connection.closed', reason: 'gone' };
const dropped = { type: 'connection.dropped', error: 'busy', reason: 'dropped' };
const malformed = { type: 'connection.malformed', reason: 'size: 1', dump: '00' };
const solved = { type: 'puzzle.solved', nonce: solve(LISTENERS_PUZZLE) };
const SOCKET = [
  closed,
  dropped,
  malformed,
  { type: 'connection.connected', remote: REMOTE },
  { type: 'connection.secured', identity: PEERS_IDENTITY },
  { type: 'connection.unsecured', reason: 'unsigned' },
];
/** One message of every type. */
const MESSAGES = peerArrivals(new Samples(4).peerMessages());

const greeting: Greeting = {
  connection,
  direction: 'inbound',
  purpose: 'called',
  identity: PEERS_IDENTITY.toString('hex'),
  address: PEERS_ADDRESS,
  remote: REMOTE,
};
const peer = { address: PEERS_ADDRESS, identity: PEERS_IDENTITY, ageSeconds: 1 };
const LINKS = [
  { type: 'link.greeted', greeting },
  { type: 'link.established', greeting },
  { type: 'link.suspected', connection },
  { type: 'link.lost', connection },
  { type: 'link.ended', end: peerDone(CONNECTION).output },
  { type: 'neighbor.asked', connection, priority: 'low' },
  { type: 'neighbor.answered', connection, accepted: true },
  { type: 'peers.requested', connection, max: 1, sample: [], types: [] },
  { type: 'peers.told', connection, peers: [peer], sharing: 0 },
  { type: 'join.walked', connection, peer, hopsLeft: 1 },
  { type: 'peer.left', greeting },
];

const HANDSHAKE_CLAMP: Model['clamp'] = ({
  challenge: asked,
  verify: paid,
  ok: done,
  peerIdentity,
  refusal,
}) => [
  asked !== undefined,
  paid !== undefined,
  done !== undefined,
  peerIdentity !== undefined,
  refusal,
];

const challengerInput = (tls: boolean) => ({
  challenge: challenge({ tls }),
  answerTimeoutMs: 60_000,
  securingTimeoutMs: 10_000,
});

export const challenger: Model = {
  machine: challengerMachine,
  inputs: { 'any caller': challengerInput(false), 'any caller, with TLS': challengerInput(true) },
  events: [
    ...MESSAGES,
    ...SOCKET,
    solved,
    { type: 'peer.verify', message: verify() },
    { type: 'peer.verify', message: verify({ difficulty: DIFFICULTY }) },
    { type: 'peer.verify', message: verify({ difficulty: DIFFICULTY + 1 }) },
    { type: 'peer.verify', message: verify({ nonce: fail(CALLERS_PUZZLE) }) },
  ],
  clamp: HANDSHAKE_CLAMP,
};

const proverInput = (ownDifficulty: number, tls = false) => ({
  commitment: CALLER,
  ownChallenge: CALLERS_CHALLENGE,
  ownDifficulty,
  difficultyMax: DIFFICULTY,
  tls,
  blake3: false,
  challengeTimeoutMs: 5_000,
  proofTimeoutMs: 60_000,
  securingTimeoutMs: 10_000,
});

export const prover: Model = {
  machine: proverMachine,
  inputs: {
    'a stranger': proverInput(DIFFICULTY),
    'a peer of our config': proverInput(0),
    'a stranger, with TLS': proverInput(DIFFICULTY, true),
    'a peer of our config, with TLS': proverInput(0, true),
  },
  events: [
    ...MESSAGES,
    ...SOCKET,
    { type: 'puzzle.solved', nonce: solve(CALLERS_PUZZLE) },
    { type: 'peer.challenge', message: challenge() },
    { type: 'peer.challenge', message: challenge({ difficulty: DIFFICULTY + 1 }) },
    { type: 'peer.challenge', message: challenge({ version: 2 }) },
    { type: 'peer.challenge', message: challenge({ tls: true }) },
    { type: 'peer.ok', message: ok() },
    { type: 'peer.ok', message: ok(solve(LISTENERS_PUZZLE)) },
    { type: 'peer.ok', message: ok(fail(LISTENERS_PUZZLE)) },
  ],
  clamp: HANDSHAKE_CLAMP,
};

export const validation: Model = {
  machine: validationMachine,
  inputs: { 'policy any': { policy: 'any' }, 'policy all': { policy: 'all' } },
  events: [
    ...[0, 1, 2, 3].map((voters) => ({ type: 'item.arrived', itemId: `of ${voters}`, voters })),
    ...[true, false].flatMap((valid) =>
      [true, false].map((awaited) => ({ type: 'verdict.given', valid, awaited })),
    ),
    { type: 'subscriber.left' },
    { type: 'deadline.passed' },
  ],
  clamp: ({ pending, valid }) => [pending, Math.min(Number(valid), 3)],
};

export const fetch: Model = {
  machine: fetchMachine,
  inputs: { 'an item': undefined },
  events: [
    ...[true, false].map((bides) => ({ type: 'item.offered', itemId: 'ab', holder: 1, bides })),
    { type: 'item.arrived' },
    ...[2, undefined].map((next) => ({ type: 'holder.failed', next })),
  ],
  clamp: ({ holder }) => [holder],
};

export const stem: Model = {
  machine: stemMachine,
  inputs: { 'an item': undefined },
  events: [
    { type: 'stem.entered', itemId: 'ab', relay: 1 },
    ...['item.sighted', 'item.returned', 'deadline.passed'].map((type) => ({ type })),
  ],
  clamp: ({ itemId }) => itemId,
};

const difficultyInput = (share: number) => ({
  setting: 20,
  cap: 22,
  difficultyIntervalMs: 10_000,
  takenShare: () => share,
});

export const difficulty: Model = {
  machine: difficultyMachine,
  inputs: {
    'nobody who stays': difficultyInput(0),
    'a few callers': difficultyInput(0.2),
    'a crowd': difficultyInput(0.9),
  },
  events: [{ type: 'caller.admitted' }],
  clamp: ({ bits }) => bits,
};

const announced = { type: 'ANNOUNCE', ttl: 0, dataType: 7, data: Buffer.from('item') };
const moduleInput = (strict: boolean) => ({
  connection,
  remote: '127.0.0.1:4711',
  strict,
  hasSubscribed: () => false,
});

export const apiConnection: Model = {
  machine: apiConnectionMachine,
  inputs: { 'a module': moduleInput(false), 'a module under strict_api': moduleInput(true) },
  events: [
    closed,
    dropped,
    malformed,
    { type: 'api.announce', messages: [announced] },
    { type: 'api.notify', messages: [{ type: 'NOTIFY', dataType: 7 }] },
    { type: 'api.validation', messages: [{ type: 'VALIDATION', messageId: 1, valid: true }] },
    { type: 'items.notified', notices: [] },
    { type: 'verdict.missed' },
  ],
  clamp: ({ missed, reason }) => [missed, reason],
};

export const peerConnection: Model = {
  machine: peerConnectionMachine,
  inputs: {
    'a call of ours': peerInput(),
    'a caller': peerInput({ direction: 'inbound', purpose: 'called' }),
  },
  events: [
    ...MESSAGES,
    ...SOCKET,
    solved,
    { type: 'peer.hello', message: hello() },
    ...NEIGHBOR_WORDS.map((word) => ({
      type: 'peer.neighbor',
      message: { type: 'NEIGHBOR', word },
    })),
    ...(['challenger', 'prover'] as const).flatMap((side) => [
      handshakeDone(side, ACCEPTED),
      handshakeDone(side, REFUSED),
      handshakeFailed(side),
    ]),
    { type: 'handshake.proved' },
    { type: 'link.admitted' },
    { type: 'link.refused', reason: 'duplicate' },
    { type: 'link.activated' },
    { type: 'peers.awaited' },
  ],
  clamp: ({ phase, awaitsPeers, greeting: known, end }) => {
    const { error, byUs } = end as { readonly error: unknown; readonly byUs: unknown };
    return [phase, awaitsPeers, known !== undefined, error, byUs];
  },
};

export const peerView: Model = {
  machine: peerViewMachine,
  inputs: { 'a daemon': supervisorInput().peerView },
  events: [
    ...LINKS,
    ...['alone', 'growing', 'full'].map((standing) => ({ type: 'view.changed', standing })),
    { type: 'peers.learned' },
    { type: 'interests.lacked' },
    { type: 'interests.shared' },
    { type: 'view.alarmed', alarm: 'links exchanged' },
  ],
  clamp: ({ rounds }) => rounds,
};

/** Connections: 1 is a module, 2 a caller, 3 a dial. */
export const supervisor: Model = {
  machine: supervisorMachine,
  inputs: { 'a daemon': supervisorInput() },
  events: [
    moduleConnected(1),
    callerConnected(2),
    callerConnected(2, BUSY_HOST),
    dialWanted(3),
    moduleDone(1),
    peerDone(2),
    peerDone(3),
    childFailed('api-connection.1'),
    childFailed('peer-connection.2'),
    childFailed('peer-connection.3'),
    childFailed('peer-view'),
    childFailed('difficulty'),
    { type: 'difficulty.changed', bits: 9 },
    { type: 'shutdown.requested' },
    { type: 'connections.closed' },
    { type: 'items.announced', connection, messages: [] },
    { type: 'types.subscribed', connection, dataTypes: [7] },
    { type: 'items.arrived', connection, messages: [] },
    { type: 'items.judged', verdicts: [] },
    { type: 'interest.changed', connection, message: {} },
    { type: 'module.left', connection },
    ...LINKS,
  ],
  clamp: ({ bitsOfCallers, restarts, failure }) => [bitsOfCallers, restarts, failure],
  // A number is given out again only when its holder is gone.
  mayCome: (event, children) => {
    const opens = ['module.connected', 'caller.connected', 'dial.wanted'].includes(event.type);
    return !opens || !children.some((child) => child.endsWith(`.${String(event['connection'])}`));
  },
};

export const MODELS: readonly Model[] = [
  challenger,
  prover,
  validation,
  fetch,
  stem,
  difficulty,
  apiConnection,
  peerConnection,
  peerView,
  supervisor,
];
