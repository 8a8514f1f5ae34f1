/** HyParView and Plumtree together, as their authors meant them: a node with both. */
import {
  buildNetwork,
  othersUp,
  type BaselineProtocol,
  type SpreadingHost,
  type Surroundings,
} from './baseline.js';
import { Host } from './hosts.js';
import {
  Hyparview,
  HYPARVIEW_SETTINGS,
  type HyparviewMessage,
  type HyparviewSettings,
} from './hyparview.js';
import {
  Plumtree,
  PLUMTREE_SETTINGS,
  type PlumtreeMessage,
  type PlumtreeSettings,
} from './plumtree.js';
import type { BaselineItem } from './spread-record.js';

/** Newcomers join one after the other: so many a second. Our guess. */
const JOINS_PER_SECOND = 200;
/** Six shuffles of each node after the last has joined. */
const SETTLE_MS = 60_000;

type Message = HyparviewMessage | PlumtreeMessage;

type Settings = { readonly view: HyparviewSettings; readonly tree: PlumtreeSettings };

class HyparviewPlumtreeHost extends Host<Message> implements SpreadingHost<Message> {
  readonly #surroundings: Surroundings<Message>;
  readonly #view: Hyparview;
  readonly #tree: Plumtree;

  constructor(surroundings: Surroundings<Message>, { view, tree }: Settings, number: number) {
    super(surroundings.network, number);
    const { network, validationMs, randomOf } = surroundings;
    this.#surroundings = surroundings;
    this.#tree = new Plumtree(this, network.scheduler, tree, validationMs);
    this.#view = new Hyparview(this, view, randomOf(number), this.#tree);
  }

  join(): void {
    this.#view.join(() => othersUp(this.#surroundings, this.number, 1)[0]);
  }

  publish(item: BaselineItem): void {
    this.#tree.publish(item);
  }

  say(peer: number, message: PlumtreeMessage): void {
    this.network.send(this, peer, message);
  }

  override linked(peer: number, isCaller: boolean): void {
    if (isCaller) this.#view.linked(peer);
  }

  override lost(peer: number): void {
    this.#view.lost(peer);
  }

  override unreachable(peer: number): void {
    this.#view.unreachable(peer);
  }

  override received(peer: number, message: Message): void {
    switch (message.type) {
      case 'gossip':
      case 'ihave':
      case 'graft':
      case 'prune':
        return this.#tree.received(peer, message);
      default:
        return this.#view.received(peer, message);
    }
  }
}

/** HyParView and Plumtree with other settings than the published ones, under a name of its own. */
const hyparviewPlumtreeWith = (
  name: string,
  doc: string,
  view: Partial<HyparviewSettings> = {},
  tree: Partial<PlumtreeSettings> = {},
): BaselineProtocol => {
  const settings: Settings = {
    view: { ...HYPARVIEW_SETTINGS, ...view },
    tree: { ...PLUMTREE_SETTINGS, ...tree },
  };
  const joinMs = (nodes: number): number => (1_000 * nodes) / JOINS_PER_SECOND;
  return {
    name,
    doc,
    settleMs: (nodes) => joinMs(nodes) + SETTLE_MS,
    build: (options) =>
      buildNetwork<Message>(
        options,
        joinMs(options.nodes),
        (surroundings, node) => new HyparviewPlumtreeHost(surroundings, settings, node),
      ),
  };
};

export const hyparviewPlumtree = hyparviewPlumtreeWith(
  'hyparview-plumtree',
  'A tree over the five links of HyParView, mended by IHAVE and GRAFT.',
);

/** The same with timers fit for regions of the world: our guess of what its authors would take. */
export const hyparviewPlumtreeWide = hyparviewPlumtreeWith(
  'hyparview-plumtree-wide',
  'The same, waiting for a tree as wide as the world: 500 ms to the first GRAFT, 400 to the next.',
  {},
  { graftTimeoutMs: 500, graftRetryMs: 400 },
);
