import { parseAddress } from '../../../src/client/address.js';

describe('parseAddress', () => {
  it.each([
    ['127.0.0.1:7001', '127.0.0.1', 7_001],
    ['[::1]:7001', '::1', 7_001],
    ['gossip.example:65535', 'gossip.example', 65_535],
  ])('reads %s', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port });
  });

  it.each(['', '7001', ':7001', 'host', 'host:', 'host:0', 'host:65536', 'host:07', '::1:7001'])(
    'refuses "%s"',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );
});
