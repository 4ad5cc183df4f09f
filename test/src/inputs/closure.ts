import { askApt } from './packages.ts';
import { type Shop } from './shop.ts';

const DEPENDENCIES_ONLY = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'];

/**
 * The libraries that programs of the named packages are linked to: dependencies of packages, as far as they lead
 * through libraries only. What is left out is what a package needs to be installed, such as `adduser` or `debconf`.
 */
export async function librariesOf(shop: Shop, packages: readonly string[]): Promise<readonly string[]> {
  const options = DEPENDENCIES_ONLY.map((kind) => `--no-${kind}`);
  const graph = parseDependencies(await askApt(shop, ['depends', '--recurse', ...options, ...packages]));
  const libraries = new Set<string>();
  const queue = [...packages];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    for (const dependency of graph.get(name) ?? []) {
      if (!/^(?:lib|zlib1g)/.test(dependency) || libraries.has(dependency)) continue;
      libraries.add(dependency);
      queue.push(dependency);
    }
  }
  return [...libraries].sort();
}

/**
 * Reads `apt-cache depends`. Of alternatives the first counts; a bar before a dependency says that the next line is an
 * alternative to it. Lines indented deeper name who provides the dependency above and do not count.
 */
function parseDependencies(text: string): ReadonlyMap<string, readonly string[]> {
  const graph = new Map<string, string[]>();
  let current: string[] = [];
  let alternative = false;
  for (const line of text.split('\n')) {
    const dependency = /^ ([ |])(?:Pre)?Depends: (\S+)$/.exec(line);
    if (dependency?.[2] !== undefined) {
      if (!alternative) current.push(dependency[2]);
      alternative = dependency[1] === '|';
    } else if (/^[a-z0-9]/.test(line)) {
      current = [];
      alternative = false;
      graph.set(line, current);
    }
  }
  return graph;
}
