export { startLab } from './lab.ts';
export { oracleSeconds } from './oracle.ts';
export { runDownload, strategyNames } from './run.ts';
export { SCENARIOS } from './scenarios.ts';
