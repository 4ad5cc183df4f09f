import assert from 'node:assert/strict';

import type { PluginManifest, RangeRequest, Transport } from '@loopstick/core';

import { check, type ChecksOf } from '../suite/check.ts';
import type { SuiteOptions } from '../suite/options.ts';
import { onStage, requireStops, type Stage } from '../suite/stage.ts';
import { serveBytes, type ServerFault } from './serve-bytes.ts';

const CONTENT = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 31 + (index >> 8)) % 256);

interface Scene {
  readonly transport: Transport;
  readonly url: string;
  readonly stage: Stage;
}

export const transportChecks: ChecksOf = (manifest, { serve = serveBytes }) => {
  if (manifest.entry === undefined || !manifest.kinds.includes('transport@1')) return [];
  const scene = (name: string, use: (scene: Scene) => Promise<void>, fault?: ServerFault) =>
    check(name, async () => withServer(manifest, serve, use, fault));
  return [
    scene('it opens a file as a whole, and any range of it', async (at) => {
      await requireRange(at, 0, undefined);
      await requireRange(at, 0, 1);
      await requireRange(at, 1000, 200_000);
      await requireRange(at, CONTENT.length - 1, undefined);
      at.stage.requireWhole();
    }),
    scene('it opens several ranges at once', async (at) => {
      await Promise.all([0, 50_000, 100_000, 150_000].map((start) => requireRange(at, start, start + 50_000)));
      at.stage.requireWhole();
    }),
    scene('it says so when there is no such file', async ({ transport, url, stage }) => {
      await assert.rejects(read(transport, { url: `${url}.missing`, start: 0 }));
      stage.requireWhole();
    }),
    scene(
      'it takes what breaks off for no whole file',
      async ({ transport, url, stage }) => {
        const { bytes } = await read(transport, { url, start: 0 }).catch(() => ({ bytes: new Uint8Array() }));
        assert.ok(bytes.length < CONTENT.length, 'it makes up what has not come');
        assert.deepEqual(Buffer.from(bytes), Buffer.from(CONTENT.subarray(0, bytes.length)));
        stage.requireWhole();
      },
      'cut',
    ),
    scene(
      'it stops when it is told to',
      async ({ transport, url, stage }) => {
        await requireStops(stage, () => read(transport, { url, start: 0 }, AbortSignal.timeout(500)));
      },
      'stall',
    ),
  ];
};

async function withServer(
  { directory, id }: PluginManifest,
  serve: NonNullable<SuiteOptions['serve']>,
  use: (scene: Scene) => Promise<void>,
  fault?: ServerFault,
): Promise<void> {
  const server = await serve(CONTENT, fault);
  try {
    await onStage(directory, async (stage) => {
      const transport = await stage.engine.transport(server.url).catch((error: unknown) => {
        stage.requireWhole();
        throw new Error(`${id} has no transport for ${server.url}; say in "serve" how its files are served`, {
          cause: error,
        });
      });
      await use({ transport, url: server.url, stage });
    });
  } finally {
    await server.close();
  }
}

async function requireRange({ transport, url }: Scene, start: number, end: number | undefined): Promise<void> {
  const { from, bytes, total } = await read(transport, { url, start, ...(end !== undefined && { end }) });
  // A server may ignore the range, and a transport says so by its `start`.
  assert.ok(from === start || from === 0, `it answers from ${from} when it is asked for ${start}`);
  const wanted = CONTENT.subarray(from, from === start ? end : undefined);
  assert.deepEqual(Buffer.from(bytes), Buffer.from(wanted), `bytes ${start} to ${end ?? 'the end'} are others`);
  if (total !== undefined) assert.equal(total, CONTENT.length);
}

async function read(
  transport: Transport,
  request: Pick<RangeRequest, 'url' | 'start' | 'end'>,
  signal: AbortSignal = AbortSignal.timeout(30_000),
): Promise<{ readonly from: number; readonly bytes: Uint8Array; readonly total: number | undefined }> {
  const response = await transport.open({ ...request, signal });
  const pieces: Uint8Array[] = [];
  for await (const batch of response.body) pieces.push(...batch);
  return { from: response.start, bytes: Buffer.concat(pieces), total: response.total };
}
