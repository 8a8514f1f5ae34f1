/** One entry of the sequence: what came, how its actor stood before and after, what it did. */
import type {
  EventRecord,
  ItemRecord,
  MessageRecord,
  StateValue,
  TraceRecord,
} from '../../protocol.js';
import { eventName, labelOf } from '../sequence.js';
import { leafPaths } from '../state-text.js';
import { brief, clockText, grouped, showText } from '../text.js';
import type { Entry } from '../timeline.js';
import { PlainTree } from './plain-tree.js';
import { ActorLink, DaemonMark, Fact, ItemLink, PeerMark } from './shown.js';
import type { Store } from './store.js';

type Props<Record> = { readonly store: Store; readonly record: Record };

const StatePaths = ({
  value,
  against,
}: {
  readonly value: StateValue;
  readonly against: StateValue;
}) => {
  const others = new Set(leafPaths(against));
  return (
    <ul class="state-paths mono">
      {leafPaths(value).map((path) => (
        <li key={path} class={others.has(path) ? 'faint' : ''}>
          {showText(path, 120)}
        </li>
      ))}
    </ul>
  );
};

const Transitions = ({ record }: { readonly record: EventRecord }) => (
  <ul class="lines mono">
    {record.transitions.map(({ source, targets, event }, index) => (
      <li key={index}>
        {showText(source, 80)} <span class="faint">on {showText(eventName(event), 80)}</span>
        {targets.length > 0 && ` → ${showText(targets.join(', '), 160)}`}
      </li>
    ))}
  </ul>
);

const EventDetails = ({ store, record }: Props<EventRecord>) => (
  <>
    <section class="before-after" data-testid="before-after">
      <div>
        <h3>Before</h3>
        <StatePaths value={record.before} against={record.after} />
      </div>
      <div>
        <h3>After</h3>
        <StatePaths value={record.after} against={record.before} />
      </div>
    </section>
    {record.transitions.length > 0 && (
      <>
        <h3>Transitions</h3>
        <Transitions record={record} />
      </>
    )}
    <h3>Event</h3>
    <PlainTree store={store} value={record.event} />
    {record.actions.length > 0 && (
      <>
        <h3>Actions</h3>
        <ol class="lines">
          {record.actions.map(({ type, params }, index) => (
            <li key={index}>
              <span class="mono">{showText(type, 80)}</span>{' '}
              <span class="faint">{brief(params ?? null, 100).replace(/^null$/, '')}</span>
            </li>
          ))}
        </ol>
      </>
    )}
    {Object.keys(record.changed).length > 0 && (
      <>
        <h3>Context changed</h3>
        <PlainTree store={store} value={record.changed} />
      </>
    )}
  </>
);

const MessageDetails = ({ store, record }: Props<MessageRecord>) => (
  <>
    <dl>
      <Fact name="With">
        {record.side === 'api' ? 'a module' : <PeerMark store={store} identity={record.peer} />}
      </Fact>
      {record.item !== undefined && (
        <Fact name="Item">
          <ItemLink store={store} item={record.item} />
        </Fact>
      )}
    </dl>
    <h3>Message</h3>
    <PlainTree store={store} value={record.message} />
  </>
);

const StepDetails = ({ store, record }: Props<ItemRecord>) => (
  <dl>
    <Fact name="Item">
      <ItemLink store={store} item={record.item} />
    </Fact>
    <Fact name="Type">{record.dataType}</Fact>
    <Fact name="Detail">{showText(record.detail, 300) || '—'}</Fact>
  </dl>
);

const Special = ({ store, record }: Props<TraceRecord>) => {
  switch (record.kind) {
    case 'event':
      return <EventDetails store={store} record={record} />;
    case 'message':
      return <MessageDetails store={store} record={record} />;
    case 'item':
      return <StepDetails store={store} record={record} />;
    case 'daemon':
      return <span class="faint">{showText(`${record.agent} at ${record.p2p}`)}</span>;
    case 'gone':
      return <span class="faint">{showText(record.reason, 300)}</span>;
    default:
      return null;
  }
};

const fromText = ({ record }: Entry): string | undefined => {
  if (record.kind === 'event') return record.from === undefined ? 'outside' : undefined;
  return undefined;
};

export const EntryDetails = ({
  store,
  entry,
  moment,
}: {
  readonly store: Store;
  readonly entry: Entry;
  readonly moment: number;
}) => {
  const { record, who, from } = entry;
  const outside = fromText(entry);
  return (
    <div class="details" key={moment}>
      <header class="details-head">
        <h2 class="mono">{showText(labelOf(record), 60)}</h2>
        <DaemonMark store={store} name={record.daemon} />
        <button
          type="button"
          class="push"
          data-testid="go-to-entry"
          title="Let everything show the moment after this"
          onClick={() => {
            store.goTo(moment + 1);
          }}
        >
          Go there
        </button>
        <button
          type="button"
          aria-label="Close"
          data-testid="close-entry"
          onClick={() => {
            store.set({ chosen: undefined });
          }}
        >
          ×
        </button>
      </header>
      <dl>
        <Fact name="At">
          <span class="mono">{clockText(record.atMs)}</span>
          {'seq' in record && <span class="faint"> no. {grouped(record.seq)}</span>}
        </Fact>
        {(from !== undefined || outside !== undefined) && (
          <Fact name="From">
            {from === undefined ? (
              outside
            ) : (
              <ActorLink store={store} daemon={record.daemon} id={from} />
            )}
          </Fact>
        )}
        {who !== undefined && (
          <Fact name={record.kind === 'event' ? 'To' : 'Actor'}>
            <ActorLink store={store} daemon={record.daemon} id={who} />
          </Fact>
        )}
      </dl>
      <Special store={store} record={record} />
    </div>
  );
};
