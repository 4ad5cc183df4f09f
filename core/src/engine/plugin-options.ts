/** What the user has set for plugins, `plugins.options` of the settings: words by name. */
export type PluginOptions = Readonly<Record<string, readonly string[]>>;

/** Those of one plugin, by its own names: `<plugin>.<name>` without what is before the name. */
export function ownOptions(pluginId: string, options: PluginOptions = {}): PluginOptions {
  const prefix = `${pluginId}.`;
  const own = Object.entries(options).filter(([name]) => name.startsWith(prefix));
  return Object.freeze(Object.fromEntries(own.map(([name, words]) => [name.slice(prefix.length), words])));
}
