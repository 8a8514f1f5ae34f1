/** What the machines want done, by machine: each effect in one line, done by whom it names. */
import type { AnyActorRef } from 'xstate';
import { apiConnectionMachine } from '../../machines/api-connection.js';
import { challengerMachine } from '../../machines/challenger.js';
import { difficultyMachine } from '../../machines/difficulty.js';
import { errorMessage } from '../../machines/handshake.js';
import { peerConnectionMachine } from '../../machines/peer-connection.js';
import { peerViewMachine } from '../../machines/peer-view.js';
import { proverMachine } from '../../machines/prover.js';
import { supervisorMachine } from '../../machines/supervisor.js';
import { formatAddress } from '../common/address.js';
import type { Offence } from '../core/offenders.js';
import type { Puzzle } from '../core/puzzle.js';
import type { ErrorName, PeerMessage } from '../wire/messages.js';
import { connectionOf } from './connections.js';
import { implement } from './interpreter/implement.js';
import type { DaemonParts } from './parts.js';

/** The supervisor, and through it every machine below it, with all effects. */
export const provideSupervisor = (parts: DaemonParts): typeof supervisorMachine => {
  const { router, ports, counters, connections, allowances, conduct, halfOpen, keeper } = parts;
  return implement(supervisorMachine, {
    actors: {
      'api-connection': provideApiConnection(parts),
      'peer-connection': providePeerConnection(parts),
      'peer-view': providePeerView(parts),
      difficulty: provideDifficulty(parts),
    },
    actions: {
      announce: (_, event) => router.announce(event),
      subscribe: (_, event) => router.subscribe(event),
      receive: (_, event) => router.receive(event),
      settle: (_, event) => router.settle(event),
      heedInterest: (_, event) => router.heedInterest(event),
      forgetModule: (_, event) => router.forgetModule(event),
      refuseModule: (_, { connection }) => ports.api.close(connection),
      refuseBusy: (_, { connection }) => {
        counters.count('callers_refused_total');
        ports.peers.send([connection], errorMessage('busy', 'too many callers'));
        ports.peers.close(connection);
      },
      takeHalfOpenSlot: (_, { connection, remote }) => {
        const nowMs = ports.clock.monotonicMs();
        const displaced = halfOpen.displacedBy(remote.host, nowMs);
        halfOpen.take(connection, remote.host, nowMs);
        if (displaced === undefined) return;
        counters.count('callers_displaced_total');
        const reason = 'others want to be heard';
        connections.peer(displaced)?.send({ type: 'connection.dropped', error: 'busy', reason });
      },
      noteDifficulty: (_, { before, bits }) => {
        counters.count(`difficulty_changes_total{direction="${bits > before ? 'up' : 'down'}"}`);
        ports.log('info', 'difficulty changed', { bits, before, halfOpen: halfOpen.taken });
      },
      freeHalfOpenSlot: (_, { connection }) =>
        halfOpen.release(connection, ports.clock.monotonicMs()),
      freeModule: (_, { connection }) => connections.freeModule(connection),
      freePeer: (_, { connection }) => {
        halfOpen.release(connection, ports.clock.monotonicMs());
        allowances.forget(connection);
        conduct.forget(connection);
        connections.freePeer(connection);
      },
      abandon: (_, { actorId, error }) => abandon(parts, actorId, error),
      farewell: () => {
        keeper.farewell();
        connections.dropAll('the daemon stops');
      },
    },
  });
};

const provideDifficulty = ({ halfOpen, ports }: DaemonParts) =>
  implement(difficultyMachine, {
    actions: { beginInterval: () => halfOpen.beginInterval(ports.clock.monotonicMs()) },
  });

const provideApiConnection = ({ router, ports, counters }: DaemonParts) =>
  implement(apiConnectionMachine, {
    actions: {
      notify: ({ context }, { notices }) => router.notify(context.connection, notices),
      judge: ({ context }, { messages }) => router.judge(context.connection, messages),
      expectAnswers: ({ context }, { expected }) => {
        router.modules.expectAnswers(context.connection, expected);
        const what = expected ? 'module answers again' : 'module does not answer';
        ports.log('info', what, { module: context.remote });
      },
      refuse: ({ context }, { reason, dump }) => {
        counters.count('modules_expelled_total');
        const fields = { module: context.remote, reason, bytes: dump };
        ports.log('warn', 'module closed for bad input', fields);
      },
      disconnect: ({ context }) => ports.api.close(context.connection),
    },
  });

/** What it says of a peer that we ended its connection for this. */
const OFFENCES: { readonly [Name in ErrorName]?: Offence } = {
  protocolViolation: 'protocol error',
  rateExceeded: 'rate excess',
};

