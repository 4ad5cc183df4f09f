/** For tests of mirror strategies: records made up by hand, or by chance, and what holds for every strategy. */
export {
  anyCandidates,
  ask,
  candidate,
  chance,
  expectLawful,
  history,
  NOW,
  strategyOf,
  usedUrls,
} from '@loopstick/testkit';
