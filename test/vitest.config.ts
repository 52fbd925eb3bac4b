import { defineConfig } from 'vitest/config';

// Vite transforms TypeScript with Oxc and takes experimentalDecorators and emitDecoratorMetadata from
// tsconfig.json, so NestJS's injection by type needs no extra plugin.
const withServices = {
  globalSetup: ['test/support/services.setup.ts'],
  fileParallelism: true,
  maxWorkers: 2,
  testTimeout: 60_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    setupFiles: ['test/support/setup.ts'],
    reporters: ['default', './test/support/summary.reporter.ts'],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'lcov'] },
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { extends: true, test: { name: 'architecture', include: ['test/architecture/**/*.test.ts'] } },
      { extends: true, test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...withServices } },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          setupFiles: ['test/support/openapi/watch-answers.ts'],
          ...withServices,
        },
      },
    ],
  },
});
