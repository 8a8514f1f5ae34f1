/** Preloaded into a daemon: at SIGUSR2 its wall clock goes back an hour, at the next one forth. */
import process from 'node:process';

const HOUR_MS = 3_600_000;
const now = Date.now;
let shiftMs = 0;
Date.now = () => now() - shiftMs;
process.on('SIGUSR2', () => {
  shiftMs = HOUR_MS - shiftMs;
});
