/** The machines of this program, found by looking into their folder: a new file is picked up. */
import { readdirSync } from 'node:fs';
import { StateMachine, type AnyStateMachine } from 'xstate';

const FOLDER = new URL('../../machines/', import.meta.url);

const isMachine = (thing: unknown): thing is AnyStateMachine => thing instanceof StateMachine;

/** Every machine that a file of `machines/` exports, by the name of the file. */
export const allMachines = async (): Promise<AnyStateMachine[]> => {
  const found: AnyStateMachine[] = [];
  const names = readdirSync(FOLDER)
    .filter((file) => /\.[jt]s$/.test(file) && !file.endsWith('.d.ts'))
    .map((file) => file.replace(/\.[jt]s$/, ''));
  // One after the other: the test runner cannot load modules that import each other at once.
  for (const name of names.sort()) {
    const exported = (await import(`../../machines/${name}.js`)) as Record<string, unknown>;
    found.push(...Object.values(exported).filter(isMachine));
  }
  return found;
};
