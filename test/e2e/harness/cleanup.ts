import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const cleanups: (() => Promise<void>)[] = [];

/** Has `stopAll` run this, the latest first. */
export const onStopAll = (cleanup: () => Promise<void>): void => {
  cleanups.push(cleanup);
};

/** A temporary folder that `stopAll` removes. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-e2e-'));
  onStopAll(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** For `afterEach`: closes clients, kills what still runs, removes the temporary folders. */
export const stopAll = async (): Promise<void> => {
  const failures: unknown[] = [];
  for (const cleanup of cleanups.splice(0).reverse()) {
    await cleanup().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, 'cleaning up failed');
};
