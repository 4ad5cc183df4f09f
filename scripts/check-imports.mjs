/**
 * Checks the direction of imports with dependency-cruiser.
 *
 * The tool reports success when it understood no module at all, so this also counts modules, and first plants one
 * violation of each rule in a temporary tree and insists that every one is found.
 */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { cruise } from 'dependency-cruiser';

import { sourceFiles, workspaces } from './workspaces.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');

/** One violation of each rule: the file that commits it, and what it imports. */
const PLANTED = {
  'core-imports-no-other-package': ['core/src/a.ts', '../../plugins/one/dist/index.js'],
  'registry-imports-only-core': ['registry/src/a.ts', '../../cli/dist/index.js'],
  'plugins-import-only-core': ['plugins/one/src/a.ts', '../../../registry/dist/index.js'],
  'plugins-do-not-import-each-other': ['plugins/one/src/b.ts', '../../two/dist/index.js'],
  'testkit-imports-only-core': ['testkit/src/a.ts', '../../plugins/one/dist/index.js'],
  'cli-imports-no-plugin': ['cli/src/a.ts', '../../plugins/one/dist/index.js'],
  'only-public-entries': ['plugins/two/src/a.ts', '../../../core/src/target.ts'],
  'no-deep-paths': ['plugins/two/src/b.ts', '../../../core/dist/engine/errors.js'],
  'sources-import-no-tests': ['core/src/b.ts', '../test/target.ts'],
  'no-cycles': ['core/src/c.ts', './c.ts'],
  resolvable: ['core/src/d.ts', './nowhere.ts'],
};

async function violations(files, baseDir) {
  const { output } = await cruise(files, { ...options, baseDir, validate: true, ruleSet: { forbidden } });
  return { modules: output.modules, found: output.summary.violations };
}

async function proveThatItBites() {
  const rules = forbidden.map(({ name }) => name);
  const unproven = rules.filter((name) => !(name in PLANTED));
  if (unproven.length > 0) return [`no violation is planted for: ${unproven.join(', ')}`];
  // The real path, because rules are matched against paths relative to it and /tmp may be a link.
  const root = await realpath(await mkdtemp(join(tmpdir(), 'loopstick-imports-')));
  try {
    const file = async (path, text) => {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    };
    for (const [from, to] of Object.values(PLANTED)) {
      if (to !== './nowhere.ts') await file(join(dirname(from), to), 'export const target = 1;\n');
      await file(from, `import { target } from '${to}';\nexport const own = target;\n`);
    }
    const { found } = await violations(
      Object.values(PLANTED).map(([from]) => from),
      root,
    );
    return rules
      .filter((name) => !found.some(({ rule, from }) => rule.name === name && from === PLANTED[name][0]))
      .map((name) => `the rule "${name}" did not find the violation that was planted for it`);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

const problems = await proveThatItBites();
const files = await sourceFiles(ROOT);
const { modules, found } = await violations(files, ROOT);
for (const { rule, from, to } of found) problems.push(`${rule.name}: ${from} → ${to}`);

// Every file must come back as a module, and every package must be among them.
const seen = new Set(modules.map(({ source }) => source));
for (const path of files.filter((each) => !seen.has(each))) problems.push(`not read: ${path}`);
for (const { folder, manifest } of await workspaces(ROOT)) {
  // A plugin may be a document and nothing else.
  const { entry, contributes } = manifest.loopstick ?? {};
  if (entry === undefined && contributes?.distribution !== undefined) continue;
  if (![...seen].some((path) => path.startsWith(`${folder}/src/`))) problems.push(`no module of ${folder} was read`);
}
// Files alone are no proof that imports were understood.
const imports = modules.filter(({ source }) => seen.has(source)).flatMap(({ dependencies }) => dependencies).length;
if (imports < files.length) problems.push(`only ${imports} imports in ${files.length} files: they were not understood`);

if (problems.length > 0) {
  for (const problem of problems) console.error(problem);
  process.exitCode = 1;
} else {
  console.log(`${files.length} files, ${imports} imports, ${forbidden.length} rules: all point the right way`);
}
