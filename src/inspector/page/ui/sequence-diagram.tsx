/** The sequence as a diagram: a lane for each actor and peer, an arrow for each event and message. */
import { layOut, type Arrow, type Diagram, type Lane } from '../lanes.js';
import { clockText, showText } from '../text.js';
import { actorById } from '../model.js';
import { choose, entryKeyHandler, type SequenceProps } from './sequence-table.js';
import { classes, daemonClass } from './shown.js';
import type { Store } from './store.js';
import { RowWindow, type Drawn } from './window.js';

const ROW_HEIGHT = 26;
const TIME_WIDTH = 96;
const LANE_WIDTH = 132;
/** How far an arrow of an actor to itself goes out. */
const LOOP_WIDTH = 22;
/** Lanes are those of so many rows around what is seen, so that they do not jump with each row. */
const LANE_ROWS = 100;

const laneX = (index: number): number => TIME_WIDTH + LANE_WIDTH * (index + 0.5);

const LaneHead = ({ store, lane }: { readonly store: Store; readonly lane: Lane }) => {
  const { daemon, label } = lane;
  const actor =
    lane.actor === undefined || daemon === undefined
      ? undefined
      : actorById(store.model.daemons.get(daemon), lane.actor);
  const colour = daemon === undefined ? '' : daemonClass(store, daemon);
  const text = (
    <>
      <span class="lane-name">{showText(label, 40)}</span>
      {daemon !== undefined && <span class="lane-daemon">{showText(daemon, 16)}</span>}
    </>
  );
  return actor === undefined ? (
    <span class={`lane-head ${colour}`}>{text}</span>
  ) : (
    <button
      type="button"
      class={`lane-head ${colour}`}
      title={`Statechart of ${showText(label, 40)}`}
      onClick={() => {
        store.chooseActor(actor, 'chart');
      }}
    >
      {text}
    </button>
  );
};

type ArrowProps = {
  readonly arrow: Arrow;
  /** The first row that the picture has. */
  readonly base: number;
};

const rowY = (row: number, base: number): number => (row - base + 0.5) * ROW_HEIGHT;

/** Text beside an arrow; what is after it on the same line is the change of state. */
const ArrowText = ({
  arrow,
  x,
  y,
  anchor,
}: ArrowProps & { readonly x: number; readonly y: number; readonly anchor: string }) => (
  <text x={x} y={y} text-anchor={anchor}>
    <tspan class="arrow-label">{showText(arrow.label, 36)}</tspan>
    {arrow.who !== '' && <tspan class="arrow-who">{`  ${showText(arrow.who, 36)}`}</tspan>}
    {arrow.change !== '' && <tspan class="arrow-change">{`  ${showText(arrow.change, 44)}`}</tspan>}
  </text>
);

const ArrowLine = ({ arrow, base }: ArrowProps) => {
  const { from, to, row, endRow, kind } = arrow;
  const [y, endY] = [rowY(row, base), rowY(endRow, base)];
  const [x, endX] = [laneX(from), laneX(to)];
  if (from === to) {
    const isNote = kind === 'item' || kind === 'stream';
    return (
      <g class={`arrow kind-${kind}`}>
        {isNote ? (
          <circle cx={x} cy={y} r={3.5} class="arrow-dot" />
        ) : (
          <path
            class="arrow-line"
            d={`M${x} ${y - 5}h${LOOP_WIDTH}v10h${-LOOP_WIDTH + 5}`}
            marker-end="url(#arrow-head)"
          />
        )}
        <ArrowText
          arrow={arrow}
          base={base}
          x={x + (isNote ? 10 : LOOP_WIDTH + 6)}
          y={y + 4}
          anchor="start"
        />
      </g>
    );
  }
  const isRight = endX > x;
  const gap = isRight ? -3 : 3;
  return (
    <g class={`arrow kind-${kind}`}>
      <path
        class="arrow-line"
        d={`M${x} ${y}L${endX + gap} ${endY}`}
        marker-end="url(#arrow-head)"
      />
      <circle cx={x} cy={y} r={2} class="arrow-dot" />
      <ArrowText
        arrow={arrow}
        base={base}
        x={x + (isRight ? 8 : -8)}
        y={y - 4}
        anchor={isRight ? 'start' : 'end'}
      />
    </g>
  );
};

