export { createDocumentFetcher, type FetcherOptions } from './http/document-fetcher.ts';
export { originRewrite } from './http/origins.ts';
export { installedPlugins } from './installed-plugins.ts';
