import { Stranger } from '../../../src/sim/stranger.js';
import {
  CHALLENGE_BYTES,
  COMMITMENT_BYTES,
  NONCE_BYTES,
  PROTOCOL_VERSION,
} from '../../../src/wire/messages.js';
import type { Conversation } from '../conversation.js';

export const handshakes: readonly Conversation[] = [
  {
    name: 'handshake-accepted',
    title: 'A handshake is accepted',
    about:
      'Bob stands in the config of alice, so she asks no proof of him in return. When both have ' +
      'said who they are she asks to be his neighbor, joins the overlay and asks whom he knows.',
    play: (stage) => {
      stage.curtain();
      stage.start('bob');
      stage.start('alice', ['bob']);
      stage.untilLinked('alice', 'bob');
      stage.world.run(100);
    },
  },
  {
    name: 'handshake-mutual-proof',
    title: 'Both ends prove their work',
    about:
      'Carol learns of alice from bob. Alice stands in no config of hers, so the two ask a proof ' +
      'of each other, and whoever called checks the other one when OK comes.',
    play: (stage) => {
      stage.start('bob');
      stage.start('alice', ['bob']);
      stage.untilLinked('alice', 'bob');
      stage.world.run(1_000);
      stage.curtain();
      stage.start('carol', ['bob']);
      stage.untilLinked('carol', 'alice');
      stage.world.run(100);
    },
  },
  {
    name: 'handshake-bad-proof',
    title: 'A proof is wrong',
    about: 'Mallory answers the puzzle of bob with a nonce that solves nothing.',
    config: { handshake: { difficulty: 8 } },
    play: (stage) => {
      const { world } = stage;
      stage.curtain();
      stage.start('bob');
      const mallory = new Stranger(world.network, world.addressOf('mallory'), {
        heard: (connection, { type }) => {
          if (type !== 'CHALLENGE') return;
          mallory.send(connection, {
            type: 'VERIFY',
            commitment: Buffer.alloc(COMMITMENT_BYTES, 0xaa),
            nonce: Buffer.alloc(NONCE_BYTES, 0xbb),
            difficulty: 0,
            challenge: Buffer.alloc(CHALLENGE_BYTES, 0xcc),
          });
        },
      });
      mallory.dial(world.addressOf('bob'));
      world.run(500);
    },
  },
  {
    name: 'handshake-too-difficult',
    title: 'A puzzle is too hard',
    about: 'Bob asks for more bits than alice works for: she refuses, and comes back later.',
    play: (stage) => {
      stage.curtain();
      stage.start('bob', [], { handshake: { difficulty: 8 } });
      stage.start('alice', ['bob'], { handshake: { difficultyMax: 6 } });
      stage.world.run(500);
    },
  },
  {
    name: 'handshake-other-version',
    title: 'Another version is spoken',
    about: 'The listener that alice calls speaks the next version of the protocol.',
    play: (stage) => {
      const { world } = stage;
      const zoe: Stranger = new Stranger(world.network, world.addressOf('zoe'), {
        called: (connection) =>
          zoe.send(connection, {
            type: 'CHALLENGE',
            version: PROTOCOL_VERSION + 1,
            difficulty: 4,
            tls: false,
            blake3: false,
            challenge: Buffer.alloc(CHALLENGE_BYTES, 0xcc),
            commitment: Buffer.alloc(COMMITMENT_BYTES, 0xaa),
          }),
      });
      stage.curtain();
      stage.start('alice', ['zoe']);
      world.run(500);
    },
  },
  {
    name: 'handshake-silent-listener',
    title: 'A listener never speaks',
    about: 'Somebody accepts the call of alice and says nothing: she waits 5 s for a CHALLENGE.',
    config: { peers: { searchCooldownMs: 10_000 } },
    play: (stage) => {
      const { world } = stage;
      new Stranger(world.network, world.addressOf('mute'));
      stage.curtain();
      stage.start('alice', ['mute']);
      world.run(6_000);
    },
  },
  {
    name: 'handshake-silent-caller',
    title: 'A caller never proves itself',
    about:
      'Mallory calls bob and leaves his puzzle lying: a socket and an actor for proof_timeout.',
    config: { handshake: { proofTimeoutMs: 10_000 } },
    play: (stage) => {
      const { world } = stage;
      stage.curtain();
      stage.start('bob');
      new Stranger(world.network, world.addressOf('mallory')).dial(world.addressOf('bob'));
      world.run(11_000);
    },
  },
];
