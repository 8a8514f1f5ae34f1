/** What went wrong, in one line: the system's code where there is one, else the message. */
export const describeFailure = (failure: unknown): string => {
  if (!(failure instanceof Error)) return String(failure);
  const code = (failure as NodeJS.ErrnoException).code;
  // Node says `connect ECONNREFUSED 127.0.0.1:1`, but nothing at all for several failed addresses.
  return failure.message === '' && code !== undefined ? code : failure.message;
};
