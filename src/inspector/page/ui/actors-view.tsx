/** The actors of every daemon as trees, side by side. */
import { treeRows, type TreeRow } from '../actor-tree.js';
import type { Actor, Daemon } from '../model.js';
import { rateAt } from '../rate.js';
import { brief, grouped, rateText, showText, spanText } from '../text.js';
import { ActorDetails } from './actor-details.js';
import type { ViewProps } from './app.js';
import { classes, daemonClass, Empty, isOver, StateBadge } from './shown.js';
import type { Store } from './store.js';
import { RowWindow } from './window.js';

const ROW_HEIGHT = 28;
const INDENT = 14;

/** How an ended actor ended, in few words. */
export const endingText = ({ ending }: Actor): string => {
  if (ending === undefined) return '';
  if (ending.status === 'error') return `failed: ${showText(ending.error ?? '', 80)}`;
  const output = ending.output === null ? '' : ` ${brief(ending.output, 60)}`;
  return `${ending.status}${output}`;
};

const Twist = ({ store, row }: { readonly store: Store; readonly row: TreeRow }) =>
  row.children === 0 ? (
    <span class="twist" />
  ) : (
    <button
      type="button"
      class="twist"
      tabIndex={-1}
      aria-label={row.isOpen ? 'Fold' : 'Unfold'}
      onClick={(event) => {
        event.stopPropagation();
        store.toggle(row.key);
      }}
    >
      {row.isOpen ? '▾' : '▸'}
    </button>
  );

/** An id whose end, which tells it from the others, is shown however little room there is. */
const ActorName = ({ id }: { readonly id: string }) => {
  const end = id.includes('.') ? id.lastIndexOf('.') : id.length;
  return (
    <span class="mono actor-id">
      <span>{id.slice(0, end)}</span>
      <span>{id.slice(end)}</span>
    </span>
  );
};

/** Names a row's element. */
const rowId = (key: string): string => `row-${key}`;

const ActorRow = ({
  store,
  row,
}: {
  readonly store: Store;
  readonly row: Extract<TreeRow, { kind: 'actor' }>;
}) => {
  const { actor, depth, children, isOpen } = row;
  const { ending } = actor;
  const isChosen = store.actor?.key === actor.key;
  const ageMs = ending === undefined ? store.nowMs - actor.bornMs : store.nowMs - ending.atMs;
  return (
    <div
      role="treeitem"
      id={rowId(actor.key)}
      data-testid={`actor-${actor.id}`}
      data-daemon={actor.daemon}
      aria-level={depth + 1}
      aria-expanded={children > 0 ? isOpen : undefined}
      aria-selected={isChosen}
      class={classes({
        'actor-row': true,
        'is-chosen': isChosen,
        'is-over': isOver(actor),
        'is-failed': ending?.status === 'error',
        'is-fresh': ending === undefined && store.nowMs - actor.lastMs < 400 && actor.events > 0,
      })}
      onClick={() => {
        store.chooseActor(actor);
      }}
      onDblClick={() => {
        store.chooseActor(actor, 'chart');
      }}
    >
      <span class="actor-name" style={{ paddingLeft: `${depth * INDENT}px` }}>
        <Twist store={store} row={row} />
        <ActorName id={showText(actor.id, 60)} />
      </span>
      <span class="actor-state">
        {ending === undefined ? (
          <StateBadge value={actor.value} />
        ) : (
          <span class="ending" title={endingText(actor)}>
            {endingText(actor)}
          </span>
        )}
      </span>
      <span class="actor-rate mono">{rateText(rateAt(actor.rate, store.nowMs))}</span>
      <span class="actor-age mono" title={ending === undefined ? 'Age' : 'Since it ended'}>
        {spanText(Math.max(0, ageMs))}
      </span>
    </div>
  );
};

const GroupRow = ({
  store,
  row,
}: {
  readonly store: Store;
  readonly row: Extract<TreeRow, { kind: 'group' }>;
}) => (
  <div
    role="treeitem"
    aria-level={row.depth + 1}
    aria-expanded={row.isOpen}
    class="actor-row is-group"
    data-testid={`group-${row.machine}`}
    onClick={() => {
      store.toggle(row.key);
    }}
  >
    <span class="actor-name" style={{ paddingLeft: `${row.depth * INDENT}px` }}>
      <Twist store={store} row={row} />
      <span class="mono">{showText(row.machine, 60)}.*</span>
      <span class="count">{grouped(row.children)}</span>
    </span>
    <span class="actor-state faint">{showText(row.summary, 120)}</span>
  </div>
);

