import type { Random } from '../../src/core/prng.js';

/** A fuzzed part of the program, set up and ready. */
export type Session = {
  /**
   * Feeds some frames (or texts) to it and checks what must hold whatever they were. Returns how
   * many they were. What it throws is a finding.
   */
  round(random: Random): number | Promise<number>;
  /** Ends it, and checks that nothing is left. */
  close(): void | Promise<void>;
};

export type Target = {
  readonly name: string;
  readonly what: string;
  open(random: Random): Session | Promise<Session>;
};

/** Says what does not hold. */
export const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};
