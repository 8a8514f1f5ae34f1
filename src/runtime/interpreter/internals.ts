/**
 * What XState has and its types keep to themselves, in one place: a new version of XState may
 * change it. `test/unit/runtime/interpreter.test.ts` compares with XState's own interpreter.
 */
import type { AnyActorRef, AnyEventObject } from 'xstate';

export type System = AnyActorRef['system'];

/** The actors of one daemon together, with all that XState knows of them. */
export type OpenSystem = System & {
  readonly _snapshot: object;
  readonly _relay: (source: AnyActorRef, target: AnyActorRef, event: AnyEventObject) => void;
  readonly _sendInspectionEvent: (told: unknown) => void;
};

type OpenActor = AnyActorRef & { readonly _processingStatus: number };

/** XState's `ProcessingStatus.Running`. */
const RUNNING = 1;

export const opened = (system: System): OpenSystem => system as OpenSystem;

/** An actor that has not begun defers its actions, which is the executor's business. */
export const isRunning = (self: AnyActorRef): boolean =>
  (self as OpenActor)._processingStatus === RUNNING;
