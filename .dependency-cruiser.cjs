// Imports point one way: cli → registry → core ← plugins. scripts/check-imports.mjs runs this and proves that it bites.

const PLUGIN = '^plugins/([^/]+)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'core-imports-no-other-package',
      comment: 'core knows no distribution, no bootloader, no registry and no command line.',
      severity: 'error',
      from: { path: '^core/' },
      to: { path: '^(plugins|registry|cli|testkit|bench|scripts)/' },
    },
    {
      name: 'registry-imports-only-core',
      severity: 'error',
      from: { path: '^registry/' },
      to: { path: '^(plugins|cli|testkit|bench|scripts)/' },
    },
    {
      name: 'plugins-import-only-core',
      comment: 'A plugin that needs another package could not be published on its own.',
      severity: 'error',
      from: { path: PLUGIN },
      to: { path: '^(registry|cli|bench|scripts)/' },
    },
    {
      name: 'testkit-imports-only-core',
      comment: 'Authors of plugins install it for their tests, with core and nothing else of ours that is code.',
      severity: 'error',
      from: { path: '^testkit/' },
      to: { path: '^(plugins|registry|cli|bench|scripts)/' },
    },
    {
      name: 'plugins-do-not-import-each-other',
      severity: 'error',
      from: { path: PLUGIN },
      to: { path: '^plugins/', pathNot: '^plugins/$1/' },
    },
    {
      name: 'cli-imports-no-plugin',
      comment: 'The CLI finds bundled plugins by their manifests, like every other plugin.',
      severity: 'error',
      from: { path: '^cli/' },
      to: { path: '^(plugins|testkit|bench|scripts)/' },
    },
    {
      name: 'only-public-entries',
      comment: 'Another package is imported by its name, never by a path into its sources.',
      severity: 'error',
      from: { path: '^((?:plugins/)?[^/]+)/' },
      to: { path: '^(core|registry|cli|testkit|plugins/[^/]+)/(src|test)/', pathNot: '^$1/' },
    },
    {
      name: 'no-deep-paths',
      comment: 'What a package does not export is its own business: only the built entry may be reached by name.',
      severity: 'error',
      from: { path: '^(core|registry|cli|test|testkit|plugins)/' },
      to: {
        path: '^(core|registry|testkit|plugins/[^/]+)/dist/',
        pathNot: '^(core|registry|testkit|plugins/[^/]+)/dist/(bundle/)?index\\.(js|d\\.ts)$',
      },
    },
    {
      name: 'sources-import-no-tests',
      comment: 'Tests of any package may use the servers and images of test/src; what is shipped may not.',
      severity: 'error',
      from: { path: '^(core|registry|cli|testkit|plugins/[^/]+)/src/' },
      to: { path: ['^test/', '^testkit/', '^(core|registry|cli|plugins/[^/]+)/test/'], pathNot: '^testkit/src/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'An import that was not resolved was not checked either.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: ['/dist/.*\\.tsbuildinfo$'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
};
