/** What happened, in its order: as a sequence diagram, or as a table. */
import { LANE_MODES } from '../lanes.js';
import { NO_FILTER, type SequenceFilter } from '../sequence.js';
import { grouped } from '../text.js';
import type { ViewProps } from './app.js';
import { EntryDetails } from './entry-details.js';
import { SequenceDiagram } from './sequence-diagram.js';
import { SequenceTable } from './sequence-table.js';
import { classes, Empty } from './shown.js';
import type { Store } from './store.js';

type TextField = 'actor' | 'peer' | 'event' | 'item';
const TEXT_FIELDS: readonly TextField[] = ['actor', 'peer', 'event', 'item'];
const KINDS = ['events', 'messages', 'items'] as const;

const change = (store: Store, fields: Partial<SequenceFilter>): void => {
  store.set({ filter: { ...store.filter, ...fields } });
};

const DaemonFilter = ({ store }: ViewProps) => {
  const names = [...store.timeline.live.daemons.keys()];
  if (names.length < 2 && store.filter.daemon === '') return null;
  return (
    <select
      aria-label="Daemon"
      data-testid="filter-daemon"
      value={store.filter.daemon}
      onChange={({ currentTarget }) => {
        change(store, { daemon: currentTarget.value });
      }}
    >
      <option value="">all daemons</option>
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
};

const Filters = ({ store }: ViewProps) => (
  <>
    <DaemonFilter store={store} />
    {TEXT_FIELDS.map((field) => (
      <input
        key={field}
        type="search"
        class="filter"
        placeholder={field}
        aria-label={`Filter by ${field}`}
        data-testid={`filter-${field}`}
        value={store.filter[field]}
        onInput={({ currentTarget }) => {
          change(store, { [field]: currentTarget.value });
        }}
      />
    ))}
    <div class="button-row" role="group" aria-label="Kinds">
      {KINDS.map((kind) => (
        <button
          key={kind}
          type="button"
          aria-pressed={store.filter[kind]}
          data-testid={`filter-${kind}`}
          onClick={() => {
            change(store, { [kind]: !store.filter[kind] });
          }}
        >
          {kind}
        </button>
      ))}
    </div>
    {store.filter !== NO_FILTER && (
      <button
        type="button"
        data-testid="filter-clear"
        onClick={() => {
          store.set({ filter: NO_FILTER });
        }}
      >
        Clear
      </button>
    )}
  </>
);

const LaneChoice = ({ store }: ViewProps) => (
  <label class="push faint">
    Lanes{' '}
    <select
      data-testid="lanes"
      value={store.lanes}
      onChange={({ currentTarget }) => {
        store.set({ laneMode: LANE_MODES.find((mode) => mode === currentTarget.value) });
      }}
    >
      {LANE_MODES.map((mode) => (
        <option key={mode} value={mode}>
          {mode}
        </option>
      ))}
    </select>
  </label>
);

const ModeButtons = ({ store }: ViewProps) => (
  <div
    class={`button-row ${store.sequenceIsTable ? 'push' : ''}`}
    role="group"
    aria-label="Shown as"
  >
    {[false, true].map((isTable) => (
      <button
        key={String(isTable)}
        type="button"
        aria-pressed={store.sequenceIsTable === isTable}
        data-testid={isTable ? 'as-table' : 'as-diagram'}
        onClick={() => {
          store.set({ sequenceIsTable: isTable });
        }}
      >
        {isTable ? 'Table' : 'Diagram'}
      </button>
    ))}
  </div>
);

export const SequenceView = ({ store }: ViewProps) => {
  const { selection } = store;
  const moments = selection.update(store.timeline, store.filter, store.moment);
  const chosen = store.chosen === undefined ? undefined : store.timeline.entry(store.chosen);
  const Shown = store.sequenceIsTable ? SequenceTable : SequenceDiagram;
  return (
    <div class={classes({ 'sequence-view': true, 'has-side': chosen !== undefined })}>
      <div class="toolbar">
        <Filters store={store} />
        <span class="faint mono" data-testid="sequence-count">
          {grouped(moments.length)}
        </span>
        {!store.sequenceFollows && (
          <button
            type="button"
            data-testid="follow"
            onClick={() => {
              store.set({ sequenceFollows: true });
            }}
          >
            ↓ Latest
          </button>
        )}
        {!store.sequenceIsTable && <LaneChoice store={store} />}
        <ModeButtons store={store} />
      </div>
      <div class="panel sequence-panel">
        <Shown store={store} moments={moments} dropped={selection.dropped} />
        {moments.length === 0 && <Empty>Nothing has happened yet that passes the filter.</Empty>}
      </div>
      {chosen !== undefined && store.chosen !== undefined && (
        <aside class="panel side" aria-label="Chosen entry" data-testid="entry">
          <EntryDetails store={store} entry={chosen} moment={store.chosen} />
        </aside>
      )}
    </div>
  );
};
