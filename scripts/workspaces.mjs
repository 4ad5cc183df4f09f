/** The packages of this repository, as the checks see them. Only Node's own modules: this runs before npm ci too. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Reads a JSON file. */
export async function readJson(path) {
  return JSON.parse(await readFile(path, 'utf8'));
}

/** Every workspace: its folder, with `/` and relative to the root, and its package.json. */
export async function workspaces(root) {
  const { workspaces: patterns } = await readJson(join(root, 'package.json'));
  const folders = [];
  for (const pattern of patterns) {
    if (!pattern.endsWith('/*')) {
      folders.push(pattern);
      continue;
    }
    const parent = pattern.slice(0, -2);
    const entries = await readdir(join(root, parent), { withFileTypes: true });
    for (const entry of entries) if (entry.isDirectory()) folders.push(`${parent}/${entry.name}`);
  }
  return Promise.all(
    folders.sort().map(async (folder) => ({ folder, manifest: await readJson(join(root, folder, 'package.json')) })),
  );
}

/** Every TypeScript file below the `src` and `test` folders of the workspaces, without what was built. */
export async function sourceFiles(root) {
  const files = [];
  const walk = async (folder) => {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true }).catch(() => [])) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !['node_modules', 'dist', 'fixtures'].includes(entry.name)) await walk(path);
      if (entry.isFile() && entry.name.endsWith('.ts')) files.push(path);
    }
  };
  for (const { folder } of await workspaces(root)) {
    await walk(`${folder}/src`);
    await walk(`${folder}/test`);
  }
  return files.sort();
}
