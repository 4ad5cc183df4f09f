/**
 * `npm run check`: every check that needs no test run. All of them run, also after one has failed, and the outcome is
 * left in .cache/check.json for .ci/run.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { checkPackages } from './check-packages.mjs';
import { checkWorkspaces } from './check-workspaces.mjs';
import { capture, step } from './step.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

// By path, so that each is the locked version and no shell or npx stands between.
const tool =
  (path, ...args) =>
  () =>
    capture(process.execPath, [join(ROOT, path), ...args], { cwd: ROOT, env: { ...process.env, NO_COLOR: '1' } });

const CHECKS = {
  // First, because the import check and publint look at what was built.
  Types: tool('node_modules/typescript/bin/tsc', '-b'),
  Format: tool('node_modules/prettier/bin/prettier.cjs', '--check', '.'),
  Lint: tool('node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.'),
  'Import directions': tool('scripts/check-imports.mjs'),
  'Dead code': tool('node_modules/knip/bin/knip.js', '--no-progress', '--no-config-hints'),
  Workspaces: () => checkWorkspaces(ROOT),
  Packages: () => checkPackages(ROOT),
};

const outcomes = [];
for (const [name, check] of Object.entries(CHECKS)) {
  try {
    await step(name, async () => void (await check()));
    outcomes.push({ name, ok: true });
  } catch (error) {
    console.error(error.output || error.message);
    outcomes.push({ name, ok: false });
  }
}

await mkdir(join(ROOT, '.cache'), { recursive: true });
await writeFile(join(ROOT, '.cache/check.json'), `${JSON.stringify(outcomes, null, 2)}\n`);
if (outcomes.some(({ ok }) => !ok)) process.exitCode = 1;
