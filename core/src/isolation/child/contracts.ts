/** The contracts that a plugin is written for: types only, so that none of the engine is loaded in its process. */
export type * from '../../engine/hooks.ts';
export type { FetchedDocument } from '../../engine/fetch-document.ts';
export type { Runner, RunResult } from '../../engine/run.ts';
