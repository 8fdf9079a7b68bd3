const { compilerOptions } = require('./tsconfig.json');

// Everything is transformed, node_modules too: Jest on Node 20 cannot require ESM, and Nest 12 is ESM only.
const swc = [
  '@swc/jest',
  {
    sourceMaps: 'inline',
    module: { type: 'commonjs' },
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, hidden: { jest: true } },
      keepClassNames: true,
    },
  },
];
const rooms = Object.fromEntries(
  Object.entries(compilerOptions.paths).map(([name, [file]]) => [`^${name}$`, `<rootDir>/${file}`]),
);

const project = (displayName, testMatch) => ({
  displayName,
  testMatch,
  testEnvironment: 'node',
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  moduleNameMapper: rooms,
  transform: { '^.+\\.(ts|js|mjs|cjs)$': swc },
  transformIgnorePatterns: [],
  modulePathIgnorePatterns: [
    '<rootDir>/dist/',
    '<rootDir>/bench/node_modules/',
    '<rootDir>/test/operations/node_modules/',
  ],
});

module.exports = {
  testTimeout: 30_000, // Jest takes no notice of it inside a project
  projects: [
    project('unit', [
      '<rootDir>/libs/**/*.spec.ts',
      '<rootDir>/apps/**/*.spec.ts',
      '<rootDir>/migrations/**/*.spec.ts',
      '<rootDir>/test/*.spec.ts',
    ]),
    // The faults of Redis and of replicas are short enough for every run; `npm run test:faults` runs all, and tells what it measured.
    project('e2e', [
      '<rootDir>/test/e2e/**/*.e2e.ts',
      '<rootDir>/test/security/**/*.e2e.ts',
      '<rootDir>/test/faults/{redis,replicas}.fault.ts',
    ]),
    project('faults', ['<rootDir>/test/faults/*.fault.ts']),
    // Image, chart, monitoring, console, nginx: each has a command of its own, for they take minutes and programs of their own.
    project('operations', ['<rootDir>/test/operations/*.ops.ts']),
  ],
};
