/** The sequence as a table. */
import { changeOf, labelOf, noteOf } from '../sequence.js';
import { clockText, showText } from '../text.js';
import type { Entry } from '../timeline.js';
import { classes, DaemonMark } from './shown.js';
import type { Store } from './store.js';
import { RowWindow } from './window.js';

const ROW_HEIGHT = 24;
const WIDTH = 900;

export type SequenceProps = {
  readonly store: Store;
  readonly moments: readonly number[];
  readonly dropped: number;
};

/** Up and down among the entries, Escape to leave. */
export const entryKeyHandler =
  ({ store, moments }: SequenceProps) =>
  (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      store.set({ chosen: undefined });
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const at = store.chosen === undefined ? moments.length : moments.indexOf(store.chosen);
    const next = moments[Math.min(at + step, moments.length - 1)];
    if (next !== undefined) store.set({ chosen: next, sequenceFollows: false });
    event.preventDefault();
  };

/** Looks into an entry, which ends following the newest. */
export const choose = (store: Store, moment: number): void => {
  store.set({ chosen: store.chosen === moment ? undefined : moment, sequenceFollows: false });
};

/** Who did it to whom: "supervisor → peer-view". */
const partiesOf = ({ record, who, from }: Entry): string => {
  if (record.kind === 'event') {
    return record.from === undefined ? (who ?? '?') : `${from ?? '?'} → ${who ?? '?'}`;
  }
  if (record.kind === 'message') {
    const other = record.side === 'api' ? 'module' : `peer ${record.peer?.slice(0, 8) ?? '?'}`;
    return record.direction === 'in' ? `${other} → ${who ?? ''}` : `${who ?? ''} → ${other}`;
  }
  return who ?? '';
};

const Row = ({ store, moment }: { readonly store: Store; readonly moment: number }) => {
  const entry = store.timeline.entry(moment);
  if (entry === undefined) return null;
  const { record } = entry;
  return (
    <div
      role="row"
      class={classes({
        'sequence-row': true,
        [`kind-${record.kind}`]: true,
        'is-chosen': store.chosen === moment,
      })}
      data-testid="sequence-row"
      data-moment={moment}
      onClick={() => {
        choose(store, moment);
      }}
    >
      <span role="cell" class="mono faint">
        {clockText(record.atMs)}
      </span>
      <span role="cell">
        <DaemonMark store={store} name={record.daemon} />
      </span>
      <span role="cell" class="mono">
        {showText(partiesOf(entry), 80)}
      </span>
      <span role="cell" class="mono row-label">
        {showText(labelOf(record), 60)}
      </span>
      <span role="cell" class="mono row-change">
        {showText(changeOf(record), 80)}
      </span>
      <span role="cell" class="faint row-note">
        {noteOf(record)}
      </span>
    </div>
  );
};

const Head = () => (
  <div class="sequence-row is-head" role="row">
    {['Time', 'Daemon', 'Actors', 'Event', 'State', 'Data'].map((title) => (
      <span key={title} role="columnheader">
        {title}
      </span>
    ))}
  </div>
);

export const SequenceTable = (props: SequenceProps) => {
  const { store, moments, dropped } = props;
  return (
    <RowWindow
      testId="sequence-table"
      role="table"
      label="Events and messages"
      count={moments.length}
      rowHeight={ROW_HEIGHT}
      dropped={dropped}
      follows={store.sequenceFollows}
      onFollow={(sequenceFollows) => {
        store.set({ sequenceFollows });
      }}
      focus={store.chosen === undefined ? undefined : moments.indexOf(store.chosen)}
      onKeyDown={entryKeyHandler(props)}
      draw={(start, end) => ({
        width: WIDTH,
        head: <Head />,
        rows: moments
          .slice(start, end)
          .map((moment) => <Row key={moment} store={store} moment={moment} />),
      })}
    />
  );
};
