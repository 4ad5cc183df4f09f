import { describe, expect, it } from 'vitest';

import plugin from '../src/index.ts';
import { SYSTEM_HOST } from '../src/host.ts';
import { planGrub } from '../src/plan.ts';
import { linuxItem, requestFor } from './request.ts';

describe('planGrub', () => {
  it('serves all three firmwares', async () => {
    const plan = await planGrub(await requestFor([linuxItem('one')]));
    expect(plan.firmwares).toEqual(['bios', 'uefi-x64', 'uefi-ia32']);
    expect(plan.bios?.bootCode).toHaveLength(440);
    for (const file of ['EFI/BOOT/BOOTX64.EFI', 'EFI/BOOT/BOOTIA32.EFI']) {
      const image = Buffer.from(plan.espFiles.get(file) ?? []);
      expect(image.subarray(0, 2).toString('latin1')).toBe('MZ');
      expect(image.includes("search --no-floppy --fs-uuid --set=root 'ABCD-1234'")).toBe(true);
    }
    expect(Buffer.from(plan.espFiles.get('boot/grub/grub.cfg') ?? []).toString()).toContain("--id 'one'");
  });

  it('gives the same bytes for the same request', async () => {
    const [first, second] = [
      await planGrub(await requestFor([linuxItem('one')])),
      await planGrub(await requestFor([linuxItem('one')])),
    ];
    expect([...first.espFiles.keys()]).toEqual([...second.espFiles.keys()]);
    for (const [path, content] of first.espFiles) {
      expect(Buffer.from(content).equals(second.espFiles.get(path) ?? new Uint8Array()), path).toBe(true);
    }
    expect(Buffer.from(first.bios?.embedded ?? []).equals(second.bios?.embedded ?? new Uint8Array())).toBe(true);
  });

  it('ships font and theme together, or neither', async () => {
    const request = await requestFor([linuxItem('one')]);
    const names = async (fonts: string[]): Promise<string> =>
      [...(await planGrub(request, { ...SYSTEM_HOST, fonts })).espFiles.keys()].join(' ');
    expect(await names([])).not.toMatch(/theme|fonts/);
    expect(await names([...SYSTEM_HOST.fonts])).toMatch(/fonts\/unicode\.pf2 .*theme\/theme\.txt/);
  });

  it('keeps a hostile title inside its place in the theme', async () => {
    const request = await requestFor([linuxItem('one')]);
    const title = 'a"\n}\n+ image { file = "x" }';
    const plan = await planGrub({ ...request, stick: { ...request.stick, title } });
    const theme = Buffer.from(plan.espFiles.get('boot/grub/theme/theme.txt') ?? []).toString();
    expect(theme).toContain('text = "a” } + image { file = ”x” }"\n');
  });

  it('stops when it is told to', async () => {
    const request = await requestFor([linuxItem('one')]);
    const reason = new Error('enough');
    await expect(planGrub({ ...request, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('the plugin', () => {
  it('adds one bootloader', () => {
    const added: unknown[] = [];
    const registrar = new Proxy({}, { get: (_, hook) => (part: object) => added.push({ hook, ...part }) });
    plugin.register(registrar as Parameters<typeof plugin.register>[0]);
    expect(added).toMatchObject([{ hook: 'bootloader', name: 'grub' }]);
  });
});