type PictureProps = {
  readonly store: Store;
  readonly diagram: Diagram;
  /** Row of the whole sequence at which the diagram begins. */
  readonly offset: number;
  readonly start: number;
  readonly end: number;
};

const Picture = ({ store, diagram, offset, start, end }: PictureProps) => {
  const height = (end - start) * ROW_HEIGHT;
  const width = TIME_WIDTH + LANE_WIDTH * diagram.lanes.length;
  const base = start - offset;
  const seen = diagram.arrows.filter(
    ({ row, endRow }) => Math.max(row, endRow) >= base && Math.min(row, endRow) < end - offset,
  );
  return (
    <svg class="sequence-picture" width={width} height={height} aria-hidden="true">
      <defs>
        <marker
          id="arrow-head"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path d="M0 0.5L8 4L0 7.5z" fill="context-stroke" />
        </marker>
      </defs>
      {diagram.lanes.map(({ key, daemon }, index) => (
        <line
          key={key}
          class={`lane ${daemon === undefined ? '' : daemonClass(store, daemon)}`}
          x1={laneX(index)}
          x2={laneX(index)}
          y1={0}
          y2={height}
        />
      ))}
      {seen.map((arrow) => (
        <ArrowLine key={arrow.row} arrow={arrow} base={base} />
      ))}
    </svg>
  );
};

/** The rows that one points at and clicks: the time, and for those who cannot see, what it is. */
const Rows = ({
  store,
  moments,
  diagram,
  offset,
  start,
}: {
  readonly store: Store;
  readonly moments: readonly number[];
  readonly diagram: Diagram;
  readonly offset: number;
  readonly start: number;
}) => {
  const arrows = new Map(diagram.arrows.map((arrow) => [arrow.row + offset, arrow]));
  return (
    <>
      {moments.map((moment, index) => {
        const entry = store.timeline.entry(moment);
        const arrow = arrows.get(start + index);
        return (
          <div
            key={moment}
            role="listitem"
            class={classes({ 'diagram-row': true, 'is-chosen': store.chosen === moment })}
            data-testid="sequence-row"
            data-moment={moment}
            aria-label={arrow?.label}
            onClick={() => {
              choose(store, moment);
            }}
          >
            <span class="mono faint">{clockText(entry?.record.atMs ?? 0)}</span>
          </div>
        );
      })}
    </>
  );
};

/** Draws what is seen of the sequence, with the lanes that it needs. */
const drawer =
  ({ store, moments, dropped }: SequenceProps) =>
  (start: number, end: number): Drawn => {
    // In steps from the first row that ever was, which do not move when rows are dropped.
    const step = (row: number): number => Math.floor((row + dropped) / LANE_ROWS) * LANE_ROWS;
    const offset = Math.max(0, step(start) - LANE_ROWS - dropped);
    const until = Math.min(moments.length, step(end) + 2 * LANE_ROWS - dropped);
    const around = moments.slice(offset, until).map((moment) => store.timeline.entry(moment));
    const diagram = layOut(around, [...store.timeline.live.daemons.keys()], store.lanes);
    const part = { store, diagram, offset, start };
    return {
      width: TIME_WIDTH + LANE_WIDTH * diagram.lanes.length,
      head: (
        <div class="lane-heads">
          {diagram.lanes.map((lane) => (
            <LaneHead key={lane.key} store={store} lane={lane} />
          ))}
        </div>
      ),
      rows: (
        <>
          <Picture {...part} end={end} />
          <Rows {...part} moments={moments.slice(start, end)} />
        </>
      ),
    };
  };

export const SequenceDiagram = (props: SequenceProps) => {
  const { store, moments, dropped } = props;
  return (
    <RowWindow
      testId="sequence-diagram"
      label="Sequence diagram"
      count={moments.length}
      rowHeight={ROW_HEIGHT}
      dropped={dropped}
      follows={store.sequenceFollows}
      onFollow={(sequenceFollows) => {
        store.set({ sequenceFollows });
      }}
      focus={store.chosen === undefined ? undefined : moments.indexOf(store.chosen)}
      onKeyDown={entryKeyHandler(props)}
      draw={drawer(props)}
    />
  );
};
