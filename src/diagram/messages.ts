/** Who spawns whom and who tells whom what, as far as the definitions say. */
import type { ActionUse } from './actions.js';
import type { Chart } from './chart.js';

/** One kind of event that one machine sends to another. */
export type Message = {
  readonly from: string;
  readonly to: string;
  /** An event, or a family of them: "link.*". Undefined: only a run could tell. */
  readonly event: string | undefined;
  /** The actions that send it. */
  readonly actions: readonly string[];
};

/** Every use of an action in a chart. */
export const usesIn = ({ states, transitions }: Chart): ActionUse[] => [
  ...states.flatMap(({ entry, exit }) => [...entry, ...exit]),
  ...transitions.flatMap(({ actions }) => actions),
];

/** The machines that spawn this one. */
export const parentsOf = (charts: readonly Chart[], machine: string): string[] =>
  charts.filter(({ actors }) => actors.includes(machine)).map((chart) => chart.machine);

const receivers = (charts: readonly Chart[], from: string, to: string): string[] =>
  to === 'parent' ? parentsOf(charts, from) : to === 'itself' ? [from] : [to];

/** What the machines send each other, by sender, receiver and event. */
export const messagesOf = (charts: readonly Chart[]): Message[] => {
  const messages = new Map<string, Message>();
  for (const chart of charts) {
    for (const { kind, name, to, event } of usesIn(chart)) {
      if (kind !== 'send' && kind !== 'raise') continue;
      for (const receiver of to.flatMap((who) => receivers(charts, chart.machine, who))) {
        const key = [chart.machine, receiver, event].join(' ');
        const actions = new Set([...(messages.get(key)?.actions ?? []), name]);
        messages.set(key, { from: chart.machine, to: receiver, event, actions: [...actions] });
      }
    }
  }
  return [...messages.values()].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
};

const keyOf = ({ from, to, event = '' }: Message): string => [from, to, event].join(' ');

/** True when a handler's name, which may end in `*`, is about an event or family of events. */
const isAbout = (handler: string, event: string): boolean =>
  handler === event || (handler.endsWith('*') && event.startsWith(handler.slice(0, -1)));

/** Events that a machine handles and no other sends: its runner does. */
export const eventsFromOutside = (charts: readonly Chart[], chart: Chart): string[] => {
  const sent = messagesOf(charts).filter(({ to }) => to === chart.machine);
  return chart.events.filter(
    (handler) =>
      !sent.some(
        ({ event }) => event !== undefined && (isAbout(handler, event) || isAbout(event, handler)),
      ),
  );
};
