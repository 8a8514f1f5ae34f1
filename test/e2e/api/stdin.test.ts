import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatSections, labSections } from '../../../src/cli/lab-config.js';
import { onStopAll, temporaryFolder } from '../harness/cleanup.js';
import { MAIN_PATH, stopAll } from '../harness/daemon.js';

describe('a daemon that is to stop when stdin ends', () => {
  afterEach(stopAll);

  it.each(['/dev/null', 'a file', 'a pipe'])('stops in order where that is %s', async (what) => {
    const folder = temporaryFolder();
    const config = join(folder, 'hearsay.ini');
    writeFileSync(config, formatSections(labSections(folder, 0)));
    const path = what === 'a file' ? config : '/dev/null';
    const stdin = what === 'a pipe' ? 'pipe' : openSync(path, 'r');
    const args = [MAIN_PATH, 'run', '-c', config, '--until-stdin-ends'];
    const daemon = spawn(process.execPath, args, { stdio: [stdin, 'ignore', 'pipe'] });
    onStopAll(async () => void daemon.kill('SIGKILL'));
    let log = '';
    daemon.stderr?.on('data', (text: Buffer) => (log += text.toString()));
    daemon.stdin?.end();
    expect(await once(daemon, 'close')).toEqual([0, null]);
    expect(log).toMatch(/ stopped\n$/);
  });
});
