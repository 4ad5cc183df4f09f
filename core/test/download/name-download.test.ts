import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { nameDownload } from '../../src/download/name-download.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { RangeRequest, RangeResponse } from '../../src/engine/hooks.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

/** An engine whose servers all answer so, and what they were asked. */
async function createStage(answer: Partial<RangeResponse> | Error): Promise<{ engine: Engine; asked: RangeRequest[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-name-'));
  folders.push(folder);
  const engine = await createEngine({ context: { env: { LOOPSTICK_HOME: folder } } });
  const asked: RangeRequest[] = [];
  engine.own.transport({
    name: 'http',
    schemes: ['http', 'https'],
    open: (request) => {
      asked.push(request);
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve({ address: request.url, fileName: undefined, ...answer } as RangeResponse);
    },
  });
  return { engine, asked };
}

describe('the name of a download', () => {
  const { signal } = new AbortController();

  it('is what the address says, and then nobody is asked', async () => {
    const { engine, asked } = await createStage({ fileName: 'other.iso' });
    expect(await nameDownload(engine, 'https://example.org/pub/any-1.0.iso', signal)).toBe('any-1.0.iso');
    expect(asked).toEqual([]);
  });

  it.each([
    ['https://example.org/get.php?id=7', { fileName: 'real.iso' }, 'real.iso'],
    ['https://example.org/latest', { address: 'https://mirror.example/any-2.0.iso' }, 'any-2.0.iso'],
    ['https://example.org/', { fileName: '../../.bashrc' }, 'bashrc'],
    ['https://example.org/', {}, 'download.bin'],
    ['https://example.org/latest', new Error('nobody there'), 'latest'],
  ])('of %s is asked for: %o', async (url, answer, name) => {
    const { engine, asked } = await createStage(answer);
    expect(await nameDownload(engine, url, signal)).toBe(name);
    expect(asked).toMatchObject([{ url, start: 0, end: 1 }]);
    expect(asked[0]?.signal.aborted).toBe(true);
  });

  it('is not asked for any longer than its caller wants to wait', async () => {
    const { engine } = await createStage(new Error('aborted'));
    const reason = new Error('stopped');
    const naming = nameDownload(engine, 'https://example.org/', AbortSignal.abort(reason));
    await expect(naming).rejects.toBe(reason);
  });
});
