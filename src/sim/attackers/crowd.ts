/** Many hostile hosts of one mind: they know each other, and tell of each other. */
import { pick, shuffled } from '../../core/prng.js';
import type { ConnectionId } from '../../runtime/ports.js';
import { PEER_RECORDS_MAX, type PeerAddress, type PeerRecord } from '../../wire/messages.js';
import type { SimNode } from '../run/swarm.js';
import { repeat, type AttackStage } from './attacker.js';
import { HostilePeer, type HostilePlot } from './hostile-peer.js';

/** Hops of a PEER_JOIN that begins. */
const JOIN_HOPS = 6;
/** Records of a sample that a daemon would send; nobody is surprised by it. */
const SAMPLE_RECORDS = 8;
/** Members that act at once; the others have their turn later, so that no moment has it all. */
const TURNS = 16;

export type CrowdOptions = {
  readonly name: string;
  readonly count: number;
  /** Networks (/24) that the hosts stand in. */
  readonly networks: number;
  /** Networks in which they say they listen; 0: where they do. */
  readonly claimed?: number;
  /** Each member calls so many at most. */
  readonly callsEach: number;
  /** Between two calls of a member. */
  readonly callEveryMs: number;
  /** Whom it calls. */
  readonly targets: () => readonly SimNode[];
};

export class Crowd {
  readonly members: readonly HostilePeer[];
  readonly #stage: AttackStage;

  constructor(stage: AttackStage, options: CrowdOptions) {
    const { name, count, networks, claimed = 0 } = options;
    this.#stage = stage;
    const addresses = stage.swarm.hostileAddresses(name, count, networks);
    const claims = stage.swarm.hostileAddresses('claim', claimed === 0 ? 0 : count, claimed);
    this.members = addresses.map((address, at) => this.#recruit(address, claims[at]));
    for (let turn = 0; turn < TURNS; turn += 1) {
      const some = this.members.filter((_, at) => at % TURNS === turn);
      stage.after((turn * options.callEveryMs) / TURNS, () => {
        repeat(stage, options.callEveryMs, () => {
          for (const member of some) this.#call(member, options);
        });
      });
    }
  }

  /** Members, as many as one message can name, chosen by chance. */
  records(most = PEER_RECORDS_MAX): PeerRecord[] {
    const { random } = this.#stage;
    const drawn = new Set<HostilePeer>();
    for (let tries = 0; tries < most; tries += 1) {
      const member = pick(this.members, random);
      if (member !== undefined) drawn.add(member);
    }
    return shuffled([...drawn], random).map(({ record }) => record);
  }

  /** Each link is told of its new neighbor, and of some others. */
  #recruit(address: PeerAddress, claimed: PeerAddress | undefined): HostilePeer {
    const plot: HostilePlot = ({ say }) => ({
      records: () => this.records(),
      linked: (connection: ConnectionId) => {
        const sample = this.records(SAMPLE_RECORDS);
        say([connection], { type: 'PEER_JOIN', peer: member.record, hopsLeft: JOIN_HOPS });
        say([connection], { type: 'PEER_REQUEST', max: 1, sample, types: [] });
      },
    });
    const member = new HostilePeer(this.#stage, address, plot, claimed);
    return member;
  }

  #call(member: HostilePeer, { callsEach, targets }: CrowdOptions): void {
    if (member.calls >= callsEach) return;
    const { swarm, random } = this.#stage;
    const target = pick(targets(), random);
    if (target !== undefined) member.call(target, swarm.world.addressOf(target.name));
  }
}
