/** A machine's picture, with where an actor is in it. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { edgeElementId, stateElementId, type DrawnChart } from '../charts.js';
import { classes } from './shown.js';

export type ChartPictureProps = {
  readonly chart: DrawnChart;
  /** Key of the actor: another one's present state is brought into view. */
  readonly actor: string;
  /** Ids of the active states, parents before children. */
  readonly active: readonly string[];
  /** Indices of the transitions that were taken last. */
  readonly taken: readonly number[];
  /** Changes with each event, so that a transition taken again is marked again. */
  readonly occasion: number;
  readonly isOver: boolean;
  readonly zoom: Zoom;
};

/** How large the picture is: 1 as it was drawn; as wide as there is room; all of it to be seen. */
export type Zoom = number | 'width' | 'whole';

/** A picture is not made wider than this many times its drawn width to fill the room. */
const WIDEN_MAX = 1.1;

/** The picture as an element; nothing in it can run, and its style is one that the policy knows. */
const pictureOf = (svg: string): SVGSVGElement | undefined => {
  const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
  const picture = document.importNode(parsed, true);
  if (!(picture instanceof SVGSVGElement)) return undefined;
  for (const script of picture.querySelectorAll('script')) script.remove();
  return picture;
};

const mark = (picture: Element, ids: readonly string[], name: string): void => {
  const wanted = new Set(ids);
  for (const element of picture.querySelectorAll(`.${name}`)) {
    if (!wanted.delete(element.id)) element.classList.remove(name);
  }
  for (const id of wanted) picture.querySelector(`#${CSS.escape(id)}`)?.classList.add(name);
};

export const ChartPicture = (props: ChartPictureProps) => {
  const { chart, active, taken, occasion, zoom } = props;
  const frame = useRef<HTMLDivElement | null>(null);
  const picture = useRef<SVGSVGElement | undefined>(undefined);
  const width = useRef(0);

  useLayoutEffect(() => {
    const element = pictureOf(chart.svg);
    picture.current = element;
    if (element === undefined) return;
    width.current = element.viewBox.baseVal.width;
    element.removeAttribute('width');
    element.removeAttribute('height');
    element.setAttribute('role', 'img');
    element.setAttribute('aria-label', `Statechart of ${chart.machine}`);
    frame.current?.replaceChildren(element);
  }, [chart]);

  useLayoutEffect(() => {
    if (picture.current === undefined) return;
    const { style } = picture.current;
    style.width = typeof zoom === 'number' ? `${width.current * zoom}px` : '100%';
    style.maxWidth = zoom === 'width' ? `${width.current * WIDEN_MAX}px` : 'none';
  }, [chart, zoom]);

  const isAround = (id: string): boolean => active.some((other) => other.startsWith(`${id}.`));
  const around = active.filter(isAround);
  const innermost = active.filter((id) => !isAround(id));
  useLayoutEffect(() => {
    if (picture.current === undefined) return;
    // `active` and `last` are the names that the picture's own style knows.
    mark(picture.current, around.map(stateElementId), 'around');
    mark(picture.current, innermost.map(stateElementId), 'active');
    mark(picture.current, taken.map(edgeElementId), 'last');
  }, [chart, active.join(' '), taken.join(' ')]);

  useEffect(() => {
    const [first] = innermost;
    const state = frame.current?.querySelector(`#${CSS.escape(stateElementId(first ?? ''))}`);
    state?.scrollIntoView({ block: 'center', inline: 'nearest' });
  }, [chart, props.actor]);

  useEffect(() => {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    for (const index of taken) {
      const edge = picture.current?.querySelector(`#${CSS.escape(edgeElementId(index))}`);
      edge?.animate([{ opacity: 0.2 }, { opacity: 1 }], { duration: 300 });
    }
  }, [occasion]);

  return (
    <div
      ref={frame}
      class={classes({
        'chart-frame': true,
        'is-over': props.isOver,
        'is-whole': zoom === 'whole',
      })}
      data-testid="chart"
      data-machine={chart.machine}
    />
  );
};
