/** The check of @loopstick/testkit that starts a stick, for a plugin as `loopstick plugin create` makes it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createPlugin } from '@loopstick/registry';
import { pluginChecks, type SuiteOptions } from '@loopstick/testkit';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';

import { defaultCacheDir } from '../inputs/cache.ts';
import { makeTestInputs, type TestInputs } from '../inputs/make.ts';

const BOOT = {
  recognise: { labels: ['MT86PLUS_64'], find: [{ name: 'kernel', paths: ['/EFI/BOOT/bootx64.efi'] }] },
  entries: [
    { id: 'test', title: 'Memory', kernel: '{kernel}', initrds: [], args: [], markers: { userland: ['CLK/Temp'] } },
  ],
};

let folder: string;
let inputs: TestInputs<'memtest' | 'no-boot'>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loopstick-test-'));
  inputs = await makeTestInputs({ cacheDir: defaultCacheDir(), only: ['memtest', 'no-boot'] });
  const signal = AbortSignal.timeout(60_000);
  const common = { license: 'MIT', parent: folder, now: new Date('2026-01-01'), signal } as const;
  await createPlugin('distro-memory', { kind: 'distro', data: true, ...common });
  const file = join(folder, 'distro-memory/distribution.json');
  const document = JSON.parse(await readFile(file, 'utf8')) as { boot: object[] };
  const boot = { ...document.boot[0], ...BOOT, title: 'Memory test', version: '1', kind: 'tool' };
  await writeFile(file, JSON.stringify({ ...document, boot: [boot] }));
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rm(folder, { recursive: true, force: true }));

async function startStick(bootIso: string): Promise<string | undefined> {
  const options: SuiteOptions = { directory: join(folder, 'distro-memory'), bootIso };
  const checks = await pluginChecks(options);
  const own = checks.filter(({ name }) => name === 'a stick with its ISO starts');
  expect(own).toHaveLength(1);
  return own[0]?.run();
}

it('builds a stick with the ISO, and sees it start', async () => {
  vi.stubEnv('LOOPSTICK_TESTKIT_BOOT', '1');
  expect(await startStick(inputs.memtest.path)).toBeUndefined();
});

it('fails with an ISO that the plugin does not know', async () => {
  vi.stubEnv('LOOPSTICK_TESTKIT_BOOT', '1');
  await expect(startStick(inputs['no-boot'].path)).rejects.toMatchObject({ code: 'RECIPE_NONE' });
});

it('is skipped where nobody has asked for it', async () => {
  vi.stubEnv('LOOPSTICK_TESTKIT_BOOT', '');
  expect(await startStick(inputs.memtest.path)).toBeTypeOf('string');
});
