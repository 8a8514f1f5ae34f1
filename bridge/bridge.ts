/**
 * Between the stream of an inspector and the receivers of @xstate/inspect. The stream is open only
 * while a receiver is there: a bridge that nobody uses costs the daemon nothing.
 */
import type { WebSocket } from 'ws';
import type { TraceRecord } from '../src/inspector/protocol.js';
import { RemoteSource } from '../src/inspector/remote-source.js';
import { fetchCharts } from './charts.js';
import { readFrame, type ReceiverCommand } from './command.js';
import { Mirror, type Charts, type Happening } from './mirror.js';
import { Receiver } from './receiver.js';
import { eventText, registerText, stateText, stopText, type Service } from './service.js';

/** Commands of one receiver that wait for the daemon's answer; more are dropped. Our guess. */
const COMMANDS_MAX = 16;
/** Lines that one receiver can make us log. Our guess. */
const COMPLAINTS_MAX = 20;

const TEXTS: Readonly<Record<Happening, (service: Service) => string>> = {
  register: registerText,
  event: eventText,
  state: stateText,
  stop: stopText,
};

export class Bridge {
  readonly #url: URL;
  readonly #source: RemoteSource;
  readonly #log: (line: string) => void;
  readonly #receivers = new Set<Receiver>();
  readonly #mirror = new Mirror((service, happening) => this.#happened(service, happening));
  #charts: Charts = {};
  #feed: Feed | undefined;

  /** `url` is the address of an inspector's page, with `?token=` where it needs one. */
  constructor(url: URL, log: (line: string) => void) {
    this.#url = url;
    this.#source = new RemoteSource(url);
    this.#log = log;
  }

  /** Serves a socket until it closes. */
  serve(socket: WebSocket): void {
    const receiver = new Receiver(socket, this.#mirror.services);
    let complaints = 0;
    let commands = 0;
    const complain = (line: string): void => {
      complaints += 1;
      if (complaints <= COMPLAINTS_MAX) this.#log(line);
    };
    this.#receivers.add(receiver);
    // A frame that is no WebSocket frame ends the connection; `close` follows.
    socket.on('error', (error) => complain(`a receiver is hung up on: ${error.message}`));
    socket.once('close', () => {
      this.#receivers.delete(receiver);
      if (this.#receivers.size === 0) this.#detach();
    });
    socket.on('message', (data, isBinary) => {
      const command = isBinary ? undefined : readFrame(String(data));
      if (command === undefined) return complain('a frame is passed over: it is no command');
      if (command.do === 'inspect') {
        this.#attach();
        return receiver.inspect();
      }
      if (commands >= COMMANDS_MAX) return complain('an event is dropped: too many at once');
      commands += 1;
      void this.#send(command).then((refusal) => {
        commands -= 1;
        if (refusal !== undefined) complain(`${command.event.type} is not sent: ${refusal}`);
      });
    });
  }

  /** Why it was not sent; undefined: it was. */
  async #send({
    sessionIds,
    event,
  }: Extract<ReceiverCommand, { do: 'send' }>): Promise<string | undefined> {
    const service = sessionIds.map((id) => this.#mirror.services.get(id)).find(isThere);
    if (service === undefined) return `there is no service ${sessionIds.join(' or ')}`;
    const { daemon, actor } = service;
    const { status, message } = await this.#source.control({ do: 'send', daemon, actor, event });
    return status === 200 ? undefined : message;
  }

  #happened(service: Service, happening: Happening): void {
    let text: string | undefined;
    for (const receiver of this.#receivers) {
      // Made once, and not at all when nobody has room for it.
      receiver.tell(service.sessionId, happening, () => (text ??= TEXTS[happening](service)));
    }
  }

  #attach(): void {
    this.#feed ??= new Feed(this.#source, (records) => this.#take(records));
  }

  #detach(): void {
    this.#feed?.close();
    this.#feed = undefined;
    this.#mirror.clear();
  }

  async #take(records: readonly TraceRecord[]): Promise<void> {
    const feed = this.#feed;
    // A daemon that was started again may be another version, with other charts.
    if (records.some(({ kind }) => kind === 'daemon')) await this.#loadCharts();
    if (this.#feed !== feed) return;
    for (const record of records) this.#mirror.apply(record);
  }

  async #loadCharts(): Promise<void> {
    try {
      this.#charts = await fetchCharts(this.#url);
    } catch (error) {
      // Those of before are better than none.
      this.#log(`the charts cannot be read: ${String(error)}`);
    }
    const damaged = this.#mirror.useCharts(this.#charts);
    if (damaged.length > 0) this.#log(`no machine can be made of: ${damaged.join(', ')}`);
  }
}

/** One subscription, whose batches are taken one after the other. */
class Feed {
  readonly #unsubscribe: () => void;
  #work = Promise.resolve();
  #isClosed = false;

  constructor(source: RemoteSource, take: (records: readonly TraceRecord[]) => Promise<void>) {
    this.#unsubscribe = source.subscribe((records) => {
      this.#work = this.#work.then(() => (this.#isClosed ? undefined : take(records)));
      return undefined;
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
  }
}

const isThere = (service: Service | undefined): service is Service => service !== undefined;
