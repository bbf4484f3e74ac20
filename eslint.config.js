import tseslint from 'typescript-eslint';

/** The import rules of docs/architecture.md as the editor's hint; test/tidy.test.ts is the judge. */
const never = (files, patterns, message) => ({
  files,
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      { patterns: [{ group: patterns, message, allowTypeImports: false }] },
    ],
  },
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'docs/charts/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // A slot's default declares its parameters for their types.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-console': 'error',
    },
  },
  never(
    ['machines/rules/**', 'machines/messages.ts', 'machines/log.ts'],
    ['xstate', 'node:*', '**/actors/**', '**/storage/**', '**/transport/**'],
    'Rules are pure: they import each other, messages and log only.',
  ),
  never(
    ['machines/**'],
    ['node:*', 'ws', '**/actors/**', '**/storage/**', '**/transport/**', '**/replicated/**'],
    'Charts decide; actors do. No I/O in machines/.',
  ),
  {
    files: ['test/**', 'apps/**', '**/*.js'],
    rules: {
      'no-console': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
);
