import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

// This module stands two levels below its package, as the bundles do: so it is right from its source, from what tsc made
// of it, and from a bundle. A process needs JavaScript, also when this runs from its source in a test.

/** What a plugin's process runs. */
export const CHILD_MAIN: string = fileURLToPath(new URL('../../dist/isolation/child/main.js', import.meta.url));
/** All that it loads of core. */
export const CHILD_RUNTIME: string = dirname(dirname(CHILD_MAIN));
export const CORE_PACKAGE: string = fileURLToPath(new URL('../../package.json', import.meta.url));
