import { defineConfig } from 'vitest/config';

const TESTS = ['{core,registry,cli}/test/**/*.test.ts', 'plugins/*/test/**/*.test.ts', 'test/src/**/*.test.ts'];
const BOOT_TESTS = TESTS.map((pattern) => pattern.replace('*.test.ts', '*.boot.test.ts'));
/** What measures time, or has little patience: one file at a time, so that nothing else is measured. */
const TIMED_TESTS = [
  'core/test/download/**/*.test.ts',
  'core/test/library/processes.test.ts',
  'plugins/{transport-http,mirror-adaptive}/test/**/*.test.ts',
  'test/src/mirror-lab/**/*.test.ts',
  'test/src/faults/processes.test.ts',
  'test/src/e2e/start-up.test.ts',
];
// tsc leaves compiled copies of the tests in test/dist: they are not a second set of tests.
const NEVER = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  test: {
    // Tests of another package, and those of the command, run what is bundled.
    globalSetup: './scripts/bundle-for-tests.mjs',
    // What a test leaves open, such as a server, must not hold the run for ever.
    teardownTimeout: 10_000,
    projects: [
      {
        test: {
          name: 'unit',
          include: TESTS,
          exclude: [...NEVER, ...BOOT_TESTS, ...TIMED_TESTS],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'timed',
          include: TIMED_TESTS,
          exclude: NEVER,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // An emulated machine takes one processor, as far as it can get it.
        test: {
          name: 'boot',
          include: BOOT_TESTS,
          exclude: NEVER,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
