import { says, saysNothing, type VirtualModule } from '../../../src/sim/virtual-module.js';
import type { Conversation, Stage } from '../conversation.js';

const TYPE = 1;
/** Only the links that the config names, so that nothing but items is spoken of. */
const FIXED_LINKS = { lab: true, labLinksOnly: true } as const;

type Line = Record<'alice' | 'bob' | 'carol', VirtualModule>;

/** Alice - bob - carol, each with a module that wants the type; then the curtain rises. */
const lineOfThree = (stage: Stage): Line => {
  const nodes = {
    alice: stage.start('alice'),
    bob: stage.start('bob', ['alice']),
    carol: stage.start('carol', ['bob']),
  };
  stage.untilLinked('alice', 'bob');
  stage.untilLinked('bob', 'carol');
  const modules = {
    alice: nodes.alice.module([TYPE]),
    bob: nodes.bob.module([TYPE], says(true, 5)),
    carol: nodes.carol.module([TYPE], says(true, 5)),
  };
  stage.world.run(1_000);
  stage.curtain();
  return modules;
};

export const items: readonly Conversation[] = [
  {
    name: 'item-through-a-line',
    title: 'An item goes through a line of three',
    about:
      'A module announces at alice. Bob has his own module validate the item before carol gets ' +
      'it; she validates in turn, and has nobody to send it to.',
    config: { peers: FIXED_LINKS },
    play: (stage) => {
      lineOfThree(stage).alice.announce(TYPE, 'hello');
      stage.world.run(200);
    },
  },
  {
    name: 'item-rejected',
    title: 'An item is rejected in the middle',
    about: 'The module of bob finds the item invalid: carol never hears of it.',
    config: { peers: FIXED_LINKS },
    play: (stage) => {
      const { alice, bob } = lineOfThree(stage);
      bob.judge = says(false, 5);
      alice.announce(TYPE, 'spam');
      stage.world.run(200);
    },
  },
  {
    name: 'item-validated-late',
    title: 'A verdict comes too late',
    about:
      'The module of bob misses its deadline, so the item is ignored. Its late "valid" makes bob ' +
      'offer the item by HAVE, and carol asks for it.',
    config: { peers: FIXED_LINKS, api: { validationTimeoutMs: 2_000 } },
    play: (stage) => {
      const { alice, bob } = lineOfThree(stage);
      bob.judge = saysNothing;
      alice.announce(TYPE, 'hello');
      stage.world.run(2_500);
      const [heard] = bob.heard;
      if (heard === undefined) throw new Error('bob was not asked');
      stage.note('the module of bob answers after all');
      bob.answer(heard.message.messageId, true);
      stage.world.run(200);
    },
  },
  {
    name: 'item-for-a-late-joiner',
    title: 'A late joiner is served',
    about:
      'Bob has an item in his knowledge base. Carol comes later, wants its type, is offered it ' +
      'by HAVE when the link is up, and asks for it.',
    config: { peers: FIXED_LINKS },
    play: (stage) => {
      const { world } = stage;
      const alice = stage.start('alice');
      const bob = stage.start('bob', ['alice']);
      stage.untilLinked('alice', 'bob');
      const announcer = alice.module();
      bob.module([TYPE]);
      world.run(100);
      announcer.announce(TYPE, 'hello');
      world.run(1_000);
      stage.curtain();
      const carol = stage.start('carol', ['bob']);
      carol.module([TYPE], says(true, 5));
      stage.untilLinked('carol', 'bob');
      world.run(200);
    },
  },
];
