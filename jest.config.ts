/** @jest-config-loader esbuild-register */
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
  // Every core works: left alone, jest keeps one of two idle, and most end-to-end tests wait.
  maxWorkers: '100%',
  testTimeout: 30_000,
  testSequencer: '<rootDir>/test/longest-first.js',
};

export default config;
