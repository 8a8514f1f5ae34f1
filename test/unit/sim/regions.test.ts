import { REGIONS, RegionMap, type Region } from '../../../src/sim/regions.js';

const hosts = Array.from({ length: 2_000 }, (_, at) => `10.${at >> 8}.${at & 0xff}.1`);

describe('the region map', () => {
  it('places a host by the seed and its name, not by the order of questions', () => {
    const one = new RegionMap(7);
    const other = new RegionMap(7);
    const forward = hosts.map((host) => one.regionOf(host));
    const backward = [...hosts].reverse().map((host) => other.regionOf(host));
    expect(backward.reverse()).toEqual(forward);
    const elsewhere = new RegionMap(8);
    expect(hosts.map((host) => elsewhere.regionOf(host))).not.toEqual(forward);
  });

  it('fills every region, most of all the large ones', () => {
    const map = new RegionMap(1);
    const counts = new Map<Region, number>();
    for (const host of hosts)
      counts.set(map.regionOf(host), (counts.get(map.regionOf(host)) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual([...REGIONS].sort());
    expect(counts.get('us-east')).toBeGreaterThan(counts.get('us-west') ?? 0);
  });

  it('keeps hosts of one region 1 to 5 ms apart, and both directions alike', () => {
    const map = new RegionMap(1);
    for (const host of hosts.slice(0, 200)) map.place(host, 'eu-west');
    for (const host of hosts.slice(1, 200)) {
      const ms = map.oneWayMs('10.0.0.1', host);
      expect(ms).toBeGreaterThanOrEqual(1);
      expect(ms).toBeLessThanOrEqual(5);
      expect(map.oneWayMs(host, '10.0.0.1')).toBe(ms);
    }
  });

  it.each<[Region, Region, number]>([
    ['us-east', 'us-west', 32],
    ['eu-west', 'eu-central', 12.5],
    ['sa-east', 'ap-southeast', 170],
  ])('takes from %s to %s half a round trip and the access lines', (from, to, ms) => {
    const map = new RegionMap(1);
    map.place('a', from);
    map.place('b', to);
    expect(map.oneWayMs('a', 'b')).toBeGreaterThanOrEqual(ms + 1);
    expect(map.oneWayMs('a', 'b')).toBeLessThanOrEqual(ms + 5);
    expect(map.oneWayMs('b', 'a')).toBe(map.oneWayMs('a', 'b'));
  });
});
