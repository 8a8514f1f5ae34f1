/** The actors of the daemons of one stream, as services: what a receiver is told comes from here. */
import type { AnyStateMachine } from 'xstate';
import type { Chart } from '../src/diagram/chart.js';
import {
  TRACE_VERSION,
  type ActorName,
  type ActorRecord,
  type DaemonName,
  type DaemonRecord,
  type EventRecord,
  type StateRecord,
  type TraceRecord,
} from '../src/inspector/protocol.js';
import { machineOf, opaqueMachine } from './definition.js';
import type { Service } from './service.js';

/** What happened to a service. */
export type Happening = 'register' | 'event' | 'state' | 'stop';

/** Charts by machine, as the inspector gives them. */
export type Charts = { readonly [machine: string]: Chart | undefined };

export class Mirror {
  /** Those that live by session id, parents before their children. */
  readonly services = new Map<string, Service>();
  readonly #tell: (service: Service, happening: Happening) => void;
  /** Of each daemon, how many times its stream began: so no session id comes twice. */
  readonly #runs = new Map<DaemonName, number>();
  readonly #refused = new Set<DaemonName>();
  #machines = new Map<string, AnyStateMachine>();

  constructor(tell: (service: Service, happening: Happening) => void) {
    this.#tell = tell;
  }

  /**
   * From now on actors are shown by these charts. Returns the names of those that make no machine.
   */
  useCharts(charts: Charts): string[] {
    const damaged: string[] = [];
    this.#machines = new Map();
    for (const [name, chart] of Object.entries(charts)) {
      try {
        if (chart !== undefined) this.#machines.set(name, machineOf(chart));
      } catch {
        damaged.push(name);
      }
    }
    return damaged;
  }

  /** Messages, items and the peer view have no place in the protocol of the receivers. */
  apply(record: TraceRecord): void {
    switch (record.kind) {
      case 'daemon':
        return this.#begin(record);
      case 'gone':
        return this.#stopAll(record.daemon);
      case 'actor':
        return this.#register(record);
      case 'event':
        return this.#received(record);
      case 'state':
        return this.#stands(record);
      case 'end':
        return this.#stop(this.#service(record.daemon, record.actor));
      case 'message':
      case 'item':
      case 'view':
      case 'sampled':
        return;
    }
  }

  /** Forgets all services; nobody is told. */
  clear(): void {
    this.services.clear();
  }

  #begin({ daemon, version }: DaemonRecord): void {
    this.#stopAll(daemon);
    this.#runs.set(daemon, (this.#runs.get(daemon) ?? 0) + 1);
    if (version === TRACE_VERSION) this.#refused.delete(daemon);
    else this.#refused.add(daemon);
  }

  #register({ daemon, actor, id, machine: name, parent, value, context }: ActorRecord): void {
    if (this.#refused.has(daemon)) return;
    let machine = this.#machines.get(name);
    if (machine === undefined) {
      machine = opaqueMachine(name);
      this.#machines.set(name, machine);
    }
    const service: Service = {
      sessionId: this.#sessionId(daemon, actor),
      parent: parent === undefined ? undefined : this.#sessionId(daemon, parent),
      ...{ id, daemon, actor, machine, value, context },
      event: undefined,
    };
    this.services.set(service.sessionId, service);
    this.#tell(service, 'register');
  }

  #received({ daemon, actor, from, type, event, after, changed }: EventRecord): void {
    const service = this.#service(daemon, actor);
    if (service === undefined) return;
    const origin = from === undefined ? undefined : this.#sessionId(daemon, from);
    service.event = { type, event, origin };
    this.#tell(service, 'event');
    this.#moved(service, after, changed);
  }

  #stands({ daemon, actor, value, changed }: StateRecord): void {
    const service = this.#service(daemon, actor);
    if (service !== undefined) this.#moved(service, value, changed);
  }

  #moved(service: Service, value: Service['value'], changed: Service['context']): void {
    service.value = value;
    service.context = { ...service.context, ...changed };
    this.#tell(service, 'state');
  }

  #stopAll(daemon: DaemonName): void {
    for (const service of this.services.values()) {
      if (service.daemon === daemon) this.#stop(service);
    }
  }

  #stop(service: Service | undefined): void {
    if (service === undefined) return;
    this.services.delete(service.sessionId);
    this.#tell(service, 'stop');
  }

  #service(daemon: DaemonName, actor: ActorName): Service | undefined {
    return this.services.get(this.#sessionId(daemon, actor));
  }

  #sessionId(daemon: DaemonName, actor: ActorName): string {
    return `${daemon}.${this.#runs.get(daemon) ?? 0}/${actor}`;
  }
}
