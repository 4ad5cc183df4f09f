import { createHash } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { beforeAll, expect, test } from 'vitest';

import { loadCatalog } from '../../src/catalog/catalog.ts';
import { imageProof, type ImageProof } from '../../src/catalog/image-proof.ts';
import { catalogEntries } from '../../src/catalog/model.ts';
import { fetchImage } from '../../src/download/fetch-image.ts';
import type { DownloadResult } from '../../src/download/job.ts';
import { never, temporaryFolder, writeFiles } from '../engine/support.ts';
import { makeVendor, signDetached, type Vendor } from '../verify/signature/support.ts';
import { world, writeDescription, type World } from './sync/support.ts';

const SUMS = 'https://a.example/SUMS';
const SIGNATURE = 'https://a.example/x-1-amd64.iso.sig';
const CONTENT = Buffer.from('an image');
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

let vendor: Vendor;
let stranger: Vendor;
beforeAll(async () => {
  [vendor, stranger] = await Promise.all([makeVendor(), makeVendor()]);
});

/** A world whose vendor signs its image in place of its list, and what shows that it is the vendor's. */
async function signedImage(
  keys = [vendor.trusted.fingerprint],
  custom?: object,
): Promise<World & { proof: ImageProof | undefined }> {
  const folder = await temporaryFolder();
  const imageSignature = { form: 'detached', url: 'https://a.example/{file}.sig', keys };
  await writeDescription(
    folder,
    {
      keys: [vendor, stranger].map(({ trusted: { fingerprint } }, at) => ({
        fingerprint,
        file: `./${at}.gpg`,
        // The stranger's is good for another release.
        ...(at === 1 ? { releases: ['7'] } : {}),
      })),
      lists: [
        {
          name: 'list',
          checksums: { url: SUMS },
          images: [{ file: 'x-{version}-{arch}.iso', variant: 'base', kind: 'live', imageSignature }],
        },
      ],
    },
    { '0.gpg': vendor.trusted.material, '1.gpg': stranger.trusted.material },
  );
  const made = await world({ plugins: [folder] });
  made.web.set(SUMS, `${SHA256}  x-1-amd64.iso\n`);
  await made.sync();
  if (custom !== undefined) await writeFiles(made.home, { 'config/catalog.json': JSON.stringify(custom) });
  const [entry] = catalogEntries(await loadCatalog(made.engine, { signal: never() }));
  expect(entry?.image.evidence.level).toBe('tls');
  return { ...made, proof: entry && (await imageProof(made.engine, entry)) };
}

async function fileOf(content: Uint8Array): Promise<string> {
  const file = join(await temporaryFolder(), 'x.iso');
  await writeFile(file, content);
  return file;
}

test('an image is its vendor’s when the pinned key has signed these bytes', async () => {
  const { proof, web, asked } = await signedImage();
  web.set(SIGNATURE, await signDetached(vendor, CONTENT));
  expect(await proof?.ready(never())).toBe(true);
  expect(await proof?.ready(never())).toBe(true);
  expect(asked.filter((url) => url === SIGNATURE)).toHaveLength(1);
  await proof?.check(await fileOf(CONTENT), never());
  await expect(proof?.check(await fileOf(Buffer.from('another')), never())).rejects.toMatchObject({
    code: 'CATALOG_IMAGE_SIGNATURE_BAD',
    cause: { code: 'SIGNATURE_BAD' },
  });
});

test('what cannot count is told before anything is downloaded', async () => {
  const { proof, warnings } = await signedImage();
  expect(await proof?.ready(never())).toBe(false);
  expect(warnings).toMatchObject([{ code: 'CATALOG_IMAGE_UNPROVEN' }]);

  const other = await signedImage();
  other.web.set(SIGNATURE, await signDetached(stranger, CONTENT));
  expect(await other.proof?.ready(never())).toBe(false);
  expect(other.warnings).toMatchObject([{ code: 'CATALOG_IMAGE_UNPROVEN', cause: { code: 'SIGNATURE_UNKNOWN_KEY' } }]);
});

test('only keys count that the plugin pins for this release, and only where the plugin itself names them', async () => {
  expect((await signedImage([stranger.trusted.fingerprint])).proof).toBeUndefined();
  const mine = {
    schema: { major: 1, minor: 1 },
    distributions: [
      {
        id: 'x',
        releases: [
          {
            version: '1',
            images: [
              {
                variant: 'base',
                arch: 'x86_64',
                signature: { form: 'detached', url: SIGNATURE, keys: [vendor.trusted.fingerprint] },
              },
            ],
          },
        ],
      },
    ],
  };
  expect((await signedImage(undefined, mine)).proof).toBeUndefined();
});

test('what is not its vendor’s does not stay in the library', async () => {
  const { engine, proof, web } = await signedImage();
  web.set(SIGNATURE, await signDetached(vendor, Buffer.from('another')));
  expect(await proof?.ready(never())).toBe(true);
  const image = { id: 'x/1/base/x86_64', file: 'x.iso', urls: ['https://a.example/x.iso'], sha256: SHA256 };
  let place = '';
  const prove = async (file: string): Promise<void> => {
    await access(file);
    await proof?.check(file, never());
  };
  const fetching = fetchImage(engine, image, { signal: never(), prove }, async ({ destination }) => {
    place = destination;
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, CONTENT);
    return { origins: [] } as unknown as DownloadResult;
  });
  await expect(fetching).rejects.toMatchObject({ code: 'CATALOG_IMAGE_SIGNATURE_BAD' });
  await expect(access(place)).rejects.toThrow();
});
