import { bundleAll } from './bundle.mjs';

/** Brings the bundle up to date with what was compiled: who changes a module runs tsc, and may forget the rest. */
export const setup = async () => void (await bundleAll());
