import { DOCUMENT_ERRORS } from '../../engine/document-errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { failure } from '../../engine/errors.ts';
import { covers } from '../../isolation/wire/covers.ts';

/**
 * A plugin reaches the hosts that its manifest names and no others, so that a person can see before installing it whom
 * it talks to. Where such a host sends us on is the host's affair: vendors move to content networks and mirrors, and it
 * is not the plugin that chooses the target.
 *
 * @throws LoopstickError DOCUMENT_FOREIGN_HOST, DOCUMENT_UNREACHABLE for what is no web address
 */
export function requireDeclared(plugins: Engine['plugins'], pluginId: string, url: string): void {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined || !/^https?:$/.test(address.protocol) || address.username !== '') {
    throw failure(DOCUMENT_ERRORS.unreachable, { url, problem: 'it is no web address' });
  }
  // The program's own parts have no manifest.
  const manifest = plugins.find((plugin) => plugin.manifest.id === pluginId)?.manifest;
  if (manifest === undefined || manifest.permissions.hosts.some((host) => covers(host, address))) return;
  throw failure(DOCUMENT_ERRORS.foreignHost, { plugin: pluginId, url }, { pluginId });
}
