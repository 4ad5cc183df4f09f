/**
 * Plugins as a community would have made them: of data, most of them distributions, and of code of several kinds. Each is
 * a folder to install from.
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const DATA = [
  { many: 60, make: (id) => distribution(id) },
  { many: 20, make: (id) => ({ ...distribution(id), catalog: catalog(id) }) },
  { many: 20, make: (id) => ({ mirrorLists: mirrorLists(id) }) },
];

const CODE = [
  { many: 3, kind: 'mirror-strategy', call: (id) => `mirrorStrategy({ name: '${id}', description: '', rank: part })` },
  { many: 2, kind: 'transport', call: (id) => `transport({ name: '${id}', schemes: ['${id}'], open: part })` },
  { many: 2, kind: 'bootloader', call: (id) => `bootloader({ name: '${id}', description: '', plan: part })` },
  { many: 1, kind: 'recipe', call: (id) => `recipe({ name: '${id}', recognise: part })` },
  { many: 2, kind: 'catalog-source', call: (id) => `catalogSource({ name: '${id}', layer: 'upstream', read: part })` },
];

/** @returns {Promise<string[]>} their folders */
export async function makePlugins(root) {
  const folders = [];
  for (const { many, make } of DATA) {
    for (let at = 0; at < many; at++) {
      const id = `made-${folders.length}`;
      const contributes = make(id);
      const kinds = ['mirrorLists' in contributes ? 'mirror-list@1' : 'distro@1'];
      const manifest = { ...common(id), kinds, version: '1.0.0', description: `Made for ${id}`, contributes };
      folders.push(await write(join(root, id), { 'loopstick.plugin.json': JSON.stringify(manifest) }));
    }
  }
  for (const { many, kind, call } of CODE) {
    for (let at = 0; at < many; at++) {
      const id = `made-${folders.length}`;
      const loopstick = { ...common(id), kinds: [`${kind}@1`], entry: './index.js' };
      const description = `Made for ${id}`;
      const manifest = { name: id, version: '1.0.0', description, type: 'module', loopstick };
      const code = `const part = () => { throw new Error('wanted'); };
export default { id: '${id}', register(registrar) { registrar.${call(id)}; } };
`;
      folders.push(await write(join(root, id), { 'package.json': JSON.stringify(manifest), 'index.js': code }));
    }
  }
  return folders;
}

function common(id) {
  return { schema: 1, id, engine: '*', permissions: { hosts: [hostOf(id)], programs: [], paths: [] } };
}

const hostOf = (id) => `${id}.example.org`;
const describe = (id) => ({
  id,
  name: `Distribution ${id}`,
  homepage: `https://${hostOf(id)}/`,
  summary: 'One of many.',
});

function distribution(id) {
  const host = `https://${hostOf(id)}`;
  const list = (edition) => ({
    name: `${edition} images`,
    checksums: { url: `${host}/${edition}/SHA256SUMS` },
    images: [
      { file: `${id}-{version:version}-${edition}-amd64.iso`, variant: edition, arch: 'x86_64', kind: 'live' },
      { file: `${id}-{version:version}-${edition}-arm64.iso`, variant: edition, arch: 'aarch64', kind: 'live' },
    ],
    mirrors: [`${host}/${edition}/{file}`],
  });
  return {
    distribution: {
      schema: { major: 1, minor: 0 },
      distribution: describe(id),
      releases: [{ version: '*', title: `${id} {version}` }],
      lists: ['desktop', 'server', 'minimal'].map(list),
    },
  };
}

/** Two releases of three images each, as large as those of real catalogs. */
function catalog(id) {
  const image = (version, variant) => {
    const file = `${id}-${version}-${variant}-amd64.iso`;
    const sha256 = createHash('sha256').update(file).digest('hex');
    const mirrors = [`https://${hostOf(id)}/${variant}/${file}`];
    const evidence = { level: 'tls', origin: 'list' };
    return { variant, arch: 'x86_64', kind: 'live', file, size: 2e9, checksums: { sha256 }, evidence, mirrors };
  };
  const release = (version) => ({
    version,
    title: `${id} ${version}`,
    released: '2025-04-17',
    endOfLife: '2030-04-30',
    images: ['desktop', 'server', 'minimal'].map((variant) => image(version, variant)),
  });
  return {
    schema: { major: 1, minor: 0 },
    origins: { list: { title: 'A list', location: `https://${hostOf(id)}/`, retrieved: '2026-01-02' } },
    distributions: [{ ...describe(id), releases: ['24.04', '25.04'].map(release) }],
  };
}

function mirrorLists(id) {
  return {
    schema: { major: 1, minor: 0 },
    distributions: [id],
    mirrorLists: [
      {
        from: [`https://${hostOf(id)}/{path}`],
        list: { format: 'mirrorlist', url: `https://${hostOf(id)}/mirrors.txt`, path: '{path}' },
      },
    ],
  };
}

async function write(folder, files) {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}
