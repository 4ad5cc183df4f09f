export { createDocumentFetcher, type FetcherOptions } from './http/document-fetcher.ts';
export { originRewrite } from './http/origins.ts';
export { installedPlugins } from './installed-plugins.ts';
export {
  addContent,
  initRegistry,
  listRegistries,
  publishRegistry,
  registryStatus,
  removeContent,
  rotateKey,
  serveRegistry,
  trustRegistry,
  untrustRegistry,
  verifiedCopy,
} from './registries.ts';
export type { ListedRegistry } from './client/list-registries.ts';
export { registrySource } from './client/registry-source.ts';
export { trustedRegistries, type TrustedRegistry } from './client/trusted-registries.ts';
export type { RegistryStatus } from './publish/status.ts';
export { REGISTRY_ERRORS } from './registry-errors.ts';
export type { RegistryDescription } from './tuf/description.ts';
export { ROLES, type Role } from './tuf/roles.ts';
