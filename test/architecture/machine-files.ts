/** The machines of the folder, found by looking: a new file is picked up. */
import { readdirSync } from 'node:fs';
import { StateMachine, type AnyStateMachine } from 'xstate';

const FOLDER = new URL('../../machines/', import.meta.url);

export type MachineFile = {
  /** Without its ending. */
  readonly name: string;
  readonly machines: readonly AnyStateMachine[];
};

const isMachine = (thing: unknown): thing is AnyStateMachine => thing instanceof StateMachine;

/** Every file of `machines/`, with the machines that it exports. */
export const machineFiles = async (): Promise<MachineFile[]> => {
  const files: MachineFile[] = [];
  const sources = readdirSync(FOLDER).filter((file) => file.endsWith('.ts'));
  // One after the other: the test runner cannot load modules that import each other at once.
  for (const file of sources.sort()) {
    const name = file.slice(0, -'.ts'.length);
    const exported = (await import(`../../machines/${name}.js`)) as Record<string, unknown>;
    files.push({ name, machines: Object.values(exported).filter(isMachine) });
  }
  return files;
};
