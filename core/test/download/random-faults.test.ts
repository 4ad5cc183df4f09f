import { readFile } from 'node:fs/promises';

import fc from 'fast-check';
import { expect, it } from 'vitest';

import type { Fault } from '../../../test/src/servers/index.ts';
import { createRoom, download } from './support.ts';

const SIZE = 200_000;
const offset = fc.integer({ min: 0, max: SIZE });

const fault: fc.Arbitrary<Fault | undefined> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('drop' as const), after: offset }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('short-body' as const), after: offset }) },
  fc.record({ kind: fc.constant('wrong-bytes' as const), at: offset }),
  fc.record({ kind: fc.constant('lying-range' as const), shift: fc.integer({ min: 1, max: 1000 }) }),
  fc.record({ kind: fc.constant('wrong-total' as const), by: fc.integer({ min: -1000, max: 1000 }) }),
  fc.record({ kind: fc.constant('status' as const), status: fc.constantFrom(403, 404, 429, 500, 503) }),
  fc.constantFrom<Fault>({ kind: 'ignore-range' }, { kind: 'unsatisfiable' }, { kind: 'no-length' }),
);

const mirror = fc.record({ fault, faultyRequests: fc.constantFrom(1, 2, Infinity) });

it('whatever the mirrors do, the file is right or there is none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(mirror, { minLength: 1, maxLength: 3 }), fc.boolean(), async (mirrors, sizeIsKnown) => {
      const room = await createRoom(SIZE);
      const servers = [];
      for (const options of mirrors) servers.push(await room.serve(options));
      const job = sizeIsKnown ? {} : { size: undefined };
      const error = await download(room, servers, job).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) {
        expect((await readFile(room.destination)).equals(room.content)).toBe(true);
        expect(await room.list()).toEqual(['image.iso']);
      } else {
        expect(error).toMatchObject({ code: expect.stringMatching(/^DOWNLOAD_(ALL_MIRRORS_FAILED|CHECKSUM)$/) });
        expect(await room.list()).not.toContain('image.iso');
        // One mirror that always does right is enough.
        expect(mirrors.some(({ fault: its }) => its === undefined)).toBe(false);
      }
      await room.close();
    }),
    { numRuns: 60 },
  );
}, 120_000);

it('nothing waits for a mirror that has refused for good', async () => {
  const room = await createRoom(SIZE);
  const busy = await room.serve({ fault: { kind: 'status', status: 503 }, faultyRequests: Infinity });
  const wrong = await room.serve({ fault: { kind: 'wrong-bytes', at: 2 }, faultyRequests: Infinity });

  await expect(download(room, [busy, wrong], { size: undefined })).rejects.toMatchObject({ code: 'DOWNLOAD_CHECKSUM' });
  await room.close();
}, 20_000);
