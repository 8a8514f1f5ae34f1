/** Links and views for tests, by number. */
import { ActiveView, type Link } from '../../../src/core/active-view.js';
import { seededRandom } from '../../../src/core/prng.js';

export const identityOf = (number: number): string => number.toString(16).padStart(64, '0');
export const OWN = identityOf(1_000);
/** Long after every link of these tests has come. */
export const NOW = 60_000;

type Shape = Partial<Omit<Link, 'address' | 'active'>> & { readonly host?: string };

export const linkOf = (connection: number, shape: Shape = {}): Omit<Link, 'active'> => {
  const { host = `20.0.${connection}.1`, ...rest } = shape;
  const address = { family: 4, host, port: 6_001 } as const;
  const identity = identityOf(connection);
  const direction = 'outbound';
  return { connection, identity, address, direction, purpose: 'neighbor', sinceMs: 0, ...rest };
};

export const viewOf = (
  options: Partial<ConstructorParameters<typeof ActiveView>[0]> = {},
  seed: string | number = 1,
): ActiveView => {
  const counts = { degree: 3, minConnections: 2, maxConnections: 4 };
  return new ActiveView({
    identity: OWN,
    ...counts,
    lab: false,
    random: seededRandom(seed),
    ...options,
  });
};
