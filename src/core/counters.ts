/**
 * Counters and gauges by name. A counter only grows; a gauge is read when somebody asks. Names
 * are the metric names without the `hearsay_` prefix; a label goes in braces as Prometheus has it.
 */
export class Counters {
  readonly #counts = new Map<string, number>();
  readonly #gauges = new Map<string, () => number>();

  count(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  gauge(name: string, read: () => number): void {
    this.#gauges.set(name, read);
  }

  get(name: string): number {
    return this.#counts.get(name) ?? this.#gauges.get(name)?.() ?? 0;
  }

  /** Name and value of each, sorted by name. */
  entries(): {
    readonly name: string;
    readonly kind: 'counter' | 'gauge';
    readonly value: number;
  }[] {
    const counters = [...this.#counts].map(([name, value]) => ({
      name,
      kind: 'counter' as const,
      value,
    }));
    const gauges = [...this.#gauges].map(([name, read]) => ({
      name,
      kind: 'gauge' as const,
      value: read(),
    }));
    return [...counters, ...gauges].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
