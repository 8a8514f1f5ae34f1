/**
 * Where hosts stand in the world and how long a packet takes between them: eight cloud regions.
 * A plain object, of use with daemons and without.
 */
import { seededRandom, type Random } from '../core/prng.js';

/** The regions, in the order of `ROUND_TRIPS_MS`. */
export const REGIONS = [
  'us-east',
  'us-west',
  'eu-west',
  'eu-central',
  'sa-east',
  'ap-southeast',
  'ap-northeast',
  'ap-south',
] as const;

export type Region = (typeof REGIONS)[number];

/**
 * Median round trips between regions in ms, upper half; within a region hosts are as far apart as
 * their access lines.
 *
 * Provenance: Microsoft's "Azure network round-trip latency statistics", P50 of a month, as of July
 * 2023, for East US, West US, North Europe (Dublin), Germany West Central (Frankfurt), Brazil
 * South, Southeast Asia (Singapore), Japan East, Central India. That edition lacks the pairs among
 * us-east, eu-west, eu-central and ap-southeast: those six are our estimates, to 5 ms.
 */
const ROUND_TRIPS_MS: readonly (readonly number[])[] = [
  [0, 64, 70, 90, 115, 220, 156, 202],
  [64, 0, 132, 147, 180, 169, 106, 218],
  [70, 132, 0, 25, 170, 180, 232, 138],
  [90, 147, 25, 0, 189, 160, 217, 129],
  [115, 180, 170, 189, 0, 340, 275, 305],
  [220, 169, 180, 160, 340, 0, 70, 50],
  [156, 106, 232, 217, 275, 70, 0, 118],
  [202, 218, 138, 129, 305, 50, 118, 0],
];

/**
 * How many of a hundred hosts stand in each region. Our guess, after where public peer-to-peer
 * networks have their nodes: two fifths each in North America and Europe. With these a random mesh
 * of degree 8-12 and 2 ms of validation has p50 / p99 / max of about 75 / 180 / 225 ms at 1,000
 * nodes, near the published figures of gossipsub, 65 / 166 / 233 ms; with equal shares its p50
 * is 108 ms.
 */
const SHARES: readonly number[] = [25, 12, 16, 24, 3, 7, 9, 4];
const SHARES_TOTAL = 100;

/** A host's own line adds between these, in ms, each way: hosts of a region are 1-5 ms apart. */
const ACCESS_MIN_MS = 0.5;
const ACCESS_MAX_MS = 2.5;
const ACCESS_STEPS = 1_000;

/** Where a host stands. */
type Place = { readonly region: number; readonly accessMs: number };

/**
 * The regions of all hosts of a world. A host's place follows from the seed and its name alone,
 * not from who was asked for first, so that different protocols meet the same network.
 */
export class RegionMap {
  readonly #seed: string;
  readonly #places = new Map<string, Place>();

  constructor(seed: number | string) {
    this.#seed = String(seed);
  }

  regionOf(host: string): Region {
    return REGIONS[this.#placeOf(host).region] ?? 'us-east';
  }

  /** Puts a host where it would not stand by chance. */
  place(host: string, region: Region): void {
    const { accessMs } = this.#placeOf(host);
    this.#places.set(host, { region: REGIONS.indexOf(region), accessMs });
  }

  /** Milliseconds from one host to another, the same in both directions, without jitter. */
  readonly oneWayMs = (fromHost: string, toHost: string): number => {
    const from = this.#placeOf(fromHost);
    const to = this.#placeOf(toHost);
    const roundTripMs = ROUND_TRIPS_MS[from.region]?.[to.region] ?? 0;
    return roundTripMs / 2 + from.accessMs + to.accessMs;
  };

  #placeOf(host: string): Place {
    const known = this.#places.get(host);
    if (known !== undefined) return known;
    const random = seededRandom(`${this.#seed}/region/${host}`);
    const accessShare = random.below(ACCESS_STEPS + 1) / ACCESS_STEPS;
    const place = {
      region: drawRegion(random),
      accessMs: ACCESS_MIN_MS + (ACCESS_MAX_MS - ACCESS_MIN_MS) * accessShare,
    };
    this.#places.set(host, place);
    return place;
  }
}

const drawRegion = (random: Random): number => {
  let left = random.below(SHARES_TOTAL);
  for (const [region, share] of SHARES.entries()) {
    if (left < share) return region;
    left -= share;
  }
  return 0;
};
