import { createEngine, parseSettings } from '@loopstick/core';

/** The lists of mirrors that a plugin knows for a file of its distribution at this address. */
export async function mirrorsBy(plugin: string, distribution: string, url: string): Promise<readonly unknown[]> {
  const engine = await createEngine({
    plugins: [plugin],
    settings: parseSettings({}, 'none'),
    context: { env: { LOOPSTICK_HOME: '/nonexistent' } },
  });
  const [version, variant, arch, file] = ['1', 'any', 'x86_64', url.split('/').at(-1) ?? ''];
  const image = { id: `${distribution}/1/any/x86_64`, distribution, version, variant, arch, file, urls: [url] };
  return (await engine.mirrorLists(image, new AbortController().signal)).flatMap(({ lists }) => lists);
}
