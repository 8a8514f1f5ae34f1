/** Small parts that every view uses: text from outside, states, names of actors and daemons. */
import type { ComponentChildren } from 'preact';
import type { DaemonName, StateValue } from '../../protocol.js';
import { isItemId } from '../item-life.js';
import { actorById, type Actor } from '../model.js';
import { nameOf } from '../crossings.js';
import { leafNames, stateText } from '../state-text.js';
import { grouped, showText, type ShownBytes } from '../text.js';
import type { Store } from './store.js';

/** Text from outside: clipped, nothing unseen in it, and of its own direction. */
export const Text = ({ text, max }: { readonly text: string; readonly max?: number }) => (
  <bdi>{showText(text, max)}</bdi>
);

/** Class names, those that apply. */
export const classes = (names: Readonly<Record<string, boolean>>): string =>
  Object.entries(names)
    .filter(([, applies]) => applies)
    .map(([name]) => name)
    .join(' ');

/** The class that gives a daemon its colour: one of eight, by its place among the daemons. */
export const daemonClass = (store: Store, daemon: DaemonName): string => {
  const place = [...store.timeline.live.daemons.keys()].indexOf(daemon);
  return `daemon-color-${Math.max(0, place) % 8}`;
};

export const DaemonMark = ({ store, name }: { readonly store: Store; readonly name: string }) => (
  <span class={`daemon-mark ${daemonClass(store, name)}`}>
    <Text text={name} max={16} />
  </span>
);

export const StateBadge = ({
  value,
  isOver = false,
}: {
  readonly value: StateValue;
  readonly isOver?: boolean;
}) => (
  <span
    class={classes({ 'state-badge': true, 'is-over': isOver })}
    title={showText(stateText(value), 400)}
  >
    {showText(leafNames(value), 60)}
  </span>
);

/** A button that leads to an actor; plain text when the actor is not there any more. */
export const ActorLink = ({
  store,
  daemon,
  id,
}: {
  readonly store: Store;
  readonly daemon: DaemonName;
  readonly id: string;
}) => {
  const actor = actorById(store.model.daemons.get(daemon), id);
  if (actor === undefined) return <Text text={id} max={60} />;
  return (
    <button
      type="button"
      class="link mono"
      onClick={() => {
        store.chooseActor(actor, 'chart');
      }}
    >
      {showText(id, 60)}
    </button>
  );
};

/** A button that leads to the life of an item. */
export const ItemLink = ({ store, item }: { readonly store: Store; readonly item: string }) => (
  <button
    type="button"
    class="link mono"
    title={showText(item, 80)}
    onClick={() => {
      store.chooseItem(item);
    }}
  >
    {showText(isItemId(item) ? item.slice(0, 12) : item, 24)}
  </button>
);

/** A peer by its identity; by its colour too when its daemon is in the stream. */
export const PeerMark = ({
  store,
  identity,
}: {
  readonly store: Store;
  readonly identity: string | undefined;
}) => {
  if (identity === undefined) return <span class="faint">unknown</span>;
  const name = nameOf(identity);
  const isHere = store.timeline.live.daemons.has(name);
  return isHere ? (
    <DaemonMark store={store} name={name} />
  ) : (
    <span class="mono" title={showText(identity, 80)}>
      {showText(name, 16)}
    </span>
  );
};

/** Bytes: how many, what they say, if anything, and the first of them. */
export const Bytes = ({ value }: { readonly value: ShownBytes }) => (
  <span class="bytes">
    {grouped(value.bytes)} B
    {value.text !== undefined && (
      <>
        {' '}
        <span class="value-text" data-testid="bytes-text">
          <Text text={value.text} max={300} />
        </span>
      </>
    )}{' '}
    <span class="value-bytes">
      {showText(value.hex, 120)}
      {value.hex.length < 2 * value.bytes && '…'}
    </span>
  </span>
);

export const Empty = ({ children }: { readonly children: ComponentChildren }) => (
  <p class="empty">{children}</p>
);

/** A heading with its value in the side panels. */
export const Fact = ({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
}) => (
  <div class="fact">
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** Whether an actor is over, as a class. */
export const isOver = (actor: Actor): boolean => actor.ending !== undefined;

/** A step of an item's life, or its verdict, in the colour of what it means. */
export const StepBadge = ({ step }: { readonly step: string }) => (
  <span class={`step step-${/^[a-z ]{1,20}$/.test(step) ? step.replace(' ', '-') : 'unknown'}`}>
    {showText(step, 30)}
  </span>
);
