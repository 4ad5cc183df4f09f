import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FIRMWARES, parseWatchedLine, type MenuItem, type WatchedEvent } from '@loopstick/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { planGrub } from '../src/plan.ts';
import { watch } from './machine.ts';
import { ISO_PATH, linuxItem, requestFor } from './request.ts';
import { makeStick } from './tiny-stick.ts';

const TITLE = `It's "quoted" $root \\ *[x]? {};`;
const items: MenuItem[] = [
  linuxItem('tiny', { title: TITLE, args: ['a=$root', 'b=*', 'c;d'], serialArgs: ['serial=yes'] }),
  linuxItem('broken', { initrds: ['/initrd', '/missing'] }),
  linuxItem('bios-only', { conditions: { firmware: ['bios'] } }),
  {
    id: 'own-menu',
    title: 'Its own menu',
    isoPath: ISO_PATH,
    entry: { type: 'iso-menu', id: 'x', title: 'x', conditions: {}, markers: {}, config: '/boot/grub/loopback.cfg' },
  },
];
const ANNOUNCED: WatchedEvent[] = [...items.map(({ id }) => ({ type: 'entry', id }) as const), { type: 'menu' }];

const eventsOf = (lines: readonly string[]): WatchedEvent[] =>
  lines.map(parseWatchedLine).filter((event) => event !== undefined);
const failed = (text: string): boolean => /loopstick: failed .*\n/.test(text);
const never = (): boolean => false;

let folder = '';
let image = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loopstick-grub-boot-'));
  image = join(folder, 'stick.img');
  await makeStick(image, await planGrub(await requestFor(items, folder)), folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(FIRMWARES)('a stick started by %s', (firmware) => {
  it('announces its entries and starts the wanted one with exactly its arguments', async () => {
    const lines = await watch(image, firmware, 'tiny', never, folder);
    expect(eventsOf(lines)).toEqual([...ANNOUNCED, { type: 'start', id: 'tiny' }]);
    expect(lines.join('\n')).toContain(TITLE);
    expect(lines.at(-1)?.trim()).toBe('BOOT_IMAGE=(loop)/vmlinuz a=$root b=* c;d serial=yes');
  });

  it('does not start a kernel whose initrd is not complete', async () => {
    // GRUB waits ten seconds for a key before it starts what is loaded after all, or says that it gave up.
    const decided = (text: string): boolean => /Failed to boot both|BOOT_IMAGE=/.test(text);
    const lines = await watch(image, firmware, 'broken', decided, folder);
    expect(eventsOf(lines).slice(-2)).toEqual([
      { type: 'start', id: 'broken' },
      { type: 'failed', id: 'broken', what: 'initrd' },
    ]);
    expect(lines.join('\n')).not.toContain('BOOT_IMAGE=');
  });
});

describe('a stick', () => {
  it('explains an entry for other firmware instead of starting it', async () => {
    const lines = await watch(image, 'uefi-x64', 'bios-only', failed, folder);
    expect(eventsOf(lines)).toEqual([...ANNOUNCED, { type: 'failed', id: 'bios-only', what: 'firmware' }]);
    expect(lines.join('\n')).toContain('(needs BIOS)');
  });

  it("gives an ISO's own menu its path", async () => {
    const lines = await watch(image, 'bios', 'own-menu', never, folder);
    expect(eventsOf(lines).at(-1)).toEqual({ type: 'start', id: 'own-menu' });
    expect(lines.at(-1)?.trim()).toBe(`BOOT_IMAGE=/vmlinuz inner iso-scan/filename=${ISO_PATH}`);
  });
});
