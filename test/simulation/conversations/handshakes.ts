import { isProofValid, proofBinding, proofHash } from '../../../src/core/puzzle.js';
import { Stranger } from '../../../src/sim/stranger.js';
import { commitment } from '../../../src/wire/commitment.js';
import {
  CHALLENGE_BYTES,
  COMMITMENT_BYTES,
  IDENTITY_BYTES,
  NONCE_BYTES,
  PROTOCOL_VERSION,
  SALT_BYTES,
  type Challenge,
  type Verify,
} from '../../../src/wire/messages.js';
import { transcriptHash } from '../../../src/wire/transcript.js';
import type { Conversation, Stage } from '../conversation.js';

/** Counts up to a nonce that solves the puzzle of a CHALLENGE for this commitment. */
const solve = (challenge: Challenge, own: Buffer): Buffer => {
  const hash = proofHash(challenge);
  const { difficulty } = challenge;
  const binding = proofBinding(hash, challenge.challenge, challenge.commitment, own);
  const nonce = Buffer.alloc(NONCE_BYTES);
  for (let n = 0; !isProofValid({ hash, binding, difficulty }, nonce); n += 1) {
    nonce.writeUInt32BE(n);
  }
  return nonce;
};

/** Calls bob, does all the work, and says that she is somebody else. */
const callAs = (stage: Stage, claimed: Buffer): void => {
  const { world } = stage;
  const salt = Buffer.alloc(SALT_BYTES, 0x5a);
  const own = commitment(claimed, salt);
  let said: readonly [Challenge, Verify] | undefined;
  let transcript: Buffer = Buffer.alloc(0);
  const mallory: Stranger = new Stranger(
    world.network,
    world.addressOf('mallory'),
    {
      heard: (connection, message) => {
        if (message.type === 'CHALLENGE') {
          const nonce = solve(message, own);
          const challenge = Buffer.alloc(CHALLENGE_BYTES, 0xcc);
          said = [message, { type: 'VERIFY', commitment: own, nonce, difficulty: 0, challenge }];
          mallory.send(connection, said[1]);
        } else if (message.type === 'OK' && said !== undefined) {
          transcript = transcriptHash(...said, message);
          mallory.secure(connection, 'client');
        }
      },
      secured: (connection) =>
        mallory.send(connection, {
          type: 'HELLO',
          identity: claimed,
          salt,
          transcript,
          address: world.addressOf('mallory'),
          features: 0,
          agent: 'mallory/1',
        }),
    },
    Buffer.alloc(IDENTITY_BYTES, 0x3a),
  );
  mallory.dial(world.addressOf('bob'));
};

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
            tls: true,
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
    name: 'handshake-impostor',
    title: 'An identity is not proven',
    about:
      'Mallory pays, and says that she is alice: her commitment and her HELLO agree. But her ' +
      'certificate is signed by a host key of her own, which is the only one that she has.',
    play: (stage) => {
      stage.curtain();
      const { identity } = stage.start('alice');
      stage.start('bob');
      callAs(stage, identity);
      stage.world.run(500);
    },
  },
  {
    name: 'handshake-without-tls',
    title: 'A link without TLS is refused',
    about:
      'Zoe, or somebody between her and alice, says that no TLS is to follow. Alice does as her ' +
      'own config says, and never as a flag does.',
    play: (stage) => {
      stage.curtain();
      stage.start('zoe', [], { handshake: { transport: 'plain' } });
      stage.start('alice', ['zoe']);
      stage.world.run(500);
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
