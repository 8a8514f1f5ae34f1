import { World, type ConfigChanges, type WorldNode } from '../../src/sim/world.js';
import { Transcript } from '../../src/runtime/trace.js';
import type { PeerAddress } from '../../src/wire/messages.js';

/** Something that daemons say to each other, played in a world of its own. */
export type Conversation = {
  /** Names its files. */
  readonly name: string;
  readonly title: string;
  /** What a reader is to look for, a sentence or two. */
  readonly about: string;
  readonly config?: ConfigChanges;
  play(stage: Stage): void;
};

/** What all conversations begin with. Changing it changes every transcript. */
const SEED = 'golden';

/** A world, and the transcript of what happens in it from `curtain` on. */
export class Stage {
  readonly world: World;
  readonly transcript: Transcript;
  #isOpen = false;
  #curtainMs = 0;

  constructor(config: ConfigChanges = {}, seed: number | string = SEED) {
    this.world = new World(seed, {
      config,
      throughCodec: true,
      onDaemon: (node) => {
        if (this.#isOpen) this.#watch(node);
      },
    });
    this.transcript = new Transcript(() => this.world.nowMs - this.#curtainMs, {
      host: (host) => this.world.nameOfHost(host),
      identity: (identity) =>
        this.world.nodes.find((node) => node.identity.toString('hex') === identity)?.name,
    });
  }

  /** From now on everything is written down, and the time counts. */
  curtain(): void {
    this.#isOpen = true;
    this.#curtainMs = this.world.nowMs;
    for (const node of this.world.nodes) this.#watch(node);
  }

  /** Starts a daemon that knows these others by their names, and has nobody else. */
  start(name: string, knows: readonly string[] = [], config: ConfigChanges = {}): WorldNode {
    const knownPeers = knows.map((other): PeerAddress => this.world.addressOf(other));
    return this.world.start(name, {
      config: { ...config, peers: { knownPeers, ...config.peers } },
    });
  }

  /** Lets time pass until these two are linked, both knowing it. */
  untilLinked(one: string, other: string): void {
    const isActive = (here: string, there: string): boolean => {
      const identity = this.world.node(there).identity.toString('hex');
      return this.world.node(here).daemon.view.byIdentity(identity)?.active === true;
    };
    this.world.runUntil(
      `${one} and ${other} are linked`,
      () => isActive(one, other) && isActive(other, one),
    );
  }

  note(text: string): void {
    this.transcript.note(text);
  }

  #watch(node: WorldNode): void {
    this.transcript.watch(node.name, node.daemon);
  }
}

/** Plays it, and gives what was written down. */
export const perform = ({ config, play }: Conversation): Transcript => {
  const stage = new Stage(config);
  play(stage);
  if (stage.world.errors.length > 0) {
    throw new Error(`errors were logged: ${JSON.stringify(stage.world.errors)}`);
  }
  return stage.transcript;
};
