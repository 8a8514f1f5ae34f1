import type { ActorRefFrom } from 'xstate';
import type { supervisorMachine } from '../../machines/supervisor.js';
import type { Config } from '../config/config.js';
import type { ActiveView } from '../core/active-view.js';
import type { AddressBook } from '../core/address-book.js';
import type { Counters } from '../core/counters.js';
import type { HalfOpenSlots } from '../core/half-open-slots.js';
import type { LinkGroups } from '../core/link-groups.js';
import type { AddressExchange } from './address-exchange.js';
import type { Conduct } from './conduct.js';
import type { Connections } from './connections.js';
import type { Dialer } from './dialer.js';
import type { PeerAllowances } from './peer-allowances.js';
import type { Ports } from './ports.js';
import type { Router } from './router.js';
import type { Sharers } from './sharers.js';
import type { ViewKeeper } from './view-keeper.js';
import type { ViewUpkeep } from './view-upkeep.js';
import type { Watch } from './watch.js';

/** The root of a daemon's actor system. */
export type Root = ActorRefFrom<typeof supervisorMachine>;

/** What a daemon is made of, for those who wire it up. */
export type DaemonParts = {
  readonly config: Config;
  readonly ports: Ports;
  readonly counters: Counters;
  readonly watch: Watch;
  readonly view: ActiveView;
  readonly groups: LinkGroups;
  readonly book: AddressBook;
  readonly halfOpen: HalfOpenSlots;
  readonly connections: Connections;
  readonly allowances: PeerAllowances;
  readonly conduct: Conduct;
  readonly router: Router;
  readonly dialer: Dialer;
  readonly exchange: AddressExchange;
  readonly upkeep: ViewUpkeep;
  readonly sharers: Sharers;
  readonly keeper: ViewKeeper;
  /** Exists once everything else does. */
  readonly root: () => Root;
};
