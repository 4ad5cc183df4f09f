import { readFileSync } from 'node:fs';

/** A genuine file of a vendor, from the folder beside this one; ORIGIN.md there says where each is from. */
export function vendorFile(name: string): Uint8Array {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url));
}
