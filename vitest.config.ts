import { defineConfig } from 'vitest/config';

const TESTS = ['{core,registry,cli}/test/**/*.test.ts', 'plugins/*/test/**/*.test.ts', 'test/src/**/*.test.ts'];
const BOOT_TESTS = TESTS.map((pattern) => pattern.replace('*.test.ts', '*.boot.test.ts'));
// tsc leaves compiled copies of the tests in test/dist: they are not a second set of tests.
const NEVER = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  test: {
    // What a test leaves open, such as a server, must not hold the run for ever.
    teardownTimeout: 10_000,
    projects: [
      {
        test: {
          name: 'unit',
          include: TESTS,
          exclude: [...NEVER, ...BOOT_TESTS],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // An emulated machine uses all the processor it can get: one at a time, after everything else.
        test: {
          name: 'boot',
          include: BOOT_TESTS,
          exclude: NEVER,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
