import { describe, expect, it } from 'vitest';

import { deriveIdentity } from '../../src/stick/identity.ts';

const SEED = '00112233445566778899aabbccddeeff';

describe('deriveIdentity', () => {
  it('gives the same for the same seed and something else for another', () => {
    expect(deriveIdentity(SEED)).toEqual(deriveIdentity(SEED));
    const one = Object.values(deriveIdentity(SEED)).map(String);
    const other = Object.values(deriveIdentity(SEED.replace('0', '1'))).map(String);
    expect(one.filter((value) => other.includes(value) && value !== '[object Object]')).toEqual([]);
  });

  it('never uses one identifier for two things, and has the forms that the tools expect', () => {
    const { id, diskGuid, partitionGuids, espSerial, espUuid, dataUuid, hashSeed } = deriveIdentity(SEED);
    const uuids = [diskGuid, ...Object.values(partitionGuids), dataUuid, hashSeed];
    expect(new Set(uuids).size).toBe(uuids.length);
    for (const uuid of uuids)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(espUuid.replace('-', '')).toBe(espSerial);
    // The seed is not to be found in the name of the folder.
    expect(SEED).not.toContain(id);
  });
});
