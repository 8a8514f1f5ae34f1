/** @jest-config-loader esbuild-register */
import { availableParallelism } from 'node:os';
import type { Config } from 'jest';

/** What every project has in common: TypeScript as ES modules, `./x.js` found as `./x.ts`. */
const common: Config = {
  rootDir: '.',
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: 'tsconfig.json' }] },
};

const project = (name: string): Config => ({
  ...common,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
});

const config: Config = {
  projects: ['unit', 'model', 'simulation', 'contract', 'architecture', 'e2e'].map(
    project,
  ) as never,
  // More than there are cores: end-to-end tests wait for a third of their time (two cores: 156 s
  // with two workers, 128 s with three).
  maxWorkers: availableParallelism() + 1,
  testTimeout: 30_000,
  testSequencer: '<rootDir>/test/longest-first.js',
};

export default config;
