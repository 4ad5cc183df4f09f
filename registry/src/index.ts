export { installedPlugins } from './installed-plugins.ts';
