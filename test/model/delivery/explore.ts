/**
 * Every course that a few nodes can take, one of them dying at any moment or none. What happens
 * next is any message at the head of a link, any verdict, any node's next timer, the crash, or
 * a survivor's finding out: links are as slow and clocks as far apart as can be.
 *
 * What a node does follows from what has happened to it alone. So a state of the whole is the
 * history of each node, two courses that differ only in who was first where nobody could know are
 * one, and what a node does after a history is worked out once.
 */
import { SmallNode, type Role, type Step } from './small-node.js';

/** A node after a history. */
export class Place {
  readonly id: number;
  readonly role: Role;
  readonly notified: number;
  readonly unanswered: number;
  readonly isVouchedFor: boolean;
  readonly hasLeaked: boolean;
  readonly mayFire: boolean;
  readonly hasAnnounced: boolean;
  /** Frames sent over each link so far. */
  readonly sent: ReadonlyMap<number, readonly string[]>;
  /** Frames heard over each link so far. */
  readonly heard: ReadonlyMap<number, number>;
  readonly lost: readonly number[];
  readonly #history: readonly Step[];
  readonly #next = new Map<string, Place>();
  readonly #number: () => number;
  /** The node itself; undefined once it has gone on. */
  #node: SmallNode | undefined;

  private constructor(
    role: Role,
    number: () => number,
    history: readonly Step[],
    node: SmallNode,
    before: Place | undefined,
  ) {
    this.id = number();
    this.role = role;
    this.#number = number;
    this.#history = history;
    this.#node = node;
    const step = history.at(-1);
    this.notified = node.notified;
    this.unanswered = node.unanswered;
    this.isVouchedFor = node.isVouchedFor;
    this.hasLeaked = node.hasLeaked;
    this.mayFire = node.mayFire;
    this.hasAnnounced = before?.hasAnnounced === true || step?.type === 'announce';
    this.sent = new Map([...node.sent].map(([link, frames]) => [link, [...frames]]));
    this.lost = [...(before?.lost ?? []), ...(step?.type === 'lose' ? [step.link] : [])];
    const heard = new Map(before?.heard);
    if (step?.type === 'hear') heard.set(step.from, (heard.get(step.from) ?? 0) + 1);
    this.heard = heard;
  }

  static first(role: Role, number: () => number): Place {
    return new Place(role, number, [], new SmallNode(role), undefined);
  }

  after(step: Step): Place {
    const key = keyOfStep(step);
    const known = this.#next.get(key);
    if (known !== undefined) return known;
    const node = this.#node ?? this.#again();
    this.#node = undefined;
    node.take(step);
    const history = [...this.#history, step];
    const next = new Place(this.role, this.#number, history, node, this);
    this.#next.set(key, next);
    return next;
  }

  /** For messages of failed tests. */
  get story(): string {
    const words = this.#history.map((step) => {
      if (step.type === 'hear') return `hears ${step.frame.slice(4, 6)} from ${step.from}`;
      if (step.type === 'lose') return `loses ${step.link}`;
      return step.type === 'answer' ? `answers ${step.valid}` : step.type;
    });
    return `node ${this.role.node}: ${words.join(', ')}`;
  }

  #again(): SmallNode {
    const node = new SmallNode(this.role);
    for (const step of this.#history) node.take(step);
    return node;
  }
}

/** Frames that were ever sent, each with a number: they are long, and few. */
const frameNumbers = new Map<string, number>();
const numberOf = (frame: string): number => {
  const number = frameNumbers.get(frame) ?? frameNumbers.size;
  frameNumbers.set(frame, number);
  return number;
};

const keyOfStep = (step: Step): string => {
  switch (step.type) {
    case 'hear':
      return `hear ${step.from} ${numberOf(step.frame)}`;
    case 'lose':
      return `lose ${step.link}`;
    case 'answer':
      return `answer ${step.valid}`;
    default:
      return step.type;
  }
};

/** All nodes at one moment; `crashed` is who died, or undefined. */
export type Whole = { readonly places: readonly Place[]; readonly crashed: number | undefined };

export type ExploreOptions = {
  readonly roles: readonly Role[];
  /** Who announces the item. */
  readonly origin: number;
  /** What modules may find. */
  readonly verdicts: readonly boolean[];
  /** Shown every state once; `isOver` where nothing can happen any more. */
  readonly visit: (whole: Whole, isOver: boolean) => void;
};

/** How much there was. */
export type Explored = {
  /** Of the whole; what led to them; those in which nothing can happen any more. */
  readonly states: number;
  readonly steps: number;
  readonly ends: number;
  /** Of single nodes. */
  readonly histories: number;
};

/** Ids of places and the crashed node, as one number below 2^53. */
const PLACES_MAX = 2 ** 16;

export const explore = (options: ExploreOptions): Explored => {
  const { roles, visit } = options;
  let places = 0;
  const number = (): number => {
    places += 1;
    if (places >= PLACES_MAX) throw new RangeError(`more than ${PLACES_MAX} histories of nodes`);
    return places;
  };
  const first = roles.map((role) => Place.first(role, number));
  const seen = new Set<number>();
  const waiting: Whole[] = [];
  let [steps, ends] = [0, 0];
  const reach = (whole: Whole): void => {
    const key = keyOf(whole);
    if (seen.has(key)) return;
    seen.add(key);
    waiting.push(whole);
  };
  reach({ places: first, crashed: undefined });
  for (let whole = waiting.pop(); whole !== undefined; whole = waiting.pop()) {
    const next = followers(whole, options);
    visit(whole, next.length === 0);
    if (next.length === 0) ends += 1;
    const crashes = crashesOf(whole);
    steps += next.length + crashes.length;
    for (const one of next) reach(one);
    for (const one of crashes) reach(one);
  }
  return { states: seen.size, steps, ends, histories: places };
};

const keyOf = ({ places, crashed }: Whole): number => {
  let key = (crashed ?? -1) + 1;
  for (const { id } of places) key = key * PLACES_MAX + id;
  if (!Number.isSafeInteger(key)) throw new RangeError('too many nodes to be told apart');
  return key;
};

const crashesOf = ({ places, crashed }: Whole): Whole[] =>
  crashed === undefined ? places.map((_, node) => ({ places, crashed: node })) : [];

/** What can come next, but for a crash. */
const followers = (whole: Whole, options: ExploreOptions): Whole[] => {
  const { places, crashed } = whole;
  return places.flatMap((place, node) =>
    node === crashed
      ? []
      : stepsOf(place, whole, options).map((step) => ({
          places: places.with(node, place.after(step)),
          crashed,
        })),
  );
};

const stepsOf = (place: Place, { places, crashed }: Whole, options: ExploreOptions): Step[] => {
  const steps: Step[] = [];
  const { role } = place;
  if (role.node === options.origin && !place.hasAnnounced) steps.push({ type: 'announce' });
  if (place.unanswered > 0) {
    for (const valid of options.verdicts) steps.push({ type: 'answer', valid });
  }
  if (place.mayFire) steps.push({ type: 'fire' });
  for (const link of role.links) {
    if (place.lost.includes(link)) continue;
    const frame = places[link]?.sent.get(role.node)?.[place.heard.get(link) ?? 0];
    if (frame !== undefined) steps.push({ type: 'hear', from: link, frame });
    // What is still on its way when a process dies may arrive or not.
    if (link === crashed) steps.push({ type: 'lose', link });
  }
  return steps;
};
