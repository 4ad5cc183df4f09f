import { writeFile } from 'node:fs/promises';

import { beforeAll, beforeEach, expect, test } from 'vitest';

import { verifyDetachedFile } from '../../../src/verify/signature/verify-signature.ts';
import { never, temporaryFolder } from '../../engine/support.ts';
import { makeVendor, NOW, signDetached, type Vendor } from './support.ts';

// More than is read at once, and no multiple of it.
const CONTENT = Buffer.alloc(3 * 1024 * 1024 + 17, 'image');
let vendor: Vendor;
let rsa: Vendor;
let file: string;
beforeAll(async () => {
  vendor = await makeVendor();
  rsa = await makeVendor({ type: 'rsa', rsaBits: 2048 });
});
beforeEach(async () => {
  file = `${await temporaryFolder()}/image.iso`;
  await writeFile(file, CONTENT);
});

const request = (signer: Vendor) => ({ keys: [signer.trusted], now: NOW, signal: never() });

test('the signature of a file holds, with the key and the time of it', async () => {
  for (const signer of [vendor, rsa]) {
    let read = 0;
    const onBytes = (count: number): void => void (read += count);
    const checked = await verifyDetachedFile(file, await signDetached(signer, CONTENT), {
      ...request(signer),
      onBytes,
    });
    expect(checked).toEqual({ key: signer.trusted.fingerprint, created: new Date('2021-06-01T00:00:00Z') });
    expect(read).toBe(CONTENT.length);
  }
});

test('that of another file does not, nor one by another key', async () => {
  for (const signer of [vendor, rsa]) {
    const other = Buffer.from(CONTENT);
    other[2_000_000] = 0;
    const bad = verifyDetachedFile(file, await signDetached(signer, other), request(signer));
    await expect(bad).rejects.toMatchObject({ code: 'SIGNATURE_BAD' });
  }
  const foreign = verifyDetachedFile(file, await signDetached(rsa, CONTENT), request(vendor));
  await expect(foreign).rejects.toMatchObject({ code: 'SIGNATURE_UNKNOWN_KEY' });
});

test('before the file is there, all but that is checked', async () => {
  const signature = await signDetached(vendor, Buffer.from('whatever'));
  expect(await verifyDetachedFile(undefined, signature, request(vendor))).toMatchObject({
    key: vendor.trusted.fingerprint,
  });
  await expect(verifyDetachedFile(undefined, signature, request(rsa))).rejects.toMatchObject({
    code: 'SIGNATURE_UNKNOWN_KEY',
  });
  await expect(verifyDetachedFile(undefined, Buffer.from('no'), request(rsa))).rejects.toMatchObject({
    code: 'SIGNATURE_MALFORMED',
  });
});

test('what cannot be read is no wrong signature', async () => {
  const signature = await signDetached(vendor, CONTENT);
  await expect(verifyDetachedFile(`${file}.none`, signature, request(vendor))).rejects.toMatchObject({
    code: 'ENOENT',
  });
  const reason = new Error('enough');
  const stopped = { ...request(vendor), signal: AbortSignal.abort(reason) };
  await expect(verifyDetachedFile(file, signature, stopped)).rejects.toBe(reason);
});
