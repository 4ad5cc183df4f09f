import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { createRunner } from '../../src/engine/run.ts';

/** A real ISO with these files; names are taken as they are. */
export async function makeIso(
  output: string,
  { label, files }: { label: string; files: Readonly<Record<string, string | Uint8Array>> },
): Promise<string> {
  const tree = await mkdtemp(join(tmpdir(), 'loopstick-tree-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      const target = join(tree, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content);
    }
    const args = ['-no_rc', '-abort_on', 'FAILURE', '-outdev', `stdio:${output}`, '-volid', label, '-map', tree, '/'];
    await createRunner(process.env).run('xorriso', args, { signal: new AbortController().signal });
    return output;
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}
