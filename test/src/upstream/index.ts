/** A vendor's servers in memory, for tests of documents that describe distributions. */
export { mirrorsBy } from './mirrors-by.ts';
export { readUpstreamOf } from './read-upstream.ts';
export { recognisedBy } from './recognised-by.ts';
export { signedPlugin, type SignedPlugin } from './signed-plugin.ts';
export { requestTo, type SiteTools, type VendorSite } from './vendor-site.ts';
export { vendorFile } from './vendor-file.ts';
