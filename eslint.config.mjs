import comments from '@eslint-community/eslint-plugin-eslint-comments';
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

// House rules that no ready-made rule knows; the numbers are those of CONTRIBUTING.md.
const SYNTAX = [
  { selector: 'TSEnumDeclaration', message: 'Rule 1: no enums. Use a const array or object and a union type.' },
  { selector: 'TSModuleDeclaration', message: 'Rule 1: no namespaces. A module is one already.' },
  { selector: 'TSParameterProperty', message: 'Rule 1: no parameter properties. Declare the field.' },
  {
    selector: ':matches(PropertyDefinition, MethodDefinition)[accessibility="private"]',
    message: 'Rule 1: use #private.',
  },
];
const DEFAULT_EXPORT = {
  selector: ':matches(ExportDefaultDeclaration, ExportSpecifier[exported.name="default"])',
  message: 'Rule 1: named exports only; a plugin entry and configuration files are the exceptions.',
};
const EXIT = {
  selector: 'MemberExpression[object.name="process"][property.name=/^(exit|exitCode|stdout|stderr)$/]',
  message: 'Rule 5: only the CLI prints or exits.',
};

// Scripts are plain JavaScript, because Node 20 runs no TypeScript; these are what they use of Node's globals.
const NODE_GLOBALS = {
  Buffer: 'readonly',
  URL: 'readonly',
  console: 'readonly',
  performance: 'readonly',
  process: 'readonly',
  setTimeout: 'readonly',
};

export default defineConfig(
  globalIgnores(['**/dist/', '**/node_modules/', '.cache/', 'coverage/', '**/fixtures/']),
  {
    linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' },
    plugins: { comments },
    rules: {
      // Rule 7: whoever switches a rule off says why, and for which rule.
      'comments/require-description': 'error',
      'comments/no-unlimited-disable': 'error',
      'comments/disable-enable-pair': ['error', { allowWholeFile: true }],
    },
  },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': ['error', ...SYNTAX, DEFAULT_EXPORT],
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'no-template-curly-in-string': 'error',
    },
  },

  // TypeScript: everything that the types can prove.
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['vitest.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': ['error', { fixMixedExportsWithInlineTypeSpecifier: true }],
      '@typescript-eslint/require-await': 'off', // An interface says Promise; async turns a throw into a rejection.
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/dot-notation': 'off', // tsc's noPropertyAccessFromIndexSignature demands the opposite.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/unified-signatures': 'off',
      // Objects here are made of closures and classes keep their state in #private: taking a method out is harmless.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }], // Code points are what is wanted.
      // isolatedDeclarations wants types on exports, also where they repeat a default or a literal.
      '@typescript-eslint/no-inferrable-types': 'off',
      '@typescript-eslint/no-unnecessary-type-arguments': 'off',
    },
  },

  // Rule 5: libraries return results and emit events. The CLI, scripts, benchmarks and the demo are for people.
  {
    files: ['{core,registry,test,testkit}/src/**/*.ts', 'plugins/*/src/**/*.ts'],
    ignores: ['test/src/demo/**'],
    rules: {
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...SYNTAX, DEFAULT_EXPORT, EXIT],
    },
  },

  {
    files: ['plugins/*/src/index.ts'],
    rules: { 'no-restricted-syntax': ['error', ...SYNTAX, EXIT] },
  },
  {
    files: ['*.config.{ts,mjs}'],
    rules: { 'no-restricted-syntax': ['error', ...SYNTAX] },
  },

  // Tests: what they assert matters more than how precisely a parsed answer is typed.
  {
    files: ['{core,registry,cli}/test/**/*.ts', 'plugins/*/test/**/*.ts', 'test/src/**/*.test.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off', // expect.any() and expect.objectContaining() are any.
      'no-control-regex': 'off', // What must not come through has to be looked for.
    },
  },

  {
    files: ['**/*.{mjs,cjs,js}'],
    languageOptions: { globals: NODE_GLOBALS },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { module: 'writable', require: 'readonly' } },
  },
);
