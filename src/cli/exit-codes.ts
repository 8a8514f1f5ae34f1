/** What the exit code of each command means, for scripts and service managers. Our choice. */
export const EXIT = {
  ok: 0,
  failed: 1,
  badConfig: 2,
  badUsage: 3,
  cannotListen: 4,
  badKey: 5,
  unreachable: 6,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'all went well; a daemon was asked to stop and did',
  failed: 'failed at run time',
  badConfig: 'a configuration, a flag over it or a scenario is unreadable or mistaken',
  badUsage: 'unknown command or flag, or an argument that is not allowed',
  cannotListen: 'an address cannot be listened on (in use, or not of this host)',
  badKey: 'the host key cannot be read, made or written, or is open to others',
  unreachable: 'no daemon answers at the API address, or no inspector at its own',
};

/** The table of exit codes as `hearsay --help` prints it, one line each. */
export const exitCodeTable = (): string =>
  (Object.keys(MEANINGS) as (keyof typeof EXIT)[])
    .map((name) => `  ${EXIT[name]}  ${MEANINGS[name]}`)
    .join('\n');
