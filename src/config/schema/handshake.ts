import type { HandshakeConfig } from '../config.js';
import { oneOf, seconds, wholeNumber } from '../kinds.js';
import type { SettingsOf } from '../setting.js';
import { peerSettings } from './peers.js';

/** Below it a puzzle deters nobody; only test networks may. Source: p2p protocol page. */
const DIFFICULTY_MIN = 8;
const DIFFICULTY_MAX_AT_LEAST = 26;
/** A shorter life is for tests of the renewal: clocks of hosts differ. Source: our guess. */
const CERTIFICATE_LIFETIME_MIN_MS = 3_600_000;

/** Keys of what a stranger must do before it is served. */
export const handshakeSettings: SettingsOf<HandshakeConfig> = {
  transport: {
    section: 'gossip',
    key: 'transport',
    kind: oneOf('tls', 'plain'),
    default: 'tls',
    rule: {
      says: 'plain only together with lab = true',
      holds: (value, read) => value === 'tls' || read(peerSettings.lab),
    },
    effect:
      'What links run on: TLS 1.3, or nothing that keeps a secret; who wants the other is refused.',
    provenance: 'p2p protocol page',
  },
  certificateLifetimeMs: {
    section: 'gossip',
    key: 'certificate_lifetime',
    kind: seconds(1, 1_209_600),
    default: 86_400_000,
    rule: {
      says: `not less than ${CERTIFICATE_LIFETIME_MIN_MS / 1_000} unless lab = true`,
      holds: (value, read) => value >= CERTIFICATE_LIFETIME_MIN_MS || read(peerSettings.lab),
    },
    effect: 'How long the certificate that links are made with is valid; renewed in half of that.',
    provenance: 'our guess',
  },
  hash: {
    section: 'gossip',
    key: 'hash',
    kind: oneOf('sha256', 'blake3'),
    default: 'sha256',
    effect: 'What proofs of work are made with; a peer that wants the other is refused.',
    provenance: 'p2p protocol page',
  },
  difficulty: {
    section: 'gossip',
    key: 'difficulty',
    kind: wholeNumber('bits', 0, 28),
    default: 20,
    rule: {
      says: `not less than ${DIFFICULTY_MIN} unless lab = true`,
      holds: (value, read) => value >= DIFFICULTY_MIN || read(peerSettings.lab),
    },
    effect: 'Leading zero bits of the proof of work asked of a caller; one more doubles the work.',
    provenance: 'p2p protocol page',
  },
  difficultyMax: {
    section: 'gossip',
    key: 'difficulty_max',
    kind: wholeNumber('bits', 8, 32),
    otherwise: {
      says: 'difficulty, but at least 26',
      example: DIFFICULTY_MAX_AT_LEAST,
      value: (read) => Math.max(DIFFICULTY_MAX_AT_LEAST, read(handshakeSettings.difficulty)),
    },
    effect: 'A peer that asks for more leading zero bits than this is left alone.',
    provenance: 'p2p protocol page',
  },
  difficultyIntervalMs: {
    section: 'gossip',
    key: 'difficulty_interval',
    kind: seconds(0.1, 3_600),
    default: 10_000,
    effect:
      'How often difficulty rises by a bit, up to difficulty_max, while more than half of ' +
      'half_open_max is taken, and falls again while less than a tenth is.',
    provenance: 'p2p protocol page',
  },
  proofTimeoutMs: {
    section: 'gossip',
    key: 'proof_timeout',
    kind: seconds(0.1, 3_600),
    default: 60_000,
    effect: 'How long a caller may take over its proof of work.',
    provenance: 'p2p protocol page',
  },
  solverWorkers: {
    section: 'gossip',
    key: 'solver_workers',
    kind: wholeNumber('threads', 1, 8),
    default: 1,
    effect: 'Threads that work on the proofs asked of this daemon.',
    provenance: 'our guess',
  },
  halfOpenMax: {
    section: 'gossip',
    key: 'half_open_max',
    kind: wholeNumber('connections', 1, 4_096),
    default: 64,
    effect: 'Most connections still in their handshake; beyond it one gives way, or the newest.',
    provenance: 'p2p protocol page',
  },
  halfOpenPerNetworkMax: {
    section: 'gossip',
    key: 'half_open_per_network_max',
    kind: wholeNumber('connections', 1, 4_096),
    default: 8,
    effect: 'The same for the callers from one /24 (IPv6: /48).',
    provenance: 'p2p protocol page',
  },
  challengeCooldownMs: {
    section: 'gossip',
    key: 'challenge_cooldown',
    kind: seconds(0.1, 86_400),
    default: 60_000,
    effect: 'How long an address is put aside after its first failed handshake.',
    provenance: 'an earlier module',
  },
};
