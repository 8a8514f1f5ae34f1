/** How far attackers have come into the views of honest nodes. */
import type { SimNode, Swarm } from '../run/swarm.js';

/** Shares at one moment, of all honest nodes together; NaN where there is nothing to share. */
export type HostileShares = {
  /** Of the links that honest nodes have dialled, those to attackers. */
  readonly outbound: number;
  /** Of all links. */
  readonly links: number;
  /** Of the links that the samplers have drawn. */
  readonly samples: number;
  /** Of the entries of the address books, those that are an attacker's, or invented by one. */
  readonly book: number;
  /** Of the links of those whom an attacker has singled out (`Swarm.victims`). */
  readonly victims: number;
  /** Of those that the victims have dialled. */
  readonly victimsOutbound: number;
};

/** So many hostile ones of so many. */
class Tally {
  #hostile = 0;
  #all = 0;

  add(isHostile: boolean): void {
    this.#all += 1;
    if (isHostile) this.#hostile += 1;
  }

  get share(): number {
    return this.#hostile / this.#all;
  }
}

const NO_VICTIMS = { victims: NaN, victimsOutbound: NaN };
/** Nobody looks where nobody is hostile. */
const PEACE: HostileShares = { outbound: 0, links: 0, samples: 0, book: 0, ...NO_VICTIMS };

export const hostileSharesOf = (swarm: Swarm, nodes: readonly SimNode[]): HostileShares => {
  const { hostile, victims } = swarm;
  if (hostile.size === 0) return PEACE;
  const [outbound, links, samples] = [new Tally(), new Tally(), new Tally()];
  const [book, ofVictims, dialledByVictims] = [new Tally(), new Tally(), new Tally()];
  for (const node of nodes) {
    const { daemon } = swarm.worldNode(node);
    const groups = daemon.groups.all();
    const isVictim = victims.has(node);
    for (const { connection, direction, address } of daemon.view.active()) {
      const isHostile = hostile.has(address.host);
      links.add(isHostile);
      if (isVictim) ofVictims.add(isHostile);
      if (isVictim && direction === 'outbound') dialledByVictims.add(isHostile);
      if (direction === 'outbound') outbound.add(isHostile);
      if (groups.get(connection) === 'sampled') samples.add(isHostile);
    }
    for (const { address } of daemon.book.entries()) book.add(hostile.has(address.host));
  }
  return {
    outbound: outbound.share,
    links: links.share,
    samples: samples.share,
    book: book.share,
    victims: ofVictims.share,
    victimsOutbound: dialledByVictims.share,
  };
};
