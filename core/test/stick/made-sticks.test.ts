import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { createContext, type Context } from '../../src/engine/context.ts';
import type { Device } from '../../src/stick/device.ts';
import { madeSticks, noteStick } from '../../src/stick/made-sticks.ts';
import type { StickManifest } from '../../src/stick/manifest.ts';
import type { StickTarget } from '../../src/stick/target.ts';
import { temporaryFolder } from '../engine/support.ts';

const GRUB = { name: 'grub', pluginId: 'bootloader-grub' };

async function makeContext(home?: string): Promise<Context> {
  const env = { LOOPSTICK_HOME: home ?? (await temporaryFolder()) };
  return createContext({ env, random: (length) => randomBytes(length) });
}

const file = (path: string): StickTarget => ({ kind: 'image', path, size: undefined, force: true });
const device = (serial: string): StickTarget => ({
  kind: 'device',
  device: { path: '/dev/sdz', model: 'Model', serial } as Device,
});
const manifest = (id: string, recipe = 'distro-x/x'): StickManifest =>
  ({ id, title: `Stick ${id}`, images: [{ id: 'x/1/live/x86_64', recipe }] }) as unknown as StickManifest;

async function note(context: Context, target: StickTarget, id: string): Promise<void> {
  await noteStick(context, target, manifest(id), GRUB);
}
const ids = async (context: Context): Promise<string[]> => (await madeSticks(context)).map(({ id }) => id).sort();

describe('sticks that were made here', () => {
  it('are known by what was on them, and where they were', async () => {
    const context = await makeContext();
    expect(await madeSticks(context)).toEqual([]);
    await note(context, file('/sticks/one.img'), 'a');
    expect(await madeSticks(context)).toMatchObject([
      {
        ...{ id: 'a', title: 'Stick a', place: '/sticks/one.img', bootloader: GRUB },
        images: [{ id: 'x/1/live/x86_64', recipe: 'distro-x/x' }],
      },
    ]);
  });

  it('take the place of what was in the same file or on the same device, and of nothing else', async () => {
    const context = await makeContext();
    for (const id of ['a', 'b']) await note(context, file('/sticks/one.img'), id);
    expect(await ids(context)).toEqual(['b']);
    await note(context, file('/sticks/two.img'), 'c');
    for (const id of ['d', 'e']) await note(context, device('S1'), id);
    expect(await ids(context)).toEqual(['b', 'c', 'e']);
    // The next one that is put in has the same path.
    await note(context, device('S2'), 'f');
    for (const id of ['g', 'h']) await note(context, device(''), id);
    expect(await ids(context)).toEqual(['b', 'c', 'e', 'f', 'g', 'h']);
  });

  it('are done without where nothing can be noted, or read', async () => {
    const home = await temporaryFolder();
    await writeFile(join(home, 'state'), 'in the way');
    const context = await makeContext(home);
    await note(context, file('/sticks/one.img'), 'a');
    const other = await makeContext();
    await note(other, file('/sticks/one.img'), 'a');
    const folder = join(other.paths.state, 'sticks');
    const [name = ''] = await readdir(folder);
    await note(other, file('/sticks/two.img'), 'b');
    for (const damage of ['{', '{"id": 7}', '']) {
      await writeFile(join(folder, name), damage);
      expect(await ids(other)).toEqual(['b']);
    }
  });
});
