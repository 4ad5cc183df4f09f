export { createDocumentFetcher, type FetcherOptions } from './http/document-fetcher.ts';
export { originRewrite } from './http/origins.ts';
export { installedPlugins, type InstalledPlugins, type RefusedPlugin } from './installed-plugins.ts';
export {
  addPlugin,
  blockPlugin,
  createPlugin,
  installPlugin,
  linkPlugin,
  packPlugin,
  pluginLock,
  previewPlugin,
  removeInstalled,
  searchPlugins,
  showPlugin,
  unblockPlugin,
  updatePlugins,
  verifyPlugins,
  withdrawnPlugins,
  withdrawPlugin,
} from './plugins.ts';
export type { CreateOptions } from './author/create-plugin.ts';
export type { PackedPlugin } from './author/pack-plugin.ts';
export type { InstallOptions, PluginProposal } from './plugins/install.ts';
export { parseSource } from './plugins/parse-source.ts';
export { PLUGIN_ERRORS } from './plugins/plugin-errors.ts';
export type { PluginHome } from './plugins/plugin-home.ts';
export { sourceWords, type LockEntry, type PluginLock, type PluginSource } from './plugins/plugin-lock.ts';
export type { ListedPlugin } from './plugins/search.ts';
export type { Withdrawal } from './plugins/withdrawn.ts';
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
