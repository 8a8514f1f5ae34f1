/** What a machine is made of, as XState has it and its types do not say: actions and guards. */
import type {
  AnyActorLogic,
  AnyActorRef,
  AnyActorScope,
  AnyEventObject,
  AnyMachineSnapshot,
} from 'xstate';
import type { Context } from './snapshot.js';

/** What an effect, and a builtin action, is called with. */
export type Arguments = {
  readonly context: Context;
  readonly event: AnyEventObject;
  readonly self: AnyActorRef;
  readonly system: AnyActorRef['system'];
};

export type Mapper = (args: unknown, params: unknown) => unknown;

export type Extra = {
  readonly internalQueue: AnyEventObject[];
  readonly deferredActorIds: undefined;
};

/** One of XState's own actions: a function that carries what it was made with. */
export type Builtin = {
  readonly type: string;
  readonly resolve?: (
    scope: AnyActorScope,
    snapshot: AnyMachineSnapshot,
    args: Arguments,
    params: unknown,
    action: Builtin,
    extra: Extra,
  ) => readonly [snapshot: unknown, params: unknown, more: readonly unknown[] | undefined];
  readonly execute?: (scope: AnyActorScope, params: unknown) => void;
  /** Of `assign`. */
  readonly assignment?: Mapper | Readonly<Record<string, unknown>>;
  /** Of `spawnChild`. */
  readonly id?: string | Mapper;
  readonly src?: string | AnyActorLogic;
  readonly input?: unknown;
  readonly systemId?: string;
  readonly syncSnapshot?: boolean;
  /** Of `stopChild`. */
  readonly actorRef?: string | AnyActorRef | Mapper;
};

export type Guard = string | Mapper | { readonly type: string; readonly params?: unknown };
export type CombinedGuard = Mapper & {
  readonly check?: (snapshot: AnyMachineSnapshot, args: unknown, guard: unknown) => boolean;
};

export const nameOf = (guard: Guard): string =>
  typeof guard === 'string' ? guard : typeof guard === 'object' ? guard.type : '';

export const paramsOf = (params: unknown, args: unknown): unknown =>
  typeof params === 'function' ? (params as Mapper)(args, undefined) : params;

/** Our machines spawn by an action, where the inspector sees it. */
export const noSpawn = (): never => {
  throw new Error('an assignment may not spawn: use spawnChild');
};