/** Up, down, left, right and Enter, as in any tree. */
const keyHandler =
  (store: Store, rows: readonly TreeRow[]) =>
  (event: KeyboardEvent): void => {
    const at = rows.findIndex(({ key }) => key === store.actor?.key);
    const row = rows[at];
    const chooseNear = (from: number, step: number): void => {
      for (let next = from; next >= 0 && next < rows.length; next += step) {
        const candidate = rows[next];
        if (candidate?.kind !== 'actor') continue;
        store.chooseActor(candidate.actor);
        return;
      }
    };
    if (event.key === 'ArrowDown') chooseNear(at + 1, 1);
    else if (event.key === 'ArrowUp') chooseNear(at - 1, -1);
    else if (event.key === 'Home') chooseNear(0, 1);
    else if (event.key === 'End') chooseNear(rows.length - 1, -1);
    else if (row?.kind !== 'actor') return;
    else if (event.key === 'Enter') store.chooseActor(row.actor, 'chart');
    else if (event.key === 'ArrowRight' && row.children > 0 && !row.isOpen) store.toggle(row.key);
    else if (event.key === 'ArrowLeft' && row.children > 0 && row.isOpen) store.toggle(row.key);
    else return;
    event.preventDefault();
  };

const DaemonTree = ({ store, daemon }: { readonly store: Store; readonly daemon: Daemon }) => {
  const rows = treeRows(daemon, store);
  const chosen = rows.findIndex(({ key }) => key === store.actor?.key);
  const living = daemon.actors.size - daemon.ended.size;
  return (
    <section
      class={`panel daemon ${daemonClass(store, daemon.name)}`}
      data-testid={`daemon-${daemon.name}`}
      aria-label={`Actors of ${daemon.name}`}
    >
      <header class="panel-head">
        <h2 class="mono">{showText(daemon.name, 16)}</h2>
        <span class="faint">
          {daemon.info === undefined
            ? 'of a damaged trace'
            : showText(`${daemon.info.agent} · p2p ${daemon.info.p2p}`)}
          {daemon.info !== undefined && (
            <span class="api">{showText(` · api ${daemon.info.api}`)}</span>
          )}
        </span>
        <span class="faint push">
          {grouped(living)} actors
          {daemon.ended.size > 0 && `, ${grouped(daemon.ended.size)} ended`}
        </span>
      </header>
      {daemon.gone !== undefined && <p class="gone">Gone: {showText(daemon.gone)}</p>}
      <RowWindow
        testId="tree"
        role="tree"
        label={`Actors of ${daemon.name}`}
        count={rows.length}
        rowHeight={ROW_HEIGHT}
        focus={chosen < 0 ? undefined : chosen}
        activeId={chosen < 0 ? undefined : rowId(store.actor?.key ?? '')}
        onKeyDown={keyHandler(store, rows)}
        draw={(start, end) => ({
          rows: rows
            .slice(start, end)
            .map((row) =>
              row.kind === 'actor' ? (
                <ActorRow key={row.key} store={store} row={row} />
              ) : (
                <GroupRow key={row.key} store={store} row={row} />
              ),
            ),
        })}
      />
      {rows.length === 0 && <Empty>No actor matches.</Empty>}
    </section>
  );
};

export const ActorsView = ({ store }: ViewProps) => {
  const daemons = [...store.model.daemons.values()];
  const { actor } = store;
  return (
    <div class={classes({ 'actors-view': true, 'has-side': actor !== undefined })}>
      <div class="toolbar">
        <input
          type="search"
          data-testid="search"
          placeholder="Search actors, machines, states  ( / )"
          aria-label="Search actors"
          value={store.search}
          onInput={({ currentTarget }) => {
            store.set({ search: currentTarget.value });
          }}
        />
      </div>
      <div class="daemon-columns">
        {daemons.length === 0 && (
          <Empty>
            {store.status.kind === 'live' ? 'No actors yet.' : 'Waiting for the daemon.'}
          </Empty>
        )}
        {daemons.map((daemon) => (
          <DaemonTree key={daemon.name} store={store} daemon={daemon} />
        ))}
      </div>
      {actor !== undefined && (
        <aside class="panel side" aria-label="Chosen actor" data-testid="details">
          <ActorDetails store={store} actor={actor} hasChartLink />
        </aside>
      )}
    </div>
  );
};
