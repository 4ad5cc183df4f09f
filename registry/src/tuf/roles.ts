/** What the two sides agree on: the names of TUF, specification 1.0, section 3, and what Loopstick puts into them. */
export const ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;
export type Role = (typeof ROLES)[number];

/** Folders below the address of a registry. */
export const METADATA_FOLDER = 'metadata';
export const TARGETS_FOLDER = 'targets';

/** The target that describes the registry; what it says stands in its `custom` field too, where it costs no request. */
export const DESCRIPTION_TARGET = 'registry.json';
/** Targets below it are catalog documents. */
export const CATALOG_FOLDER = 'catalog';

/** Targets below it are plugins: their index, and a tarball for each release of each. */
export const PLUGINS_FOLDER = 'plugins';
export const PLUGIN_INDEX: string = `${PLUGINS_FOLDER}/index.json`;

export function packageTarget(id: string, version: string): string {
  return `${PLUGINS_FOLDER}/${id}-${version}.tgz`;
}

/** `catalog/rescue.json`, as a file below the targets: with its hash before its name (specification, section 6.2). */
export function hashedName(target: string, sha256: string): string {
  const slash = target.lastIndexOf('/') + 1;
  return `${target.slice(0, slash)}${sha256}.${target.slice(slash)}`;
}
