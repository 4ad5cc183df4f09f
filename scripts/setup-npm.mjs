import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { capture } from './step.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Runs `npm ci` unless node_modules already holds exactly what the lock file says. */
export async function ensurePackages() {
  if (await isInstalled()) return 'up to date';
  await capture('npm', ['ci', '--no-audit', '--no-fund'], { cwd: ROOT });
  return 'installed';
}

/** Compiles and bundles everything that is not up to date. */
export async function buildAll() {
  await capture(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b'], { cwd: ROOT });
  // Only now, because it needs what npm ci brings.
  const { bundleAll } = await import('./bundle.mjs');
  await bundleAll();
}

// npm keeps a lock file of what it really installed. Comparing content beats comparing times: a checkout changes those.
async function isInstalled() {
  const read = async (path) => JSON.parse(await readFile(join(ROOT, path), 'utf8')).packages;
  const wanted = await read('package-lock.json');
  let installed;
  try {
    installed = await read('node_modules/.package-lock.json');
  } catch {
    return false;
  }
  return Object.entries(wanted)
    .filter(([path]) => path.startsWith('node_modules/') || path.includes('/node_modules/'))
    .every(([path, entry]) => {
      const there = installed[path];
      // Optional packages for other platforms are never installed.
      if (there === undefined) return entry.optional === true;
      return (
        there.version === entry.version && there.integrity === entry.integrity && there.resolved === entry.resolved
      );
    });
}
