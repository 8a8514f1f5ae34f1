#!/usr/bin/env node
import { dispatch } from './cli/dispatch.js';
import { processTerminal } from './cli/terminal.js';

const argv = process.argv.slice(2);
const isDaemon = argv[0] === 'run' || argv[0]?.startsWith('-') === true;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A daemon outlives whoever read its first lines; the others have nobody left to talk to.
  if (!isDaemon) process.exit(error.code === 'EPIPE' ? 0 : 1);
});

process.exitCode = await dispatch(argv, processTerminal);
