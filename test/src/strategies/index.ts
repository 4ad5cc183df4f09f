/** For tests of mirror strategies: records made up by hand, or by chance, and what holds for every strategy. */
export { anyCandidates } from './any-candidates.ts';
export { ask, candidate, chance, history, NOW, strategyOf, usedUrls } from './ask.ts';
export { expectLawful } from './laws.ts';