const providePeerConnection = (parts: DaemonParts) => {
  const { ports, counters, keeper, router, allowances, conduct } = parts;
  const { peers, solver } = ports;
  return implement(peerConnectionMachine, {
    actors: provideHandshakes(parts),
    actions: {
      dial: ({ context }) => peers.dial(context.connection, context.remote),
      send: ({ context }, { message }) => void peers.send([context.connection], message),
      heedOffers: ({ context }, { messages }) => router.heedOffers(context.connection, messages),
      serve: ({ context }, { messages }) => router.serve(context.connection, messages),
      spare: ({ context }, { messages }) => router.spare(context.connection, messages),
      graft: ({ context: { connection } }, { dataType }) => {
        if (allowances.take(connection, 'grafts')) router.spreader.graft(connection, dataType);
      },
      prune: ({ context: { connection } }, { dataType, backOffSeconds }) => {
        if (!allowances.take(connection, 'grafts')) return;
        router.spreader.prune(connection, dataType, backOffSeconds);
      },
      answerPing: ({ context: { connection } }, { echo }) => {
        if (allowances.take(connection, 'pings')) peers.send([connection], { type: 'PONG', echo });
      },
      ping: ({ context }) => keeper.ping(context.connection),
      measure: ({ context }, { echo }) => keeper.measure(context.connection, echo),
      limitFrames: ({ context }, { bytes }) => peers.limitFrames(context.connection, bytes),
      cancelPuzzle: ({ context }) => solver.cancel(context.connection),
      report: ({ context }, { reason, dump }) => {
        const fields = { peer: formatAddress(context.remote), reason, bytes: dump };
        ports.log('warn', 'peer closed for bad input', fields);
      },
      disconnect: ({ context }, { error, reason, byUs }) => {
        if (byUs && error !== undefined) {
          peers.send([context.connection], errorMessage(error, reason));
        }
        if (byUs && error === 'rateExceeded') {
          ports.log('warn', 'peer closed for excess', {
            peer: formatAddress(context.remote),
            reason,
          });
        }
        if (byUs && (error === 'identityMismatch' || error === 'invalidRequest')) {
          counters.count(`peers_mistrusted_total{error="${error}"}`);
          ports.log('warn', 'peer mistrusted', { peer: formatAddress(context.remote), reason });
        }
        peers.close(context.connection);
        const offence = byUs && error !== undefined ? OFFENCES[error] : undefined;
        const { greeting, remote } = context;
        // Before HELLO it is not known who did it.
        if (offence !== undefined && greeting !== undefined) {
          conduct.blame(greeting.identity, remote, offence);
        }
      },
    },
  });
};

/** Both sides of the handshake speak on, and solve for, the connection whose number they bear. */
const provideHandshakes = ({ ports: { peers, solver }, halfOpen }: DaemonParts) => {
  const send = (self: AnyActorRef, message: PeerMessage): void => {
    if (message.type === 'OK') halfOpen.proved(connectionOf(self.id));
    peers.send([connectionOf(self.id)], message);
  };
  const solve = (self: AnyActorRef, puzzle: Puzzle): void =>
    solver.solve(connectionOf(self.id), puzzle, (nonce) => {
      self.send({ type: 'puzzle.solved', nonce });
    });
  return {
    challenger: implement(challengerMachine, {
      actions: {
        send: ({ self }, { message }) => send(self, message),
        solvePuzzle: ({ self }, puzzle) => solve(self, puzzle),
        secure: ({ self }) => peers.secure(connectionOf(self.id), 'server'),
      },
    }),
    prover: implement(proverMachine, {
      actions: {
        send: ({ self }, { message }) => send(self, message),
        solvePuzzle: ({ self }, puzzle) => solve(self, puzzle),
        secure: ({ self }) => peers.secure(connectionOf(self.id), 'client'),
      },
    }),
  };
};

const providePeerView = ({ keeper, upkeep, dialer, exchange, sharers }: DaemonParts) =>
  implement(peerViewMachine, {
    actions: {
      dialContacts: () => dialer.dialContacts(),
      fill: () => dialer.fill(),
      replace: () => dialer.replace(),
      askRps: () => exchange.askRps(),
      admit: (_, params) => keeper.admit(params),
      welcome: (_, params) => keeper.welcome(params),
      answerNeighbor: (_, params) => keeper.answerNeighbor(params),
      hearAnswer: (_, params) => keeper.hearAnswer(params),
      forget: (_, params) => keeper.forget(params),
      noteEnd: (_, params) => keeper.noteEnd(params),
      noteLeaver: (_, params) => keeper.noteLeaver(params),
      answerShuffle: (_, params) => exchange.answerShuffle(params),
      learn: (_, params) => keeper.learn(params),
      walk: (_, params) => exchange.walk(params),
      shuffle: () => exchange.shuffle(),
      feel: () => dialer.feel(),
      rotate: () => upkeep.rotate(),
      seekSharers: () => sharers.seek(),
      dialAfresh: (_, params) => upkeep.dialAfresh(params),
      saveBook: () => upkeep.saveBook(),
    },
  });

/** An actor failed, which is our bug: its connection ends, the daemon goes on. */
const abandon = (
  { ports, counters, router, keeper, dialer, halfOpen, allowances, conduct }: DaemonParts,
  actorId: string,
  error: unknown,
): void => {
  counters.count('actors_failed_total');
  ports.log('error', 'actor failed', {
    actor: actorId,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  const connection = connectionOf(actorId);
  if (actorId.startsWith('api-connection.')) {
    router.forgetModule({ type: 'module.left', connection });
    ports.api.close(connection);
  } else if (actorId.startsWith('peer-connection.')) {
    keeper.abandon(connection);
    dialer.abandoned(connection);
    // Its number is given to others: nothing of it may be left under it.
    halfOpen.release(connection, ports.clock.monotonicMs());
    allowances.forget(connection);
    conduct.forget(connection);
    ports.solver.cancel(connection);
    ports.peers.close(connection);
  }
};
