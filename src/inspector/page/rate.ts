/** How often something happens, from the times alone: the weight of an event fades away. */

/** Time in which the weight of an event falls to 1/e, in milliseconds. */
const FADING_MS = 5_000;

export type Rate = { readonly perSecond: number; readonly atMs: number };

export const NO_RATE: Rate = { perSecond: 0, atMs: 0 };

/** Events a second as seen at `nowMs`. */
export const rateAt = ({ perSecond, atMs }: Rate, nowMs: number): number =>
  perSecond * Math.exp(-Math.max(0, nowMs - atMs) / FADING_MS);

/** The rate with one event more. */
export const counted = (rate: Rate, atMs: number): Rate => ({
  perSecond: rateAt(rate, atMs) + 1_000 / FADING_MS,
  atMs: Math.max(rate.atMs, atMs),
});
