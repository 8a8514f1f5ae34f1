/**
 * The `established` state of a peer connection: both ends know each other. Two things go on side by
 * side: is the connection a link of the active view, and does the peer still answer?
 */
import { FRAME_LIMITS } from '../../src/wire/messages.js';
import { known, peerConnectionSetup } from './setup.js';

export const established = peerConnectionSetup.createStateConfig({
  description: 'Both ends know each other.',
  type: 'parallel',
  entry: [
    { type: 'advance', params: { phase: 'established' } },
    { type: 'limitFrames', params: { bytes: FRAME_LIMITS.established } },
    {
      type: 'tell',
      params: ({ context }) => ({
        type: 'link.established',
        greeting: known(context.greeting),
      }),
    },
  ],
  exit: {
    type: 'tell',
    params: ({ context }) => ({ type: 'link.lost', connection: context.connection }),
  },
  on: {
    'peer.interest': {
      actions: {
        type: 'tell',
        params: ({ context, event }) => ({
          type: 'interest.changed',
          connection: context.connection,
          message: event.message,
        }),
      },
    },
    'peer.peer-request': {
      actions: {
        type: 'tell',
        params: ({ context, event }) => ({
          type: 'peers.requested',
          connection: context.connection,
          max: event.message.max,
          sample: event.message.sample,
          types: event.message.types,
        }),
      },
    },
    'peers.awaited': { actions: 'awaitPeers' },
    'peer.peer-response': {
      guard: 'awaitsPeers',
      actions: [
        'receivePeers',
        {
          type: 'tell',
          params: ({ context, event }) => ({
            type: 'peers.told',
            connection: context.connection,
            peers: event.message.peers,
            sharing: event.message.sharing,
          }),
        },
      ],
    },
    // Told before `link.lost`, which has the view look for somebody to call.
    'peer.peer-leave': {
      actions: [
        {
          type: 'tell',
          params: ({ context }) => ({
            type: 'peer.left',
            greeting: known(context.greeting),
          }),
        },
        { type: 'drop', params: { reason: 'the peer leaves' } },
      ],
    },
  },
  states: {
    membership: {
      description: 'Is the connection a link of the active view?',
      initial: 'acquainted',
      states: {
        acquainted: {
          description: 'Known, but no link: the caller may ask to be a neighbor.',
          after: {
            acquaintanceTimeout: {
              target: '#peer-connection.closing',
              actions: {
                type: 'end',
                params: { error: undefined, reason: 'not needed', byUs: true },
              },
            },
          },
          on: {
            'link.activated': 'linked',
            'peer.neighbor': [
              {
                guard: { type: 'mayAsk', params: ({ event }) => event },
                actions: {
                  type: 'tell',
                  params: ({ context, event }) => ({
                    type: 'neighbor.asked',
                    connection: context.connection,
                    priority: event.message.word === 'high' ? 'high' : 'low',
                  }),
                },
              },
              {
                guard: { type: 'mayAnswer', params: ({ event }) => event },
                actions: {
                  type: 'tell',
                  params: ({ context, event }) => ({
                    type: 'neighbor.answered',
                    connection: context.connection,
                    accepted: event.message.word === 'accept',
                  }),
                },
              },
            ],
          },
        },
        linked: {
          description: 'A link: items flow, joins walk.',
          on: {
            'peer.spread': {
              actions: {
                type: 'tell',
                params: ({ context, event }) => ({
                  type: 'items.arrived',
                  connection: context.connection,
                  messages: event.messages,
                }),
              },
            },
            'peer.have': { actions: { type: 'heedOffers', params: ({ event }) => event } },
            'peer.want': { actions: { type: 'serve', params: ({ event }) => event } },
            'peer.peer-join': {
              actions: {
                type: 'tell',
                params: ({ context, event }) => ({
                  type: 'join.walked',
                  connection: context.connection,
                  peer: event.message.peer,
                  hopsLeft: event.message.hopsLeft,
                }),
              },
            },
            'peer.dont-want': { actions: { type: 'spare', params: ({ event }) => event } },
            'peer.graft': { actions: { type: 'graft', params: ({ event }) => event.message } },
            'peer.prune': { actions: { type: 'prune', params: ({ event }) => event.message } },
          },
        },
      },
    },
    liveness: {
      description: 'Does the peer answer?',
      initial: 'quiet',
      on: {
        'peer.ping': { actions: { type: 'answerPing', params: ({ event }) => event.message } },
      },
      states: {
        quiet: {
          description: 'Nothing to worry about.',
          after: { pingInterval: 'pinged' },
        },
        measured: {
          description: 'As quiet, and the round trip is known: a PING of the peer will do as well.',
          after: { signInterval: 'pinged' },
          on: {
            'peer.ping': {
              target: 'measured',
              reenter: true,
              actions: { type: 'answerPing', params: ({ event }) => event.message },
            },
          },
        },
        pinged: {
          description: 'A PING is out.',
          entry: 'ping',
          after: { pingTimeout: 'suspect' },
          on: {
            'peer.pong': {
              target: 'measured',
              actions: { type: 'measure', params: ({ event }) => event.message },
            },
          },
        },
        suspect: {
          description: 'The PING went unanswered: a replacement is looked for.',
          entry: {
            type: 'tell',
            params: ({ context }) => ({
              type: 'link.suspected',
              connection: context.connection,
            }),
          },
          after: {
            pingTimeout: {
              target: '#peer-connection.closing',
              actions: {
                type: 'end',
                params: { error: 'timeout', reason: 'no PONG in time', byUs: true },
              },
            },
          },
          on: {
            'peer.pong': {
              target: 'measured',
              actions: { type: 'measure', params: ({ event }) => event.message },
            },
          },
        },
      },
    },
  },
});
