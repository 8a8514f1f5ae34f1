/** The machines of this program, found by looking into their folder: a new file is picked up. */
import { readdirSync } from 'node:fs';
import type { AnyStateMachine } from 'xstate';

const FOLDER = new URL('../../machines/', import.meta.url);

/** By its shape: the XState of the folder need not be the one that we are bundled with. */
const isMachine = (thing: unknown): thing is AnyStateMachine =>
  typeof thing === 'object' && thing !== null && 'root' in thing && 'provide' in thing;

/** Every machine that a file of `machines/` exports, by the name of the file. */
export const allMachines = async (): Promise<AnyStateMachine[]> => {
  const found: AnyStateMachine[] = [];
  const files = readdirSync(FOLDER).filter(
    (file) => /\.[jt]s$/.test(file) && !file.endsWith('.d.ts'),
  );
  // One after the other: the test runner cannot load modules that import each other at once.
  for (const file of files.sort()) {
    const exported = (await import(new URL(file, FOLDER).href)) as Record<string, unknown>;
    found.push(...Object.values(exported).filter(isMachine));
  }
  return found;
};
