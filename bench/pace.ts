/** Items at a steady rate, whatever becomes of them. */

/** Items are announced in bursts, one a tick. */
const TICK_MS = 5;
/** Late is late: what a busy machine kept from being announced does not follow in one burst. */
const BURST_TICKS = 4;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Announces `count` items, at most `rate` a second; returns how many a second it came to. */
export const announceAtRate = async (
  announce: (number: number) => void,
  { count, rate }: { readonly count: number; readonly rate: number },
): Promise<number> => {
  const startMs = performance.now();
  let lastMs = startMs;
  let owed = 0;
  for (let number = 0; number < count;) {
    await pause(TICK_MS);
    const nowMs = performance.now();
    owed += (Math.min(nowMs - lastMs, BURST_TICKS * TICK_MS) / 1_000) * rate;
    lastMs = nowMs;
    for (; owed >= 1 && number < count; owed -= 1, number += 1) announce(number);
  }
  return count / ((performance.now() - startMs) / 1_000);
};
