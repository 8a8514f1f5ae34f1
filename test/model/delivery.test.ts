/**
 * One item, three nodes, two subscribers, one crash: every course that they can take. The nodes
 * are `Router`s with all that is behind them; what may come in which order, `explore` says.
 */
import type { SpreadProfileName } from '../../src/core/spread-profile.js';
import { DONT_WANT_BYTES } from '../../src/runtime/spreader.js';
import { explore, type Explored, type Whole } from './delivery/explore.js';
import type { Role } from './delivery/small-node.js';

const ORIGIN = 0;
const SUBSCRIBERS = [1, 2];
/** By node: whom it is linked with, the nearest first. */
const SHAPES = {
  'a line from the origin': [[1], [0, 2], [1]],
  'a line through the origin': [[1, 2], [0], [0]],
  'a triangle': [
    [1, 2],
    [0, 2],
    [0, 1],
  ],
};
type Shape = keyof typeof SHAPES;
type Model = readonly [
  SpreadProfileName,
  bytes: number,
  Shape,
  verdicts: readonly boolean[],
  /** Beside the two. */
  originSubscribes: boolean,
];

const SMALL = 16;
const LARGE = DONT_WANT_BYTES;
const VALID = [true];
const EITHER = [true, false];

const MODELS: readonly Model[] = [
  ['balanced', LARGE, 'a line from the origin', EITHER, false],
  ['lean', LARGE, 'a line from the origin', EITHER, false],
  ['balanced', SMALL, 'a line through the origin', EITHER, false],
  ['lean', LARGE, 'a line through the origin', EITHER, false],
  ['balanced', SMALL, 'a triangle', VALID, false],
  ['balanced', LARGE, 'a triangle', VALID, false],
  // Both holders offer it to the other subscriber: what one cannot give is asked of the other.
  ['lean', SMALL, 'a triangle', VALID, true],
];

const rolesOf = ([profile, itemBytes, shape, , originSubscribes]: Model): Role[] => {
  const subscribers = originSubscribes ? [ORIGIN, ...SUBSCRIBERS] : SUBSCRIBERS;
  return SHAPES[shape].map((links, node) => ({
    ...{ node, profile, itemBytes, links, subscribers },
    subscribes: subscribers.includes(node),
  }));
};

const told = ({ places }: Whole): string => places.map(({ story }) => story).join('\n');

/** At any moment: nothing twice to a module, nothing relayed before it was valid. */
const wrongAnyTime = (whole: Whole): string | undefined => {
  for (const { role, notified, hasLeaked } of whole.places) {
    if (notified > 1) return `node ${role.node} is notified twice\n${told(whole)}`;
    if (hasLeaked) return `node ${role.node} relays what is not valid yet\n${told(whole)}`;
  }
  return undefined;
};

/**
 * When nothing can happen any more: whoever lives and holds the item as valid has no neighbour that
 * lives, wants it and has not been notified. So from the origin, or from whoever got it before the
 * origin died, it has come wherever there is a way through nodes that want it.
 */
const wrongAtTheEnd = (whole: Whole): string | undefined => {
  const { places, crashed } = whole;
  for (const { role, isVouchedFor } of places) {
    if (role.node === crashed || !isVouchedFor) continue;
    for (const link of role.links) {
      if (link === crashed || !SUBSCRIBERS.includes(link) || places[link]?.notified === 1) continue;
      return `node ${role.node} has it, its neighbour ${link} has not\n${told(whole)}`;
    }
  }
  return undefined;
};

describe('one item, three nodes, two subscribers, one crash', () => {
  it.each(MODELS)(
    'valid and connected implies delivered, once (%s, %d B, %s, verdicts %j, origin subscribes %j)',
    (...model) => {
      const [, , , verdicts] = model;
      const wrong: string[] = [];
      const deadAtTheEnd = new Set<number | undefined>();
      const explored: Explored = explore({
        roles: rolesOf(model),
        ...{ origin: ORIGIN, verdicts },
        visit: (whole, isOver) => {
          const found = wrongAnyTime(whole) ?? (isOver ? wrongAtTheEnd(whole) : undefined);
          if (found !== undefined) wrong.push(found);
          if (isOver) deadAtTheEnd.add(whole.crashed);
        },
      });
      if (process.env['SHOW_EXPLORED'] !== undefined) {
        process.stdout.write(`${JSON.stringify({ model, explored })}\n`);
      }
      expect({ courses: wrong.length, first: wrong[0] }).toEqual({ courses: 0, first: undefined });
      expect(deadAtTheEnd).toEqual(new Set([undefined, 0, 1, 2]));
    },
    240_000,
  );
});
