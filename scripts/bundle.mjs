/**
 * Joins what tsc made of core, registry and cli, with the libraries they use, to a few files each, because reading some
 * 400 small modules took most of the time of a quick command (docs/decisions/0038). What is imported dynamically stays
 * apart, so that a command reads what it needs.
 *
 * All files lie in one folder two levels below their package, as deep as the modules that look for a file of their
 * package by `import.meta.url`: such a path is right in both.
 */
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { rolldown } from 'rolldown';

import { torrentParts } from './bundle-torrent.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ENTRIES = {
  core: { entry: 'index' },
  registry: { entry: 'index' },
  cli: { entry: 'main' },
  // Only the thread of its engine: nothing that quick commands read.
  'plugins/transport-torrent': { entry: 'main', folder: 'engine', parts: torrentParts },
};

// Other packages of this repository are shared with plugins, so they must be there once. libsql finds its binary by
// its own folder; openpgp is one file already; pacote is a tree of old modules that is seldom wanted.
const APART = [/^node:/, /^@loopstick\//, 'libsql', 'openpgp', 'pacote'];

/** Makes what is older than its sources. Resolves to a few words on what was done. */
export async function bundleAll() {
  const made = [];
  for (const [name, task] of Object.entries(ENTRIES)) {
    const dist = join(ROOT, name, 'dist');
    if (await isCurrent(dist, task.entry)) continue;
    await bundle(dist, task);
    made.push(name);
  }
  return made.length === 0 ? 'up to date' : made.join(', ');
}

async function bundle(dist, { entry, folder: within = '', parts }) {
  const folder = join(dist, 'bundle');
  const fresh = join(dist, `.bundle-${process.pid}`);
  const former = join(dist, `.bundle-former-${process.pid}`);
  const build = await rolldown({
    input: { [entry]: join(dist, within, `${entry}.js`) },
    platform: 'node',
    external: APART,
    plugins: parts === undefined ? [] : [parts(dist)],
    treeshake: { moduleSideEffects: false },
    checks: { ineffectiveDynamicImport: false },
  });
  const { output } = await build.write({
    dir: fresh,
    format: 'esm',
    chunkFileNames: '[name]-[hash].js',
    sourcemap: true,
  });
  await build.close();
  const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
  await writeFile(join(fresh, 'LICENSES.txt'), await licences(modules));
  // Somebody may be running the one that is there.
  await rename(folder, former).catch(() => undefined);
  await rename(fresh, folder);
  await rm(former, { recursive: true, force: true });
}

/** Whether the bundle was made after everything that goes into it was compiled. */
async function isCurrent(dist, entry) {
  const changed = async (path) => (await stat(path).catch(() => undefined))?.mtimeMs;
  const made = await changed(join(dist, 'bundle', `${entry}.js`));
  if (made === undefined) return false;
  const scripts = ['bundle.mjs', 'bundle-torrent.mjs'].map((name) => join(ROOT, 'scripts', name));
  const inputs = [...scripts, join(ROOT, 'node_modules/.package-lock.json')];
  for (const file of await readdir(dist, { recursive: true })) {
    if (file.endsWith('.js') && !/^\.?bundle/.test(file)) inputs.push(join(dist, file));
  }
  const times = await Promise.all(inputs.map(changed));
  return times.every((time) => time === undefined || time < made);
}

/** The licences of the libraries that are inside, which all want to go with copies. */
async function licences(modules) {
  const texts = new Map();
  for (const folder of new Set(modules.map(packageFolder).filter((each) => each !== undefined))) {
    const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
    const text = file === undefined ? '' : await readFile(join(folder, file), 'utf8');
    texts.set(`${name} ${version}`, `${name} ${version} (${license})\n\n${text.trim()}\n`);
  }
  return [...texts.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, text]) => text)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function packageFolder(id) {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(`Bundle: ${await bundleAll()}`);
