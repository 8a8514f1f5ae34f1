/** Thrown when a machine runs under a runner that did not provide one of its effects. */
export class EffectNotProvidedError extends Error {
  override readonly name = 'EffectNotProvidedError';
  constructor(effectName: string) {
    super(`no runner provided the effect "${effectName}"`);
  }
}

/**
 * Declares an effect: something a machine wants done outside itself. The machine says what and
 * when; the runner says how, through `implement` in `src/runtime`. Under the pure
 * `transition()` of the unit and model tests it is returned, with its params, and never run.
 *
 * @throws EffectNotProvidedError when it is run before a runner has provided it.
 */
export const effect =
  <Params>(name: string) =>
  (_args: unknown, _params: Params): void => {
    throw new EffectNotProvidedError(name);
  };
