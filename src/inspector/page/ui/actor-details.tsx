/** One actor: where it stands, what it waits for, what it knows, what can be sent to it. */
import { actorOf, actorKey, type Actor } from '../model.js';
import { rateAt } from '../rate.js';
import { eventName } from '../sequence.js';
import { leafPaths } from '../state-text.js';
import { clockText, grouped, rateText, showText, spanText } from '../text.js';
import { PlainTree } from './plain-tree.js';
import { SendEvent } from './send-event.js';
import { ActorLink, DaemonMark, Fact, Text } from './shown.js';
import type { Store } from './store.js';

type DetailsProps = { readonly store: Store; readonly actor: Actor };

/** Delays that wait, with the time that is left. */
export const Delays = ({ store, actor }: DetailsProps) => (
  <ul class="delays" data-testid="delays">
    {actor.delays.map(({ name, dueMs }) => (
      <li key={`${name} ${dueMs}`}>
        <span class="mono">{showText(name, 80)}</span>
        <span class="mono push">
          {dueMs > store.nowMs ? `in ${spanText(dueMs - store.nowMs)}` : 'due'}
        </span>
      </li>
    ))}
  </ul>
);

const Ending = ({ store, actor }: DetailsProps) => {
  const { ending } = actor;
  if (ending === undefined) return null;
  return (
    <section class={`ending-box ${ending.status === 'error' ? 'is-failed' : ''}`}>
      <h3>
        {ending.status === 'error' ? 'Failed' : ending.status === 'done' ? 'Done' : 'Stopped'} at{' '}
        <span class="mono">{clockText(ending.atMs)}</span>
      </h3>
      {ending.error !== undefined && (
        <p class="mono error-text">
          <Text text={ending.error} max={1_000} />
        </p>
      )}
      {ending.output !== undefined && ending.output !== null && (
        <PlainTree store={store} value={ending.output} />
      )}
    </section>
  );
};

const LastEvent = ({ store, actor }: DetailsProps) => (
  <>
    {actor.lastEvent === undefined ? (
      <span class="faint">none seen</span>
    ) : (
      <>
        <span class="mono">{showText(eventName(actor.lastEvent), 80)}</span>{' '}
        <span class="faint">{spanText(Math.max(0, store.nowMs - actor.lastMs))} ago</span>
      </>
    )}
  </>
);

export const ActorDetails = ({
  store,
  actor,
  hasChartLink = false,
}: DetailsProps & { readonly hasChartLink?: boolean }) => {
  const parent =
    actor.parent === undefined
      ? undefined
      : actorOf(store.model, actorKey(actor.daemon, actor.parent));
  return (
    <div class="details" key={actor.key}>
      <header class="details-head">
        <h2 class="mono" data-testid="details-id">
          {showText(actor.id, 60)}
        </h2>
        <DaemonMark store={store} name={actor.daemon} />
        <div class="button-row push">
          {hasChartLink && (
            <button
              type="button"
              data-testid="to-chart"
              onClick={() => {
                store.chooseActor(actor, 'chart');
              }}
            >
              Statechart
            </button>
          )}
          <button
            type="button"
            data-testid="to-sequence"
            title="Show the sequence of this actor only"
            onClick={() => {
              store.set({ filter: { ...store.filter, daemon: actor.daemon, actor: actor.id } });
              store.show('sequence');
            }}
          >
            Sequence
          </button>
        </div>
      </header>
      <Ending store={store} actor={actor} />
      <dl>
        <Fact name="State">
          <ul class="state-paths mono" data-testid="details-state">
            {leafPaths(actor.value).map((path) => (
              <li key={path}>{showText(path, 120)}</li>
            ))}
          </ul>
        </Fact>
        {parent !== undefined && (
          <Fact name="Parent">
            <ActorLink store={store} daemon={actor.daemon} id={parent.id} />
          </Fact>
        )}
        <Fact name="Age">
          {spanText(Math.max(0, (actor.ending?.atMs ?? store.nowMs) - actor.bornMs))}
        </Fact>
        <Fact name="Events">
          {grouped(actor.events)}{' '}
          <span class="faint">{rateText(rateAt(actor.rate, store.nowMs))}</span>
        </Fact>
        <Fact name="Last">
          <LastEvent store={store} actor={actor} />
        </Fact>
        {actor.delays.length > 0 && (
          <Fact name="Waits">
            <Delays store={store} actor={actor} />
          </Fact>
        )}
      </dl>
      <h3>Context</h3>
      <div data-testid="context">
        <PlainTree store={store} value={actor.context} changed={actor.changed} />
      </div>
      {actor.ending === undefined && store.mayControl(store.daemonOf(actor)) && (
        <SendEvent key={actor.key} store={store} actor={actor} />
      )}
    </div>
  );
};
