import { parseReadyLine, describeExit } from '../../../src/cli/daemon-process.js';
import { formatSections, labSections, mergeSections } from '../../../src/cli/lab-config.js';
import { parseConfig } from '../../../src/config/parse.js';

describe('parseReadyLine', () => {
  const identity = 'ab'.repeat(32);

  it('reads where a daemon listens and who it is', () => {
    expect(
      parseReadyLine(`hearsay ready p2p=127.0.0.1:1 api=[::1]:2 identity=${identity}`),
    ).toEqual({ p2p: '127.0.0.1:1', api: '[::1]:2', identity });
  });

  it.each([
    '',
    'hearsay ready',
    `hearsay ready p2p=127.0.0.1:1 api=[::1]:2 identity=${identity}0`,
    ` hearsay ready p2p=127.0.0.1:1 api=[::1]:2 identity=${identity}`,
  ])('takes "%s" for another line', (line) => {
    expect(parseReadyLine(line)).toBeUndefined();
  });
});

describe('describeExit', () => {
  it('names the signal, or else the code', () => {
    expect(describeExit({ code: null, signal: 'SIGKILL' })).toBe('SIGKILL');
    expect(describeExit({ code: 4, signal: null })).toBe('exit code 4');
  });
});

describe('the configuration of a lab daemon', () => {
  it('is one that the daemon takes without a warning', () => {
    const parsed = parseConfig(formatSections(labSections('/some where/#1; x', 0)));
    expect(parsed).toMatchObject({
      ok: true,
      warnings: [],
      config: {
        identity: { hostkey: '/some where/#1; x/hostkey.pem' },
        peers: { p2pAddress: { host: '127.0.0.1', port: 0 }, lab: true },
        api: { apiAddress: { host: '127.0.0.1', port: 0 } },
        handshake: { difficulty: 0 },
      },
    });
  });

  it('is overridden key by key', () => {
    const under = { hostkey: 'a', gossip: { degree: 1, lab: true } };
    expect(
      mergeSections(under, { hostkey: 'b', gossip: { degree: 2 }, log: { level: 'warn' } }),
    ).toEqual({ hostkey: 'b', gossip: { degree: 2, lab: true }, log: { level: 'warn' } });
  });
});
