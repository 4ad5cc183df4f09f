import type { ListedRegistry } from '@loopstick/registry';

/** A trusted registry for programs. */
export function registryDocument({ registry, copy, fresh, error }: ListedRegistry): object {
  const { name, url, by } = registry;
  return {
    name,
    url,
    by,
    root: registry.rootFile,
    fresh,
    retrieved: copy?.retrieved,
    expires: copy?.view.freshUntil,
    versions: copy?.view.versions,
    title: copy?.view.description?.title,
    homepage: copy?.view.description?.homepage,
    catalogs: copy === undefined ? undefined : [...copy.view.catalogs.keys()],
    error: error === undefined ? undefined : { code: error.code, message: error.message, hint: error.hint },
  };
}

/** A moment as people want to see it: `2026-11-28 20:15 UTC`. */
export function day(moment: Date): string {
  return `${moment.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
