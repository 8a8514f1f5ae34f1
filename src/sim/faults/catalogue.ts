/** Every fault that a scenario may name. */
import type { Fault } from './fault.js';
import { hostFaults } from './hosts.js';
import { memberFaults } from './members.js';
import { pathFaults } from './paths.js';
import { processFaults } from './processes.js';

export const FAULTS: ReadonlyMap<string, Fault> = new Map(
  [...processFaults, ...pathFaults, ...hostFaults, ...memberFaults].map((fault) => [
    fault.name,
    fault,
  ]),
);
