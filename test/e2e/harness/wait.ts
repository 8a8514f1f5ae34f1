import { setTimeout as delay } from 'node:timers/promises';

/** How long the harness waits for anything before it gives up, unless told otherwise. */
export const WAIT_MS = 10_000;

/**
 * `promise`, or a rejection that says what did not happen in time.
 */
export const within = async <Value>(
  promise: Promise<Value>,
  timeoutMs: number,
  what: () => string,
): Promise<Value> => {
  const controller = new AbortController();
  const late = delay(timeoutMs, undefined, { signal: controller.signal }).then(
    (): never => {
      throw new Error(`not within ${timeoutMs} ms: ${what()}`);
    },
    // Aborted: the promise has settled, and nobody looks at this one any more.
    () => promise,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    controller.abort();
  }
};

/**
 * Asks again and again, for what can only be asked and never announces itself: metrics. Whatever
 * has
 * a log line, a frame or an event is waited for by that.
 */
export const waitUntil = async (
  predicate: () => Promise<boolean>,
  {
    what,
    timeoutMs = WAIT_MS,
  }: { readonly what: string | (() => string); readonly timeoutMs?: number },
): Promise<void> => {
  const deadline = performance.now() + timeoutMs;
  while (!(await predicate())) {
    if (performance.now() > deadline) {
      const missing = typeof what === 'string' ? what : what();
      throw new Error(`not within ${timeoutMs} ms: ${missing}`);
    }
    await delay(25);
  }
};
