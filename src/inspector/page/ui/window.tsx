/** A list of which only what can be seen is drawn: rows of one height in a box that scrolls. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Rows drawn above and below what can be seen, so that scrolling shows no gaps. */
const SPARE_ROWS = 10;

/** What is drawn of a list. */
export type Drawn = {
  readonly rows: ComponentChildren;
  /** Above the rows; it stays while they scroll. */
  readonly head?: ComponentChildren;
  /** Px that the rows need at least. */
  readonly width?: number;
};

export type RowWindowProps = {
  readonly count: number;
  readonly rowHeight: number;
  /** Draws the rows from `start` to before `end`. */
  readonly draw: (start: number, end: number) => Drawn;
  /** Stays at the last row as rows are added. */
  readonly follows?: boolean;
  /** The person scrolled away from the last row, or back to it. */
  readonly onFollow?: (follows: boolean) => void;
  /** Rows dropped from the front so far: what is looked at stays where it is. */
  readonly dropped?: number;
  /** Row to be brought into view when it changes. */
  readonly focus?: number | undefined;
  /** Id of the row that is chosen, for those who hear the list. */
  readonly activeId?: string | undefined;
  readonly label: string;
  readonly testId: string;
  readonly role?: 'tree' | 'list' | 'table';
  readonly onKeyDown?: (event: KeyboardEvent) => void;
};

export const RowWindow = (props: RowWindowProps) => {
  const { count, rowHeight, follows = false, dropped = 0, focus } = props;
  const box = useRef<HTMLDivElement | null>(null);
  const last = useRef({ dropped });
  const [seen, setSeen] = useState({ top: 0, height: 800 });
  const look = (): void => {
    const { scrollTop: top = 0, clientHeight: height = 0 } = box.current ?? {};
    if (top !== seen.top || height !== seen.height) setSeen({ top, height });
  };

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const gone = dropped - last.current.dropped;
    last.current = { dropped };
    if (follows) element.scrollTop = element.scrollHeight;
    else if (gone > 0) element.scrollTop -= gone * rowHeight;
    look();
  });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || focus === undefined || focus < 0) return;
    const top = focus * rowHeight;
    const room = element.clientHeight - 2 * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top > element.scrollTop + room) element.scrollTop = top - room;
  }, [focus]);

  const start = Math.max(0, Math.trunc(seen.top / rowHeight) - SPARE_ROWS);
  const end = Math.min(count, Math.ceil((seen.top + seen.height) / rowHeight) + SPARE_ROWS);
  const { rows, head, width } = props.draw(Math.min(start, end), end);
  return (
    <div
      ref={box}
      class="row-window"
      role={props.role ?? 'list'}
      aria-label={props.label}
      aria-activedescendant={props.activeId}
      aria-rowcount={props.role === 'table' ? count : undefined}
      data-testid={props.testId}
      tabIndex={0}
      onKeyDown={props.onKeyDown}
      onScroll={() => {
        look();
        const element = box.current;
        if (element === null || props.onFollow === undefined) return;
        const below = element.scrollHeight - element.scrollTop - element.clientHeight;
        const isAtEnd = below < 2 * rowHeight;
        if (isAtEnd !== follows) props.onFollow(isAtEnd);
      }}
    >
      {head}
      <div
        class="row-window-rows"
        role="presentation"
        style={{
          height: `${count * rowHeight}px`,
          minWidth: width === undefined ? undefined : `${width}px`,
        }}
      >
        <div
          role="presentation"
          class="row-window-seen"
          style={{ transform: `translateY(${start * rowHeight}px)` }}
        >
          {rows}
        </div>
      </div>
    </div>
  );
};
