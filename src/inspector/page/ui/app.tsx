/** The frame of the page: what is connected, which view is shown, the time bar. */
import { useEffect } from 'preact/hooks';
import type { AwayReason } from '../../protocol.js';
import { VIEWS, type ViewName } from '../location.js';
import type { Daemon } from '../model.js';
import { rateAt } from '../rate.js';
import { grouped, rateText, showText } from '../text.js';
import { ActorsView } from './actors-view.js';
import { ChartView } from './chart-view.js';
import { ItemView } from './item-view.js';
import { PeersView } from './peers-view.js';
import { SequenceView } from './sequence-view.js';
import { classes, daemonClass } from './shown.js';
import type { OpenTrace, Store } from './store.js';
import { TimeBar } from './time-bar.js';
import { TokenForm } from './token-form.js';

export type ViewProps = { readonly store: Store };

const TITLES: Readonly<Record<ViewName, string>> = {
  actors: 'Actors',
  chart: 'Statechart',
  sequence: 'Sequence',
  item: 'Item',
  peers: 'Peers',
};

const Tabs = ({ store }: ViewProps) => {
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const at = VIEWS.indexOf(store.place.view) + step;
    const view = VIEWS[(at + VIEWS.length) % VIEWS.length] ?? 'actors';
    store.show(view);
    document.getElementById(`tab-${view}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Views" onKeyDown={move}>
      {VIEWS.map((view, index) => (
        <button
          key={view}
          type="button"
          role="tab"
          id={`tab-${view}`}
          data-testid={`tab-${view}`}
          aria-selected={store.place.view === view}
          aria-controls="view"
          tabIndex={store.place.view === view ? 0 : -1}
          title={`${TITLES[view]} (key ${index + 1})`}
          onClick={() => {
            store.show(view);
          }}
        >
          {TITLES[view]}
        </button>
      ))}
    </div>
  );
};

const STATUS_TEXTS = {
  connecting: 'Connecting',
  lost: 'Reconnecting',
  refused: 'Refused',
  displaced: 'Displaced',
} as const;

const statusOf = (store: Store): { readonly name: string; readonly text: string } => {
  if (store.trace !== undefined) return { name: 'trace', text: 'Trace' };
  const { kind } = store.status;
  if (kind !== 'live') return { name: kind, text: STATUS_TEXTS[kind] };
  if (store.isPlaying) return { name: 'past', text: 'Replay' };
  return store.isLive ? { name: 'live', text: 'Live' } : { name: 'past', text: 'Paused' };
};

/** How long after the last time that nobody looked the page says so, in milliseconds. */
const AWAY_SHOWN_MS = 1_500;

const AWAY_TEXTS: Readonly<Record<AwayReason, string>> = {
  busy: 'the daemon has no time to be watched',
  'module behind': 'a module is behind with its notifications',
  'slow page': 'this page reads too slowly',
};

/** Why less than everything is told just now. */
const awayText = (daemons: readonly Daemon[], nowMs: number): string | undefined => {
  const away = daemons.find((daemon) => nowMs - (daemon.away?.atMs ?? 0) < AWAY_SHOWN_MS)?.away;
  return away && AWAY_TEXTS[away.reason];
};

const Status = ({ store }: ViewProps) => {
  const { name, text } = statusOf(store);
  const daemons = [...store.model.daemons.values()];
  const rate = daemons.reduce((sum, daemon) => sum + rateAt(daemon.rate, store.nowMs), 0);
  const sampled = daemons.reduce((sum, daemon) => sum + daemon.sampled, 0);
  const away = awayText(daemons, store.nowMs);
  return (
    <div class="status">
      {away !== undefined && (
        <span
          class="away"
          data-testid="away"
          title="Watching takes only time that the daemon can spare. Where the actors stand is right."
        >
          Glances only: {away}
        </span>
      )}
      {sampled > 0 && (
        <span
          class="sampled"
          data-testid="sampled"
          title="Too many to send: where the actors stand is right, these events are not shown"
        >
          {grouped(sampled)} sampled away
        </span>
      )}
      <span class="mono faint rate" title="Events a second, averaged over five seconds">
        {rateText(rate) || '0/s'}
      </span>
      <span class={`connection is-${name}`} data-testid="status" role="status">
        {text}
      </span>
    </div>
  );
};

const Daemons = ({ store }: ViewProps) => (
  <ul class="daemons" aria-label="Daemons">
    {[...store.model.daemons.values()].map(({ name, info, gone }) => (
      <li
        key={name}
        class={classes({ [daemonClass(store, name)]: true, 'is-gone': gone !== undefined })}
        title={info === undefined ? name : showText(`${info.agent} at ${info.p2p}`)}
      >
        <span class="dot" />
        <span class="mono">{showText(name, 16)}</span>
      </li>
    ))}
  </ul>
);

const damagedText = ({ damaged, problems: [first] }: OpenTrace): string => {
  const where = first === undefined ? '' : ` (line ${first.line}: ${first.reason})`;
  return damaged === 1
    ? `a damaged line is left out${where}`
    : `${grouped(damaged)} damaged lines are left out, the first${where}`;
};

/** What a person must know before trusting what is shown. */
const Banners = ({ store }: ViewProps) => {
  const { trace, status, damaged, notice } = store;
  return (
    <div class="banners" aria-live="polite">
      {trace !== undefined && (
        <p class="banner is-info" data-testid="trace-banner">
          <span>
            Trace <strong>{showText(trace.name, 80)}</strong>
            {trace.damaged > 0 && `: ${damagedText(trace)}`}
            {trace.leftOut > 0 &&
              `: too long, its last ${grouped(trace.leftOut)} records are missing`}
          </span>
          <button
            type="button"
            data-testid="close-trace"
            onClick={() => {
              store.closeTrace();
            }}
          >
            Back to live
          </button>
        </p>
      )}
      {trace === undefined && status.kind === 'lost' && (
        <p class="banner is-warning" data-testid="lost-banner">
          Not connected: {showText(status.reason)}. What you see is how it stood; the page connects
          again by itself.
        </p>
      )}
      {trace === undefined && status.kind === 'displaced' && (
        <p class="banner is-warning" data-testid="displaced-banner">
          <span>Not connected: {showText(status.reason)}. What you see is how it stood.</span>
          <button
            type="button"
            data-testid="reconnect"
            onClick={() => {
              store.server.retry();
            }}
          >
            Connect again
          </button>
        </p>
      )}
      {trace === undefined && status.kind === 'refused' && <TokenForm store={store} />}
      {damaged.count > 0 && (
        <p class="banner is-warning">
          {grouped(damaged.count)} records of the stream were left out: {showText(damaged.reason)}.
        </p>
      )}
      {notice !== '' && (
        <p class="banner is-info" data-testid="notice">
          <span>{showText(notice, 300)}</span>
          <button
            type="button"
            aria-label="Dismiss"
            onClick={() => {
              store.set({ notice: '' });
            }}
          >
            ×
          </button>
        </p>
      )}
    </div>
  );
};

const View = ({ store }: ViewProps) => {
  switch (store.place.view) {
    case 'actors':
      return <ActorsView store={store} />;
    case 'chart':
      return <ChartView store={store} />;
    case 'sequence':
      return <SequenceView store={store} />;
    case 'item':
      return <ItemView store={store} />;
    case 'peers':
      return <PeersView store={store} />;
  }
};

const isTyping = ({ target }: Event): boolean =>
  target instanceof HTMLInputElement ||
  target instanceof HTMLTextAreaElement ||
  target instanceof HTMLSelectElement;

/** Keys that work everywhere but where one types: 1 to 5, p, /. */
const useShortcuts = (store: Store): void => {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      const view = VIEWS[Number(event.key) - 1];
      if (view !== undefined) store.show(view);
      else if (event.key === 'p') store.pause();
      else if (event.key === '/') {
        document.querySelector<HTMLInputElement>('input[type=search]')?.focus();
        event.preventDefault();
      }
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
    };
  }, []);
};

/** A trace may be dropped anywhere. */
const dropHandlers = (store: Store) => ({
  onDragOver: (event: DragEvent) => {
    event.preventDefault();
  },
  onDrop: (event: DragEvent) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) void store.openFile(file);
  },
});

export const App = ({ store }: ViewProps) => {
  useShortcuts(store);
  return (
    <div class="app" {...dropHandlers(store)}>
      <header class="top">
        <h1>
          hearsay <span>inspector</span>
        </h1>
        <Tabs store={store} />
        <Daemons store={store} />
        <Status store={store} />
      </header>
      <Banners store={store} />
      <main>
        <div
          id="view"
          role="tabpanel"
          aria-labelledby={`tab-${store.place.view}`}
          data-testid={`view-${store.place.view}`}
        >
          <View store={store} />
        </div>
      </main>
      <TimeBar store={store} />
    </div>
  );
};
