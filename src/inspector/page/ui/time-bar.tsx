/** The moment that everything shows: a slider over the ring, saving it, opening another. */
import { clockText, grouped, spanText } from '../text.js';
import type { ViewProps } from './app.js';
import { PauseIcon, PlayIcon } from './icons.js';

const SPEEDS = [0.1, 1, 10, 100];

const save = ({ store }: ViewProps): void => {
  const url = URL.createObjectURL(store.saved());
  const link = document.createElement('a');
  link.href = url;
  const stamp = new Date(store.nowMs || Date.now()).toISOString().slice(0, 19);
  link.download = `hearsay-${stamp.replaceAll(':', '-')}.trace.jsonl`;
  link.click();
  // The download has its own hold on the data by the next task.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  });
};

const FileButtons = ({ store }: ViewProps) => (
  <div class="file-buttons">
    <button
      type="button"
      data-testid="save"
      title="Save all that is kept as a trace file"
      onClick={() => {
        save({ store });
      }}
    >
      Save
    </button>
    <label class="button" title="Open a trace file; one can be dropped on the page, too">
      Open
      <input
        type="file"
        class="unseen"
        data-testid="open"
        accept=".jsonl,.ndjson,.json,.trace,text/plain"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file !== undefined) void store.openFile(file);
          currentTarget.value = '';
        }}
      />
    </label>
    <button
      type="button"
      data-testid="open-ring"
      title="Open what the daemon kept from before this page was opened"
      onClick={() => {
        void store.openRing();
      }}
    >
      Ring
    </button>
  </div>
);

const PlayButtons = ({ store }: ViewProps) => (
  <div class="play-buttons">
    <button
      type="button"
      data-testid="pause"
      aria-pressed={!store.isLive}
      aria-label={store.isLive || store.isPlaying ? 'Pause' : 'Play'}
      title={store.isLive ? 'Stay at this moment (key p)' : 'Let the past run on from here'}
      onClick={() => {
        if (store.isLive) store.pause();
        else store.play();
      }}
    >
      {store.isLive || store.isPlaying ? <PauseIcon /> : <PlayIcon />}
    </button>
    {store.trace === undefined && (
      <button
        type="button"
        data-testid="live"
        class="live-button"
        aria-pressed={store.isLive}
        title="Show what happens now"
        onClick={() => {
          store.goTo(undefined);
        }}
      >
        Live
      </button>
    )}
    <select
      aria-label="Speed"
      data-testid="speed"
      value={store.speed}
      disabled={store.isLive}
      onChange={({ currentTarget }) => {
        store.setSpeed(Number(currentTarget.value));
      }}
    >
      {SPEEDS.map((speed) => (
        <option key={speed} value={speed}>
          ×{speed}
        </option>
      ))}
    </select>
  </div>
);

export const TimeBar = ({ store }: ViewProps) => {
  const { first, end, live } = store.timeline;
  const { moment, nowMs } = store;
  const behindMs = live.atMs - store.model.atMs;
  return (
    <footer class="time-bar" aria-label="Time">
      <PlayButtons store={store} />
      <input
        type="range"
        data-testid="slider"
        aria-label="Moment"
        aria-valuetext={clockText(nowMs)}
        min={first}
        max={Math.max(end, first + 1)}
        step={1}
        value={moment}
        onInput={({ currentTarget }) => {
          const wanted = Number(currentTarget.value);
          store.goTo(wanted >= end && store.trace === undefined ? undefined : wanted);
        }}
      />
      <output class="mono time-shown" data-testid="moment">
        {end === 0 ? '—' : clockText(nowMs)}
        <span class="faint">
          {store.isLive || behindMs <= 0
            ? ` ${grouped(end - first)} records`
            : ` ${spanText(behindMs)} before the last`}
        </span>
      </output>
      <FileButtons store={store} />
    </footer>
  );
};
