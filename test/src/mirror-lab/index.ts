export { startLab, type Lab, type MirrorCount } from './lab.ts';
export { oracleSeconds } from './oracle.ts';
export { runDownload, strategyNames, type Run, type RunOptions } from './run.ts';
export { SCENARIOS } from './scenarios.ts';
export { scaled, type Scenario } from './spec.ts';
