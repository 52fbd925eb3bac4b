/** Module boundaries: a module is a folder with one front door, index.ts; imports may use orders, never the reverse. */
export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'front-door-only',
      comment: 'Cross a module by its index.ts.',
      severity: 'error',
      from: { path: '^src/(orders|imports|health|page|metrics|access|limits)/' },
      to: {
        path: '^src/(orders|imports|health|page|metrics|access|limits)/',
        pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'],
      },
    },
    {
      name: 'from-outside-by-the-front-door',
      comment: 'The wiring, the database and the programs of src/cli enter a module by its index.ts too.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(orders|imports|health|page|metrics|access|limits)/' },
      to: { path: '^src/(orders|imports|health|page|metrics|access|limits)/', pathNot: '^src/[^/]+/index\\.ts$' },
    },
    {
      name: 'orders-know-no-imports',
      severity: 'error',
      from: { path: '^src/orders/' },
      to: { path: '^src/(imports|health|page)/' },
    },
    {
      name: 'shared-knows-no-order',
      severity: 'error',
      from: { path: '^src/shared/' },
      to: { path: '^src/(orders|imports|health|page|metrics|access|limits|cli|database)/' },
    },
    {
      name: 'metrics-know-no-business',
      severity: 'error',
      from: { path: '^src/metrics/' },
      to: { path: '^src/(orders|imports|health|page)/' },
    },
    {
      name: 'the-middle-is-pure',
      comment: 'Bytes to records, and records to outcomes, without Nest, TypeORM or Bull.',
      severity: 'error',
      from: { path: '^src/(imports/csv|orders/rules)/' },
      to: { path: 'node_modules/(@nestjs|typeorm|bull|pg|ioredis)' },
    },
    {
      name: 'bull-stays-in-the-job',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/imports/job/', '\\.module\\.ts$'] },
      to: { path: 'node_modules/(@nestjs/bull|bull)/' },
    },
    {
      name: 'not-to-dev-dep',
      comment: 'Benchmarks run where the service is built.',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/cli/bench/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    { name: 'no-orphans', severity: 'warn', from: { orphan: true, pathNot: '(main|index|\\.d)\\.ts$' }, to: {} },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
