import { readFile } from 'node:fs/promises';

import type { SystemTool } from '@loopstick/core';
import { expect, it } from 'vitest';

import { SYSTEM_HOST } from '../src/host.ts';
import { PLATFORMS } from '../src/platforms.ts';

it('asks the system for what the plugin looks for: programs by both names, modules in every folder', async () => {
  const file = new URL('../package.json', import.meta.url);
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { loopstick: { tools: SystemTool[] } };
  const places = manifest.loopstick.tools.map(({ anyOf }) => anyOf);
  expect(places).toEqual([
    ...['mkimage', 'script-check'].map((tool) => [`grub-${tool}`, `grub2-${tool}`]),
    ...PLATFORMS.map(({ format }) => SYSTEM_HOST.moduleRoots.map((root) => `${root}/${format}/kernel.img`)),
  ]);
  // The hints of this plugin's errors name the same packages.
  expect(manifest.loopstick.tools.slice(2).map(({ packages }) => packages.apt)).toEqual(
    PLATFORMS.map(({ debianPackage }) => debianPackage),
  );
});
