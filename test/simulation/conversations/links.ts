import type { Conversation } from '../conversation.js';

export const links: readonly Conversation[] = [
  {
    name: 'links-dialled-twice',
    title: 'Both dial at once',
    about:
      'Alice and bob stand in the config of each other and start together. Of the two ' +
      'connections the one stays that the smaller identity has dialled.',
    play: (stage) => {
      stage.curtain();
      stage.start('alice', ['bob']);
      stage.start('bob', ['alice']);
      stage.untilLinked('alice', 'bob');
      stage.world.run(2_000);
    },
  },
  {
    name: 'link-dies',
    title: 'A link dies',
    about:
      'Alice wants one link, and has bob. The path between them is cut, so his PONG does not ' +
      'come: he is suspect, then given up, and alice is linked with carol in his place.',
    config: { peers: { shuffleIntervalMs: 60_000 } },
    play: (stage) => {
      const { world } = stage;
      const none = { sampledLinks: 0, nearLinks: 0, anchorLinks: 0 };
      const one = { degree: 1, minConnections: 1, ...none };
      stage.start('bob');
      stage.start('carol', ['bob'], { peers: one });
      stage.untilLinked('carol', 'bob');
      stage.start('alice', ['bob'], {
        peers: { ...one, pingIntervalMs: 5_000, pingTimeoutMs: 3_000 },
      });
      stage.untilLinked('alice', 'bob');
      world.run(1_000);
      stage.curtain();
      stage.note('the path between alice and bob is cut');
      world.network.cut(world.addressOf('alice').host, world.addressOf('bob').host);
      world.run(13_000);
    },
  },
  {
    name: 'link-killed',
    title: 'A process is killed',
    about:
      'Bob is killed. His socket tells alice at once; she calls him again, and goes on trying.',
    config: { peers: { searchCooldownMs: 2_000 } },
    play: (stage) => {
      const { world } = stage;
      stage.start('bob');
      stage.start('alice', ['bob']);
      stage.untilLinked('alice', 'bob');
      world.run(1_000);
      stage.curtain();
      stage.note('bob is killed');
      world.kill('bob');
      world.run(4_000);
    },
  },
  {
    name: 'link-left',
    title: 'A daemon leaves',
    about: 'Bob stops on purpose and says so to both of his links, who drop him at once.',
    play: (stage) => {
      const { world } = stage;
      stage.start('bob');
      stage.start('alice', ['bob']);
      stage.start('carol', ['bob']);
      stage.untilLinked('alice', 'carol');
      world.run(1_000);
      stage.curtain();
      stage.note('bob is told to stop');
      world.leave('bob');
      world.run(3_000);
    },
  },
];
