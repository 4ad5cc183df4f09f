import { chmod } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { parseSettings } from '../../src/engine/settings.ts';
import { findTools, installCommands } from '../../src/engine/system-tools.ts';
import type { SystemTool } from '../../src/engine/tool-schema.ts';
import { manifestText, temporaryFolder, writeFiles } from './support.ts';

const toolOf = (name: string, parts: Partial<SystemTool> = {}): SystemTool => ({
  name,
  purpose: 'a test',
  neededFor: 'build',
  anyOf: [name],
  packages: {},
  ...parts,
});

/** An engine with a plugin for each bootloader, `boot-<name>`, and a recipe plugin; each needs a tool `for-<plugin>`. */
async function engineWith(bootloaders: readonly string[], disabled: readonly string[] = []) {
  const home = await temporaryFolder();
  const plugins = [...bootloaders.map((name) => [`boot-${name}`, 'bootloader@1'] as const), ['recipe', 'recipe@1']];
  for (const [id, kind] of plugins as [string, string][]) {
    const name = id.replace('boot-', '');
    await writeFiles(join(home, id), {
      'package.json': manifestText(id, { kinds: [kind], tools: [toolOf(`for-${id}`)] }),
      'index.js': `export default { id: '${id}', register(to) { ${
        kind === 'recipe@1' ? '' : `to.bootloader({ name: '${name}', description: '', plan: async () => ({}) });`
      } } };`,
    });
  }
  const engine = await createEngine({
    context: { env: { LOOPSTICK_HOME: home, PATH: join(home, 'bin') } },
    plugins: plugins.map(([id]) => join(home, id)),
    settings: parseSettings({ plugins: { disabled } }, 'test'),
  });
  return { engine, home };
}

const plugged = async (engine: Engine, bootloader?: string): Promise<(string | undefined)[]> =>
  (await findTools(engine, bootloader)).flatMap(({ tool, pluginId }) => (pluginId === undefined ? [] : [tool.name]));

describe('findTools', () => {
  it('looks for what core runs, which knows no bootloader', async () => {
    const { engine } = await engineWith([]);
    const own = (await findTools(engine)).filter(({ pluginId }) => pluginId === undefined);
    expect(own.map(({ tool }) => tool.name)).toEqual(expect.arrayContaining(['sgdisk', 'xorriso', 'lsblk']));
    expect(JSON.stringify(own).toLowerCase()).not.toContain('grub');
  });

  it('looks for what the enabled plugins need, without loading any of them', async () => {
    const { engine } = await engineWith(['one', 'two', 'off'], ['boot-off']);
    expect(await plugged(engine)).toEqual(['for-boot-one', 'for-boot-two', 'for-recipe']);
    expect(engine.plugins.map(({ state }) => state)).not.toContain('loaded');
  });

  it('leaves out what only other bootloaders need', async () => {
    const { engine } = await engineWith(['one', 'two']);
    expect(await plugged(engine, 'two')).toEqual(['for-boot-two', 'for-recipe']);
    await expect(findTools(engine, 'three')).rejects.toMatchObject({ code: 'PLUGIN_NOT_FOUND' });
  });

  it('finds programs that may be run, on the PATH, and files that may be read, anywhere', async () => {
    const { engine, home } = await engineWith([]);
    const bin = join(home, 'bin');
    await writeFiles(home, { 'bin/runs': '', 'bin/cannot-run': '', 'file.img': '' });
    await chmod(join(bin, 'runs'), 0o755);
    const tools = [
      toolOf('program', { anyOf: ['nothing-of-this-name', 'runs'] }),
      toolOf('plain file', { anyOf: ['cannot-run'] }),
      toolOf('file', { anyOf: [join(home, 'none'), join(home, 'file.img')] }),
    ];
    const [first] = engine.plugins;
    const plugins = [{ ...first!, manifest: { ...first!.manifest, tools } }];
    const { context, bootloader } = engine;
    const found = (await findTools({ context, bootloader, plugins })).filter(({ pluginId }) => pluginId !== undefined);
    expect(found.map(({ path }) => path)).toEqual([join(bin, 'runs'), undefined, join(home, 'file.img')]);
    expect(found.map(({ pluginId }) => pluginId)).toEqual(['recipe', 'recipe', 'recipe']);
  });
});

describe('installCommands', () => {
  it('names each package once, and gives no command to a manager that has none', () => {
    const commands = installCommands([
      toolOf('a', { packages: { apt: 'x', brew: 'y' } }),
      toolOf('b', { packages: { apt: 'x', dnf: 'z' } }),
    ]);
    expect(commands).toMatchObject({ apt: 'sudo apt-get install x', dnf: 'sudo dnf install z', zypper: '' });
  });
});
