import { defineConfig } from 'vitest/config';

/** Suites by folder: unit needs nothing, integration real Redis and the embedded registry, e2e real peers. */
const integration = ['test/{registry,service,cli,action}/**/*.test.ts'];
const e2e = ['test/{e2e,faults}/**/*.test.ts'];

/** What is polled for comes within milliseconds; a machine that is busy may let everybody wait for longer than a second. */
const patient = { poll: { timeout: 20_000 } };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...integration, ...e2e],
          testTimeout: 30_000,
          expect: patient,
        },
      },
      {
        // Every blob by the reader for large ones, however small it is.
        test: {
          name: 'bulk',
          include: ['test/oci/client/**/*.test.ts'],
          provide: { bulkSizeBytesMin: 0 },
          testTimeout: 30_000,
          expect: patient,
        },
      },
      {
        test: { name: 'integration', include: integration, testTimeout: 60_000, hookTimeout: 60_000, expect: patient },
      },
      {
        test: {
          ...{ name: 'e2e', include: e2e, testTimeout: 180_000, hookTimeout: 120_000 },
          ...{ fileParallelism: false, expect: patient },
        },
      },
    ],
  },
});
