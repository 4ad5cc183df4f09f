/** A vendor's servers in memory, for tests of documents that describe distributions. */
export { readUpstreamOf, requestTo, type SiteTools, type VendorSite } from '@loopstick/testkit';
export { mirrorsBy } from './mirrors-by.ts';
export { recognisedBy } from './recognised-by.ts';
export { signedPlugin, type SignedPlugin } from './signed-plugin.ts';
export { vendorFile } from './vendor-file.ts';
