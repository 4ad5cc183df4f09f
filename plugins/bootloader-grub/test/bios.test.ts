import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

import { biosPlan } from '../src/bios.ts';
import { findModules, SYSTEM_HOST } from '../src/host.ts';
import { buildImage } from '../src/images.ts';
import { PLATFORMS } from '../src/platforms.ts';
import { requestFor } from './request.ts';

const START = 0x1_2345_6789;

async function realImages(): Promise<{ boot: Uint8Array; core: Uint8Array }> {
  const [platform] = PLATFORMS;
  if (platform?.format !== 'i386-pc') throw new Error('the first platform is not BIOS');
  const folder = await findModules(platform, SYSTEM_HOST);
  const core = await buildImage(platform, folder, await requestFor([]));
  return { boot: await readFile(`${folder.path}/boot.img`), core };
}

describe('biosPlan', () => {
  it('patches the boot sector in three places and cuts it before the partition table', async () => {
    const { boot, core } = await realImages();
    const { bootCode } = biosPlan(boot, core, { start: START, sectors: 2048 });
    expect(bootCode).toHaveLength(440);
    expect([...bootCode.slice(0x5c, 0x64)]).toEqual([0x89, 0x67, 0x45, 0x23, 0x01, 0, 0, 0]);
    expect([...bootCode.slice(0x66, 0x68)]).toEqual([0x90, 0x90]);
    const changed = [...bootCode.keys()].filter((at) => bootCode[at] !== boot[at]);
    expect(changed.every((at) => (at >= 0x5c && at < 0x64) || at === 0x66 || at === 0x67)).toBe(true);
  });

  it('lists the rest of the core image in its first sector', async () => {
    const { boot, core } = await realImages();
    const { embedded } = biosPlan(boot, core, { start: START, sectors: 2048 });
    const view = new DataView(embedded.buffer, embedded.byteOffset);
    expect(embedded.length % 512).toBe(0);
    expect(view.getBigUint64(0x1f4, true)).toBe(BigInt(START) + 1n);
    expect(view.getUint16(0x1fc, true)).toBe(embedded.length / 512 - 1);
    expect(view.getUint16(0x1fe, true)).toBe(0x820);
    expect(Buffer.from(embedded.slice(512, core.length)).equals(core.slice(512))).toBe(true);
  });

  it('takes a partition that is just large enough and refuses a smaller one', async () => {
    const { boot, core } = await realImages();
    const sectors = Math.ceil(core.length / 512);
    expect(biosPlan(boot, core, { start: 2048, sectors }).embedded).toHaveLength(sectors * 512);
    expect(() => biosPlan(boot, core, { start: 2048, sectors: sectors - 1 })).toThrow(
      expect.objectContaining({ code: 'GRUB_CORE_TOO_LARGE' }),
    );
  });

  it('refuses files that are not what they should be', async () => {
    const { boot, core } = await realImages();
    const place = { start: 2048, sectors: 2048 };
    const invalid = expect.objectContaining({ code: 'GRUB_BOOT_IMAGE_INVALID' }) as Error;
    expect(() => biosPlan(boot.slice(0, 511), core, place)).toThrow(invalid);
    expect(() => biosPlan(new Uint8Array(512), core, place)).toThrow(invalid);
    expect(() => biosPlan(boot, core.slice(0, 512), place)).toThrow(invalid);
    expect(() => biosPlan(boot, new Uint8Array(4096), place)).toThrow(invalid);
  });
});
