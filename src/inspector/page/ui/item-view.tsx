/** One item's life: who sent it, who was asked, what they said, to whom it went. */
import { findLives, outcomeOf, storyOf, type LifeAtDaemon, type LifeStory } from '../item-life.js';
import type { Life, LifeStep } from '../model.js';
import { brief, clockText, grouped, isBytes, showText, spanText } from '../text.js';
import type { ViewProps } from './app.js';
import {
  ActorLink,
  Bytes,
  classes,
  daemonClass,
  DaemonMark,
  Empty,
  PeerMark,
  StepBadge,
} from './shown.js';
import type { Store } from './store.js';

/** Items that the list offers; a search finds the others. */
const LIST_MAX = 150;

const ItemList = ({ store }: ViewProps) => {
  const wanted = store.place.item ?? '';
  const isWhole = store.model.items.has(wanted);
  const found = findLives(store.model.items, isWhole ? '' : wanted, LIST_MAX);
  return (
    <section class="panel item-list" aria-label="Items">
      <input
        type="search"
        class="mono"
        placeholder="Item id, or part of it"
        aria-label="Item id"
        data-testid="item-id"
        value={wanted}
        onInput={({ currentTarget }) => {
          store.chooseItem(currentTarget.value.trim());
        }}
      />
      <ul data-testid="items">
        {found.map((life) => (
          <li key={life.item}>
            <ItemRow store={store} life={life} isChosen={life.item === wanted} />
          </li>
        ))}
      </ul>
      {found.length === 0 && <Empty>No item yet with such an id.</Empty>}
    </section>
  );
};

const ItemRow = ({
  store,
  life,
  isChosen,
}: {
  readonly store: Store;
  readonly life: Life;
  readonly isChosen: boolean;
}) => {
  const first = life.steps[0]?.record;
  return (
    <button
      type="button"
      class={classes({ 'item-row': true, 'is-chosen': isChosen })}
      data-testid={`item-${life.item}`}
      onClick={() => {
        store.chooseItem(life.item);
      }}
    >
      <span class="mono">{showText(life.item.slice(0, 14), 40)}</span>
      <span class="faint">type {first?.dataType ?? '?'}</span>
      <StepBadge step={outcomeOf(life) ?? ''} />
      <span class="faint mono push">{clockText(first?.atMs ?? 0).slice(0, 8)}</span>
    </button>
  );
};

const ArrivedFrom = ({ store, came }: { readonly store: Store; readonly came: LifeStep }) => {
  const { record, peer } = came;
  return (
    <>
      {record.step}
      {record.who !== undefined && (
        <>
          {record.step === 'announced' ? ' by ' : ' from '}
          {peer === undefined ? (
            <ActorLink store={store} daemon={record.daemon} id={record.who} />
          ) : (
            <PeerMark store={store} identity={peer} />
          )}
        </>
      )}
    </>
  );
};

/** What each daemon made of it, in one line each. */
const Summary = ({ store, story }: { readonly store: Store; readonly story: LifeStory }) => (
  <table class="summary" data-testid="item-summary">
    <thead>
      <tr>
        <th>Daemon</th>
        <th>Came</th>
        <th class="number">After</th>
        <th class="number">Asked</th>
        <th class="number">Answered</th>
        <th>Verdict</th>
        <th class="number">Relayed</th>
        <th class="number">Again</th>
      </tr>
    </thead>
    <tbody>
      {story.daemons.map((life) => (
        <SummaryRow key={life.daemon} store={store} story={story} life={life} />
      ))}
    </tbody>
  </table>
);

const SummaryRow = ({
  store,
  story,
  life,
}: {
  readonly store: Store;
  readonly story: LifeStory;
  readonly life: LifeAtDaemon;
}) => (
  <tr>
    <td>
      <DaemonMark store={store} name={life.daemon} />
    </td>
    <td>{life.came === undefined ? '—' : <ArrivedFrom store={store} came={life.came} />}</td>
    <td class="number mono">
      {life.came === undefined ? '—' : spanText(life.came.record.atMs - story.firstMs)}
    </td>
    <td class="number">{life.asked}</td>
    <td class="number">{life.answered}</td>
    <td>{life.verdict === undefined ? '—' : <StepBadge step={life.verdict} />}</td>
    <td class="number">{life.relayed}</td>
    <td class="number">{life.repeated}</td>
  </tr>
);

const Step = ({
  store,
  step,
  firstMs,
  column,
}: {
  readonly store: Store;
  readonly step: LifeStep;
  readonly firstMs: number;
  readonly column: number;
}) => {
  const { record, peer } = step;
  return (
    <li
      class={`life-step ${daemonClass(store, record.daemon)}`}
      data-testid="life-step"
      data-step={record.step}
      data-daemon={record.daemon}
    >
      <span class="life-time mono faint" title={clockText(record.atMs)}>
        +{spanText(record.atMs - firstMs)}
      </span>
      <span class="life-card" style={{ gridColumn: String(column + 2) }}>
        <StepBadge step={record.step} />
        {record.who !== undefined && (
          <ActorLink store={store} daemon={record.daemon} id={record.who} />
        )}
        {peer !== undefined && <PeerMark store={store} identity={peer} />}
        {record.detail !== '' && <span class="faint">{showText(record.detail, 120)}</span>}
      </span>
    </li>
  );
};

const Story = ({ store, life }: { readonly store: Store; readonly life: Life }) => {
  const story = storyOf(life);
  const names = story.daemons.map(({ daemon }) => daemon);
  return (
    <article class="panel life" data-testid="item-life">
      <header class="details-head">
        <h2 class="mono">{showText(life.item, 60)}</h2>
        <span class="faint">
          data type {story.dataType ?? '?'} · {grouped(story.steps.length)} steps in{' '}
          {spanText(story.lastMs - story.firstMs)}
        </span>
        <button
          type="button"
          class="push"
          onClick={() => {
            store.set({ filter: { ...store.filter, daemon: '', actor: '', item: life.item } });
            store.show('sequence');
          }}
        >
          Sequence
        </button>
      </header>
      {story.data !== undefined && (
        <p class="item-data" data-testid="item-data">
          {isBytes(story.data) ? <Bytes value={story.data} /> : brief(story.data)}
        </p>
      )}
      <div class="scroll-x">
        <Summary store={store} story={story} />
      </div>
      <h3>Timeline</h3>
      <div class="scroll-x">
        <ol
          class="life-steps"
          style={{ gridTemplateColumns: `max-content repeat(${names.length}, minmax(190px, 1fr))` }}
        >
          <li class="life-step is-head">
            <span />
            {names.map((name) => (
              <DaemonMark key={name} store={store} name={name} />
            ))}
          </li>
          {story.steps.map((step, index) => (
            <Step
              key={index}
              store={store}
              step={step}
              firstMs={story.firstMs}
              column={names.indexOf(step.record.daemon)}
            />
          ))}
        </ol>
      </div>
    </article>
  );
};

export const ItemView = ({ store }: ViewProps) => {
  const life = store.model.items.get(store.place.item ?? '');
  return (
    <div class="item-view">
      <ItemList store={store} />
      {life === undefined ? (
        <section class="panel life">
          <Empty>Choose an item, or paste its id: 40 hex digits.</Empty>
        </section>
      ) : (
        <Story store={store} life={life} />
      )}
    </div>
  );
};
