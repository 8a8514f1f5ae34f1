/** The statechart of the chosen actor, live, with what its present states mean. */
import { useState } from 'preact/hooks';
import type { ChartTransition } from '../../../diagram/chart.js';
import { takenEdges, stateById, waysOut, type DrawnChart } from '../charts.js';
import { bySiblingOrder } from '../actor-tree.js';
import type { Actor } from '../model.js';
import { activeIds, leafNames } from '../state-text.js';
import { showText, spanText } from '../text.js';
import { ActorDetails } from './actor-details.js';
import type { ViewProps } from './app.js';
import { ChartPicture, type Zoom } from './chart-picture.js';
import { classes, Empty, isOver } from './shown.js';
import type { Store } from './store.js';

const ZOOM_STEP = 1.25;
/** Actors that the choice offers; the tree has all. */
const CHOICE_MAX = 300;

type ActorProps = { readonly store: Store; readonly actor: Actor };

const ActorChoice = ({ store }: ViewProps) => (
  <select
    class="mono"
    aria-label="Actor"
    data-testid="actor-choice"
    value={store.actor?.key ?? ''}
    onChange={({ currentTarget }) => {
      const [name = '', session = ''] = currentTarget.value.split(/\/(.*)/);
      const actor = store.model.daemons.get(name)?.actors.get(session);
      if (actor !== undefined) store.chooseActor(actor);
    }}
  >
    {store.actor === undefined && <option value="">Choose an actor …</option>}
    {[...store.model.daemons.values()].map((daemon) => (
      <optgroup key={daemon.name} label={showText(daemon.name, 16)}>
        {[...daemon.actors.values()]
          .sort(bySiblingOrder)
          .filter((actor, index) => index < CHOICE_MAX || actor.key === store.actor?.key)
          .map((actor) => (
            <option key={actor.key} value={actor.key}>
              {`${showText(actor.id, 40)} — ${
                actor.ending === undefined ? showText(leafNames(actor.value), 40) : 'ended'
              }`}
            </option>
          ))}
      </optgroup>
    ))}
  </select>
);

/** Time left of a delay that waits: its name ends the descriptor `xstate.after.NAME.STATE`. */
const leftOf = (store: Store, actor: Actor, { kind, event }: ChartTransition): string => {
  if (kind !== 'after') return '';
  const name = event.replace(/^after /, '');
  const delay = actor.delays.find((waiting) => waiting.name === name);
  if (delay === undefined) return '';
  return delay.dueMs > store.nowMs ? `in ${spanText(delay.dueMs - store.nowMs)}` : 'due';
};

const WayOut = ({
  store,
  actor,
  way,
  isTaken,
}: ActorProps & { readonly way: ChartTransition; readonly isTaken: boolean }) => (
  <li class={classes({ 'is-taken': isTaken })}>
    <span class="mono way-event">{way.event}</span>
    {way.guard !== undefined && <span class="way-guard"> [{way.guard.name}]</span>}
    {way.targets.length > 0 && (
      <span class="way-target">
        {' → '}
        {way.targets.map((id) => id.slice(id.lastIndexOf('.') + 1)).join(', ')}
      </span>
    )}
    {way.actions.length > 0 && (
      <span class="faint"> / {way.actions.map(({ name }) => name).join(', ')}</span>
    )}
    <span class="way-left mono">{leftOf(store, actor, way)}</span>
  </li>
);

/** The active states, outermost first, each with what it is and how it is left. */
const ActiveStates = ({
  store,
  actor,
  chart,
  active,
  taken,
}: ActorProps & {
  readonly chart: DrawnChart;
  readonly active: readonly string[];
  readonly taken: readonly number[];
}) => (
  <section class="active-states" data-testid="active-states">
    <h3>Active states</h3>
    {active.map((id) => {
      const state = stateById(chart, id);
      const isRoot = id === chart.machine;
      if (state === undefined) return null;
      const ways = waysOut(chart, [id]);
      return (
        <article key={id}>
          <h4 class="mono">{isRoot ? chart.machine : state.key}</h4>
          <p>{isRoot ? chart.description : state.description}</p>
          {state.entry.length > 0 && (
            <p class="entry">
              entry / <span class="mono">{state.entry.map(({ name }) => name).join(', ')}</span>
            </p>
          )}
          {ways.length > 0 && (
            <ul class="ways">
              {ways.map((way) => {
                const index = chart.transitions.indexOf(way);
                const isTaken = taken.includes(index);
                return (
                  <WayOut key={index} store={store} actor={actor} way={way} isTaken={isTaken} />
                );
              })}
            </ul>
          )}
        </article>
      );
    })}
  </section>
);

const ZoomButtons = ({
  zoom,
  setZoom,
}: {
  readonly zoom: Zoom;
  readonly setZoom: (zoom: Zoom) => void;
}) => {
  const drawn = typeof zoom === 'number' ? zoom : 1;
  const buttons: readonly { text: string; label: string; zoom: Zoom; isPressed?: boolean }[] = [
    { text: '−', label: 'Smaller', zoom: drawn / ZOOM_STEP },
    { text: 'Width', label: 'Fit the width', zoom: 'width', isPressed: zoom === 'width' },
    { text: 'Whole', label: 'Fit all of it', zoom: 'whole', isPressed: zoom === 'whole' },
    { text: '+', label: 'Larger', zoom: drawn * ZOOM_STEP },
  ];
  return (
    <div class="button-row push" role="group" aria-label="Zoom">
      {buttons.map(({ text, label, zoom: wanted, isPressed }) => (
        <button
          key={label}
          type="button"
          aria-label={label}
          aria-pressed={isPressed}
          onClick={() => {
            setZoom(wanted);
          }}
        >
          {text}
        </button>
      ))}
    </div>
  );
};

export const ChartView = ({ store }: ViewProps) => {
  const [zoom, setZoom] = useState<Zoom>('width');
  const { actor } = store;
  const chart = actor === undefined ? undefined : store.charts.get(actor.machine);
  const active = actor === undefined ? [] : activeIds(actor.machine, actor.value);
  const taken =
    actor === undefined || chart === undefined
      ? []
      : takenEdges(chart, actor.transitions, actor.actions);
  return (
    <div class="chart-view has-side">
      <div class="toolbar">
        <ActorChoice store={store} />
        <ZoomButtons zoom={zoom} setZoom={setZoom} />
      </div>
      <div class="panel chart-panel" tabIndex={0} role="region" aria-label="Statechart">
        {actor === undefined && <Empty>Choose an actor, here or in the tree.</Empty>}
        {actor !== undefined && chart === undefined && (
          <Empty>
            There is no picture of the machine <span class="mono">{showText(actor.machine)}</span>.
          </Empty>
        )}
        {actor !== undefined && chart !== undefined && (
          <ChartPicture
            chart={chart}
            actor={actor.key}
            active={active}
            taken={taken}
            occasion={actor.events}
            isOver={isOver(actor)}
            zoom={zoom}
          />
        )}
      </div>
      {actor !== undefined && (
        <aside class="panel side" aria-label="Chosen actor" data-testid="details">
          <ActorDetails store={store} actor={actor} />
          {chart !== undefined && (
            <ActiveStates store={store} actor={actor} chart={chart} active={active} taken={taken} />
          )}
        </aside>
      )}
    </div>
  );
};
