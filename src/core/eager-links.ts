/**
 * Which links get the items of a data type pushed (*eager*), and which are only told of them
 * (*lazy*). Both ends of a link mean to agree: GRAFT makes it eager at both, PRUNE lazy.
 *
 * Plumtree prunes whoever brought a duplicate. Here many items decide instead of one: each item
 * gives a point to the link that brought it first, or would have, had it been eager; now and then
 * a lazy link with clearly more points takes the place of the eager one with the fewest. So the
 * eager links are the few that are fast from wherever items come, and a link that brings nothing
 * (its peer is slow, or drops what it gets) loses its place.
 */
import { pick, type Random } from './prng.js';
import type { SpreadProfile } from './spread-profile.js';

/** Data types whose links are remembered; beyond it the one that was idle longest is forgotten. */
export const GROUPS_MAX = 1_024;
/** The most that the least number of eager links grows to (protocol page, "Spreading"). */
export const EAGER_MIN_MOST = 6;
/** A link that was pruned is not grafted, nor a refused PRUNE repeated, for so long; our guess. */
export const BACK_OFF_MS = 5_000;
/** The longest back-off that a peer may ask for; our guess. */
export const BACK_OFF_MOST_MS = 60_000;
/** Weight of one item among those before it: half of a score is the last 7 items. */
const ITEM_WEIGHT = 0.1;
/** Items between two reviews of a type. More often costs GRAFTs and gains nothing (measured). */
const ITEMS_PER_REVIEW = 16;
/** By so much a lazy link's score has to be above an eager one's, lest two take turns. */
const SCORE_MARGIN = 0.05;
/** Shares of items that came by WANT above and below which there is one eager link more, less. */
const WANTED_SHARE_HIGH = 0.5;
const WANTED_SHARE_LOW = 0.35;

type LinkStanding = {
  eager: boolean;
  /** Points as they were when `scoredAt` items had been counted; they fade with each item. */
  score: number;
  scoredAt: number;
  restsUntilMs: number;
};

type Group = {
  readonly links: Map<number, LinkStanding>;
  /** Items counted so far. */
  items: number;
  /** Eager links kept at least, at present. */
  eagerMin: number;
  /** Fading share of the items that came by WANT. */
  wantedShare: number;
};

/** What the other ends are to be told. */
export type Regrouping = {
  readonly grafted: readonly number[];
  readonly pruned: readonly number[];
};

const NOTHING: Regrouping = { grafted: [], pruned: [] };

export class EagerLinks {
  readonly #profile: SpreadProfile;
  readonly #random: Random;
  readonly #groups = new Map<number, Group>();

  constructor(profile: SpreadProfile, random: Random) {
    this.#profile = profile;
    this.#random = random;
  }

  /** Data types whose links are remembered. */
  get groups(): number {
    return this.#groups.size;
  }

  isEager(dataType: number, link: number): boolean {
    return this.#groups.get(dataType)?.links.get(link)?.eager ?? false;
  }

  /** Data types for which a link is eager. */
  typesOf(link: number): number[] {
    return [...this.#groups].flatMap(([dataType, { links }]) =>
      links.get(link)?.eager === true ? [dataType] : [],
    );
  }

