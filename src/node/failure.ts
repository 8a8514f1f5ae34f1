import { types } from 'node:util';

/** The system's code of a failure, for instance `ENOENT`; undefined where there is none. */
export const failureCode = (failure: unknown): string | undefined =>
  types.isNativeError(failure) && 'code' in failure ? String(failure.code) : undefined;

/** What went wrong, in one line: the failure's message, or its code where it has none. */
export const describeFailure = (failure: unknown): string => {
  if (!types.isNativeError(failure)) return String(failure);
  // A dial that failed at each of several addresses has a code and no message.
  return failure.message === '' ? (failureCode(failure) ?? failure.name) : failure.message;
};
