/** For authors of plugins: the contract as a suite of tests, and what tests of strategies and documents are made of. */
export type { PluginCheck } from './suite/check.ts';
export { pluginChecks } from './suite/plugin-checks.ts';
export { definePluginSuite, type DefineTest } from './suite/define-suite.ts';
export type { IsoSample, SuiteOptions } from './suite/options.ts';
export { serveBytes, type ByteServer, type ServerFault } from './transport/serve-bytes.ts';
export { anyCandidates } from './strategy/any-candidates.ts';
export { ask, candidate, chance, history, NOW, strategyOf, usedUrls } from './strategy/ask.ts';
export { expectLawful } from './strategy/laws.ts';
export { readUpstreamOf, type UpstreamReading } from './upstream/read-upstream.ts';
export { requestTo, type SiteTools, type VendorSite } from './upstream/vendor-site.ts';
