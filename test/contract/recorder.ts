/** Keeps what it is told, and lets a test wait for it without sleeping. */
export class Recorder<Event extends { readonly type: string }> {
  readonly events: Event[] = [];
  readonly #waiting = new Set<() => void>();

  note(event: Event): void {
    this.events.push(event);
    for (const look of [...this.#waiting]) look();
  }

  /** All events of one type so far. */
  all<Type extends Event['type']>(type: Type): Extract<Event, { readonly type: Type }>[] {
    return this.events.filter(
      (event): event is Extract<Event, { readonly type: Type }> => event.type === type,
    );
  }

  /** Resolves as soon as this holds of what has been noted. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  /** The first event of this type, already noted or still to come. */
  async first<Type extends Event['type']>(
    type: Type,
  ): Promise<Extract<Event, { readonly type: Type }>> {
    await this.until(() => this.all(type).length > 0);
    const [event] = this.all(type);
    if (event === undefined) throw new Error(`no ${type}`);
    return event;
  }
}
