/** A supervisor of the tests and who may come to it. */
import { supervisorMachine, type SupervisorInput } from '../../../machines/supervisor.js';
import { Moment } from './moment.js';
import { REMOTE, SETTINGS } from './peer-samples.js';

export const RESTARTS_MAX = 3;
export const BUSY_HOST = '192.0.2.99';

export const supervisorInput = (changes: Partial<SupervisorInput> = {}): SupervisorInput => ({
  peerView: {
    searchCooldownMs: 1_000,
    retryMaxMs: 60_000,
    shuffleIntervalMs: 10_000,
    feelerIntervalMs: 60_000,
    rotationIntervalMs: 300_000,
    alarmIntervalMs: 60_000,
    saveIntervalMs: 30_000,
    jitter: () => 1,
  },
  peerSettings: SETTINGS,
  difficulty: { setting: 8, cap: 10, difficultyIntervalMs: 10_000, takenShare: () => 0 },
  strictApi: false,
  hasSubscribed: () => true,
  halfOpenSlotIsFree: (host) => host !== BUSY_HOST,
  restartsMax: RESTARTS_MAX,
  restartIntervalMs: 60_000,
  leaveTimeoutMs: 3_000,
  ...changes,
});

export const running = (changes: Partial<SupervisorInput> = {}) =>
  Moment.begin(supervisorMachine, supervisorInput(changes));

const SECRETS = { challenge: Buffer.alloc(16, 1), salt: Buffer.alloc(16, 2) };

export const moduleConnected = (connection: number) =>
  ({ type: 'module.connected', connection, remote: '127.0.0.1:4711' }) as const;
export const callerConnected = (connection: number, host = REMOTE.host) =>
  ({
    type: 'caller.connected',
    connection,
    remote: { host, port: 4_711 },
    ...SECRETS,
  }) as const;
export const dialWanted = (connection: number) =>
  ({
    type: 'dial.wanted',
    connection,
    remote: REMOTE,
    purpose: 'neighbor',
    trusted: true,
    ...SECRETS,
  }) as const;
export const moduleDone = (connection: number) =>
  ({
    type: `xstate.done.actor.api-connection.${connection}`,
    actorId: `api-connection.${connection}`,
    output: { connection, reason: 'closed' },
  }) as const;
export const peerDone = (connection: number) =>
  ({
    type: `xstate.done.actor.peer-connection.${connection}`,
    actorId: `peer-connection.${connection}`,
    output: {
      connection,
      direction: 'outbound',
      purpose: 'neighbor',
      remote: REMOTE,
      phase: 'dialing',
      identity: undefined,
      error: undefined,
      reason: 'refused',
    },
  }) as const;
export const childFailed = <Id extends string>(actorId: Id) =>
  ({ type: `xstate.error.actor.${actorId}`, actorId, error: new Error('a bug') }) as const;
