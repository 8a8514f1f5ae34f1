import { Counters } from '../../../src/core/counters.js';
import { prometheusText, serveMetrics, type MetricsServer } from '../../../src/node/metrics.js';

const makeCounters = (): Counters => {
  const counters = new Counters();
  counters.count('items_total', 3);
  counters.count('closed_total{reason="stall"}');
  counters.count('closed_total_late', 4);
  counters.count('closed_total{reason="asked"}', 2);
  counters.gauge('links', () => 20);
  return counters;
};

describe('prometheusText', () => {
  it('has one type line per name, with all its values behind it', () => {
    expect(prometheusText(makeCounters())).toBe(
      [
        '# TYPE hearsay_closed_total_late counter',
        'hearsay_closed_total_late 4',
        '# TYPE hearsay_closed_total counter',
        'hearsay_closed_total{reason="asked"} 2',
        'hearsay_closed_total{reason="stall"} 1',
        '# TYPE hearsay_items_total counter',
        'hearsay_items_total 3',
        '# TYPE hearsay_links gauge',
        'hearsay_links 20',
        '',
      ].join('\n'),
    );
  });

  it('has words for what is not finite', () => {
    const counters = new Counters();
    for (const [name, value] of Object.entries({ a: Infinity, b: -Infinity, c: NaN })) {
      counters.gauge(name, () => value);
    }
    expect(prometheusText(counters).match(/(?<=hearsay_. )\S+(?=\n)/g)).toEqual([
      'gauge',
      '+Inf',
      'gauge',
      '-Inf',
      'gauge',
      'NaN',
    ]);
  });
});

describe('serveMetrics', () => {
  let server: MetricsServer;
  const url = (path: string): string => `http://127.0.0.1:${server.address.port}${path}`;
  beforeEach(async () => {
    server = await serveMetrics({ host: '127.0.0.1', port: 0 }, makeCounters());
  });
  afterEach(() => server.close());

  it('shows the counters as they are now', async () => {
    const response = await fetch(url('/metrics'));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).toContain('hearsay_items_total 3\n');
  });

  it.each([
    ['GET', '/'],
    ['GET', '/metrics/../secret'],
    ['POST', '/metrics'],
  ])('finds nothing at %s %s', async (method, path) => {
    const response = await fetch(url(path), { method });
    expect([response.status, await response.text()]).toEqual([404, 'not found\n']);
  });
});
