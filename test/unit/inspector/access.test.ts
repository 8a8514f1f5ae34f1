import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import {
  checkSite,
  checkToken,
  isLoopback,
  pageUrl,
  requiredToken,
  type Access,
} from '../../../src/inspector/access.js';

const TOKEN = 'a-long-word-hard-to-guess';

const access = (host = '127.0.0.1', port = 8011, token?: string): Access => ({
  address: { host, port },
  name: host,
  token,
});

const asked = (headers: Record<string, string>, localAddress = '127.0.0.1'): IncomingMessage => {
  const socket = new Socket();
  Object.defineProperty(socket, 'localAddress', { value: localAddress });
  const request = new IncomingMessage(socket);
  Object.assign(request.headers, headers);
  return request;
};

const statusOf = (refusal: ReturnType<typeof checkSite>): number | undefined => refusal?.status;

describe('the Host header', () => {
  it.each<[string, string, boolean]>([
    ['127.0.0.1', '127.0.0.1:8011', true],
    ['127.0.0.1', 'localhost:8011', true],
    ['127.0.0.1', 'LOCALHOST:8011', true],
    ['127.0.0.1', '[::1]:8011', true],
    ['127.0.0.1', '127.0.0.1:8012', false],
    ['127.0.0.1', '127.0.0.1', false],
    ['127.0.0.1', 'evil.example:8011', false],
    ['127.0.0.1', 'localhost.evil.example:8011', false],
    ['127.0.0.1', 'evil.example', false],
    ['127.0.0.1', '127.0.0.1:8011.evil.example', false],
    ['127.0.0.1', '', false],
    ['::1', '[::1]:8011', true],
    ['gossip.example', 'gossip.example:8011', true],
    ['gossip.example', 'evil.example:8011', false],
    ['0.0.0.0', '192.0.2.7:8011', true],
    ['0.0.0.0', '192.0.2.8:8011', false],
    ['0.0.0.0', 'evil.example:8011', false],
    ['192.0.2.9', '192.0.2.7:8011', false],
  ])('at %s may be %j: %s', (host, header, allowed) => {
    const request = asked({ host: header }, '192.0.2.7');
    expect(statusOf(checkSite(access(host), request, false))).toBe(allowed ? undefined : 403);
  });

  it('must be there', () => {
    expect(statusOf(checkSite(access(), asked({}), true))).toBe(403);
  });

  it('has no port where that is the usual one', () => {
    const request = asked({ host: 'localhost' });
    expect(checkSite(access('127.0.0.1', 80), request, false)).toBe(undefined);
  });

  it('knows the caller who came over IPv4 to an IPv6 socket', () => {
    const request = asked({ host: '192.0.2.7:8011' }, '::ffff:192.0.2.7');
    expect(checkSite(access('::'), request, false)).toBe(undefined);
  });
});

describe('the origin', () => {
  const host = '127.0.0.1:8011';

  it.each<[Record<string, string>, boolean]>([
    [{}, true],
    [{ origin: 'http://127.0.0.1:8011' }, true],
    [{ origin: 'http://localhost:8011' }, false],
    [{ origin: 'https://127.0.0.1:8011' }, false],
    [{ origin: 'http://evil.example' }, false],
    [{ origin: 'null' }, false],
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'none' }, true],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'same-site' }, false],
  ])('%j is taken for our own: %s', (headers, allowed) => {
    const refusal = checkSite(access(), asked({ host, ...headers }), false);
    expect(statusOf(refusal)).toBe(allowed ? undefined : 403);
  });

  it('may be another for a link to the page', () => {
    const request = asked({ host, 'sec-fetch-site': 'cross-site' });
    expect(checkSite(access(), request, true)).toBe(undefined);
  });
});

describe('the token', () => {
  const guarded = access('0.0.0.0', 8011, TOKEN);
  const url = (query: string): URL => new URL(`http://inspector/stream${query}`);

  it.each<[string, Record<string, string>, boolean]>([
    [`?token=${TOKEN}`, {}, true],
    ['', { authorization: `Bearer ${TOKEN}` }, true],
    ['', {}, false],
    ['?token=', {}, false],
    [`?token=${TOKEN}x`, {}, false],
    [`?token=${TOKEN.slice(1)}`, {}, false],
    ['', { authorization: `Basic ${TOKEN}` }, false],
    [`?token=${TOKEN}`, { authorization: 'Bearer wrong' }, false],
  ])('opens with %j %j: %s', (query, headers, opens) => {
    const refusal = checkToken(guarded, asked(headers), url(query));
    expect(statusOf(refusal)).toBe(opens ? undefined : 401);
  });

  it('is derived where others can connect, unless one is configured', () => {
    const required = (host: string, configured?: string) =>
      requiredToken(host, configured, () => 'derived');
    expect(['0.0.0.0', '::', '192.0.2.7'].map((host) => required(host))).toEqual(
      Array(3).fill('derived'),
    );
    expect(required('0.0.0.0', TOKEN)).toBe(TOKEN);
    expect(required('127.0.0.1')).toBe(undefined);
    expect(required('127.0.0.1', TOKEN)).toBe(TOKEN);
  });

  it('is not needed on loopback', () => {
    expect(['127.0.0.1', '127.8.8.8', '::1', 'localhost'].map(isLoopback)).not.toContain(false);
    expect(['0.0.0.0', '::', '128.0.0.1', '127.evil.example'].map(isLoopback)).not.toContain(true);
  });
});

describe('the address of the page', () => {
  it.each([
    ['127.0.0.1', 'http://127.0.0.1:8011/'],
    ['::1', 'http://[::1]:8011/'],
    ['0.0.0.0', 'http://127.0.0.1:8011/'],
    ['::', 'http://127.0.0.1:8011/'],
    ['gossip.example', 'http://gossip.example:8011/'],
  ])('at %s is %s', (host, url) => {
    expect(pageUrl({ host, port: 8011 }).href).toBe(url);
  });
});