  /**
   * Makes up for missing eager links among `links`, those that want the type: the nearest and one
   * by chance in turn, so that there are short ways and far ones. Returns the links that are eager
   * now and were not.
   */
  fill(dataType: number, links: readonly number[], rttMs: (link: number) => number): number[] {
    const group = this.#group(dataType);
    const lazy: number[] = [];
    let missing = Math.min(group.eagerMin, links.length);
    for (const link of links) {
      if (group.links.get(link)?.eager === true) missing -= 1;
      else lazy.push(link);
    }
    const grafted: number[] = [];
    while (missing > grafted.length) {
      const byChance = grafted.length % 2 === 1;
      const chosen = byChance ? pick(lazy, this.#random) : nearest(lazy, rttMs);
      if (chosen === undefined) break;
      lazy.splice(lazy.indexOf(chosen), 1);
      this.#standing(group, chosen).eager = true;
      grafted.push(chosen);
    }
    return grafted;
  }

  /** GRAFT came. Which links are too many now, and pruned. */
  graftedBy(dataType: number, link: number, nowMs: number): Regrouping {
    const group = this.#group(dataType);
    this.#standing(group, link).eager = true;
    return { grafted: [], pruned: this.#trim(group, nowMs) };
  }

  /**
   * PRUNE came. False: refused, because we would have too few; the peer is told by a GRAFT. Of a
   * type that we push to nobody there is nothing to prune, lest the types that a peer can name
   * drive out those that we do push.
   */
  prunedBy(dataType: number, link: number, backOffMs: number, nowMs: number): boolean {
    if (!this.#groups.has(dataType)) return true;
    const group = this.#group(dataType);
    const standing = this.#standing(group, link);
    if (standing.eager && this.#eagerCount(group) <= group.eagerMin) return false;
    standing.eager = false;
    standing.restsUntilMs = nowMs + Math.min(BACK_OFF_MOST_MS, Math.max(backOffMs, BACK_OFF_MS));
    return true;
  }

  /** A second copy came over a link. True: it is pruned. */
  duplicateFrom(dataType: number, link: number, nowMs: number): boolean {
    if (!this.#profile.duplicatesPrune) return false;
    const group = this.#group(dataType);
    const standing = this.#standing(group, link);
    if (!standing.eager || standing.restsUntilMs > nowMs) return false;
    if (this.#eagerCount(group) <= group.eagerMin) return false;
    this.#prune(standing, nowMs);
    return true;
  }

  /** A WANT had to be sent over a link. True: it is eager now, and was not. */
  wantedFrom(dataType: number, link: number): boolean {
    if (!this.#profile.wantsGraft) return false;
    const standing = this.#standing(this.#group(dataType), link);
    const wasEager = standing.eager;
    standing.eager = true;
    return !wasEager;
  }

  /**
   * An item of the type has come, and everybody who was fast has said so: `first` brought it
   * first, or would have. Now and then the links are reviewed; what has changed is returned.
   */
  itemCame(dataType: number, first: number, byWant: boolean, nowMs: number): Regrouping {
    const group = this.#group(dataType);
    group.items += 1;
    group.wantedShare += ITEM_WEIGHT * ((byWant ? 1 : 0) - group.wantedShare);
    const winner = this.#standing(group, first);
    winner.score = this.#score(group, winner) + ITEM_WEIGHT;
    winner.scoredAt = group.items;
    return group.items % ITEMS_PER_REVIEW === 0 ? this.#review(group, nowMs) : NOTHING;
  }

  /** A link is gone, and its number may soon be another's; or it wants the type no more. */
  drop(link: number, dataType?: number): void {
    if (dataType !== undefined) this.#groups.get(dataType)?.links.delete(link);
    else for (const { links } of this.#groups.values()) links.delete(link);
  }

  #review(group: Group, nowMs: number): Regrouping {
    this.#adapt(group);
    const best = this.#extreme(group, nowMs, false, 1);
    const worst = this.#extreme(group, nowMs, true, -1);
    const grafted: number[] = [];
    if (best !== undefined && this.#mayReplace(group, best, worst)) {
      this.#standing(group, best).eager = true;
      grafted.push(best);
    }
    return { grafted, pruned: this.#trim(group, nowMs, grafted) };
  }

  #mayReplace(group: Group, best: number, worst: number | undefined): boolean {
    if (this.#eagerCount(group) < group.eagerMin) return true;
    if (worst === undefined || this.#profile.duplicatesPrune) return false;
    const scoreOf = (link: number): number => this.#score(group, this.#standing(group, link));
    return scoreOf(best) > scoreOf(worst) + SCORE_MARGIN;
  }

  /** Prunes the worst while there are too many. */
  #trim(group: Group, nowMs: number, except: readonly number[] = []): number[] {
    const most = group.eagerMin + this.#profile.eagerSlack;
    const pruned: number[] = [];
    while (this.#eagerCount(group) > most) {
      const worst = this.#extreme(group, nowMs, true, -1, except);
      if (worst === undefined) break;
      this.#prune(this.#standing(group, worst), nowMs);
      pruned.push(worst);
    }
    return pruned;
  }

  /** More eager links when too much comes by WANT, fewer when little does. */
  #adapt(group: Group): void {
    const { wantedShare, eagerMin } = group;
    if (wantedShare > WANTED_SHARE_HIGH) group.eagerMin = Math.min(EAGER_MIN_MOST, eagerMin + 1);
    else if (wantedShare < WANTED_SHARE_LOW) {
      group.eagerMin = Math.max(this.#profile.eagerMin, eagerMin - 1);
    }
  }

  /** The link with the most points (`sign` 1) or the fewest (-1) that does not rest. */
  #extreme(
    group: Group,
    nowMs: number,
    eager: boolean,
    sign: 1 | -1,
    except: readonly number[] = [],
  ): number | undefined {
    let chosen: number | undefined;
    let bestScore = -Infinity;
    for (const [link, standing] of group.links) {
      if (standing.eager !== eager || standing.restsUntilMs > nowMs) continue;
      const score = sign * this.#score(group, standing);
      if (score <= bestScore || except.includes(link)) continue;
      bestScore = score;
      chosen = link;
    }
    return chosen;
  }

  #prune(standing: LinkStanding, nowMs: number): void {
    standing.eager = false;
    standing.restsUntilMs = nowMs + BACK_OFF_MS;
  }

  #score({ items }: Group, { score, scoredAt }: LinkStanding): number {
    return score === 0 ? 0 : score * (1 - ITEM_WEIGHT) ** (items - scoredAt);
  }

  #eagerCount({ links }: Group): number {
    let count = 0;
    for (const { eager } of links.values()) if (eager) count += 1;
    return count;
  }

  #standing({ links }: Group, link: number): LinkStanding {
    const known = links.get(link);
    if (known !== undefined) return known;
    const fresh = { eager: false, score: 0, scoredAt: 0, restsUntilMs: -Infinity };
    links.set(link, fresh);
    return fresh;
  }

  /** Moves the group behind the others, where it is forgotten last. */
  #group(dataType: number): Group {
    const known = this.#groups.get(dataType);
    if (known !== undefined && this.#groups.size < GROUPS_MAX) return known;
    const group = known ?? {
      links: new Map<number, LinkStanding>(),
      items: 0,
      eagerMin: this.#profile.eagerMin,
      wantedShare: 0,
    };
    this.#groups.delete(dataType);
    this.#groups.set(dataType, group);
    for (const oldest of this.#groups.keys()) {
      if (this.#groups.size <= GROUPS_MAX) break;
      this.#groups.delete(oldest);
    }
    return group;
  }
}

const nearest = (links: readonly number[], rttMs: (link: number) => number): number | undefined => {
  let chosen: number | undefined;
  let leastMs = Infinity;
  for (const link of links) {
    const ms = rttMs(link);
    if (chosen !== undefined && ms >= leastMs) continue;
    chosen = link;
    leastMs = ms;
  }
  return chosen;
};
