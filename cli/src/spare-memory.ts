import { setFlagsFromString } from 'node:v8';

/**
 * V8 trades memory for speed that a command like this does not need. Its nursery would grow to 48 MB, mostly of garbage;
 * and compiling undici's parser, which is WebAssembly, a second time for speed takes 30 MB and gains nothing.
 */
export function spareMemory(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--liftoff-only');
}
