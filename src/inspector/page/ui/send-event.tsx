/** Sends an event to an actor, where the daemon lets a person do so. */
import { useState } from 'preact/hooks';
import type { Plain } from '../../protocol.js';
import { sendableEvents } from '../charts.js';
import type { Actor } from '../model.js';
import { isObject } from '../text.js';
import type { Store } from './store.js';

const FIRST = '{ "type": "" }';

type Sent = { readonly type: string; readonly [key: string]: Plain };

/** The event that a text is, or what is wrong with it. */
const readEvent = (text: string): Sent | string => {
  try {
    const value = JSON.parse(text) as Plain;
    if (!isObject(value)) return 'an event is a JSON object';
    const { type } = value;
    if (typeof type !== 'string' || type === '') return 'an event has a "type"';
    return { ...value, type };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

export const SendEvent = ({ store, actor }: { readonly store: Store; readonly actor: Actor }) => {
  const [text, setText] = useState(FIRST);
  const [problem, setProblem] = useState('');
  const chart = store.charts.get(actor.machine);
  const send = async (): Promise<void> => {
    const event = readEvent(text);
    if (typeof event === 'string') {
      setProblem(event);
      return;
    }
    setProblem('');
    const { daemon, name } = actor;
    await store.command({ do: 'send', daemon, actor: name, event }, `${event.type} to ${actor.id}`);
  };
  return (
    <form
      class="send-event"
      data-testid="send-event"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <h3>Send an event</h3>
      {chart !== undefined && (
        <select
          aria-label="Event of the machine"
          data-testid="send-type"
          value=""
          onChange={({ currentTarget }) => {
            setText(`{ "type": ${JSON.stringify(currentTarget.value)} }`);
          }}
        >
          <option value="">Events of {chart.machine} …</option>
          {sendableEvents(chart).map((event) => (
            <option key={event} value={event}>
              {event}
            </option>
          ))}
        </select>
      )}
      <textarea
        class="mono"
        rows={4}
        spellcheck={false}
        aria-label="Event as JSON"
        data-testid="send-json"
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
        }}
      />
      {problem !== '' && <p class="error-text">{problem}</p>}
      <button type="submit" data-testid="send">
        Send
      </button>
    </form>
  );
};
