import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { StepError } from './step.mjs';
import { readJson, workspaces } from './workspaces.mjs';

/** One version for all packages, internal dependencies on exactly that, and no project that the compiler misses. */
export async function checkWorkspaces(root) {
  const { version, engines } = await readJson(join(root, 'package.json'));
  const packages = await workspaces(root);
  const own = new Set(packages.map(({ manifest }) => manifest.name));
  const { references } = await readJson(join(root, 'tsconfig.json'));
  const compiled = new Set(references.map(({ path }) => path));
  const problems = [];

  for (const { folder, manifest } of packages) {
    const expect = (what, actual, wanted) => {
      if (actual !== wanted) problems.push(`${folder}/package.json: ${what} is ${actual}, but must be ${wanted}`);
    };
    expect('version', manifest.version, version);
    expect('engines.node', manifest.engines?.node, engines.node);
    for (const group of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      for (const [name, range] of Object.entries(manifest[group] ?? {})) {
        if (own.has(name)) expect(`${group}.${name}`, range, version);
      }
    }
    for (const path of [folder, `${folder}/test`]) {
      if (existsSync(join(root, path, 'tsconfig.json')) && !compiled.has(path)) {
        problems.push(`tsconfig.json: "${path}" is not among the references, so nothing compiles it`);
      }
    }
    if (existsSync(join(root, folder, 'test')) && !existsSync(join(root, folder, 'test/tsconfig.json'))) {
      problems.push(`${folder}/test has no tsconfig.json, so nothing checks the types of its tests`);
    }
  }
  if (packages.length === 0) problems.push('package.json: no workspaces found');
  if (problems.length > 0) throw new StepError(`${problems.length} problems`, problems.join('\n'));
}
