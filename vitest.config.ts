import { defineConfig } from 'vitest/config';

/** Suites that talk to PostgreSQL share one embedded cluster per run (test/support/cluster.ts). */
const cluster = { globalSetup: ['test/support/cluster.ts'], testTimeout: 60_000, hookTimeout: 120_000 };

/** Nothing here keeps state in a module, so the files of a worker share what they import: half the time of these suites. */
const shared = { isolate: false, testTimeout: 20_000 };

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 3,
    restoreMocks: true,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], ...shared } },
      { extends: true, test: { name: 'spec', include: ['test/spec/**/*.test.ts'], ...shared } },
      { extends: true, test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...cluster, isolate: false } },
      { extends: true, test: { name: 'end-to-end', include: ['test/end-to-end/**/*.test.ts'], ...cluster, testTimeout: 180_000 } },
      { extends: true, test: { name: 'corpus', include: ['test/corpus/**/*.test.ts'], ...cluster, testTimeout: 300_000 } },
    ],
  },
});
