import { link, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import type { TestInput, TestInputs } from '../inputs/make.ts';
import { serveFolder, type FileServer } from '../servers/index.ts';

/** Memtest86+ is always there; the others only where Debian's packages are. */
export type DemoInputs = TestInputs<'memtest'> & Partial<TestInputs<'debian-mini' | 'fedora-42'>>;

export interface DemoMirrors {
  readonly dropping: FileServer;
  readonly slow: FileServer;
  readonly fast: FileServer;
  /** What each mirror was asked for and has sent. */
  report(): string;
  close(): Promise<void>;
}

/** Three mirrors of one folder, on the loopback interface. */
export async function openMirrors(folder: string, inputs: DemoInputs): Promise<DemoMirrors> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { path } of Object.values(inputs)) {
    const place = join(folder, basename(path));
    await link(path, place).catch(() => copyFile(path, place));
  }
  const half = Math.floor((inputs['debian-mini'] ?? inputs.memtest).size / 2);
  const dropping = await serveFolder({ folder, fault: { kind: 'drop', after: half } });
  const slow = await serveFolder({ folder, rate: 4 * 1024 * 1024 });
  const fast = await serveFolder({ folder });
  const all = { dropping, slow, fast };
  return {
    ...all,
    report: () =>
      Object.entries(all)
        .map(([name, { requests }]) => {
          const list = requests.map(({ path, range, sent }) => `${path} ${range ?? 'from 0'}: ${sent} bytes sent`);
          return `  ${name} mirror: ${list.join('; ') || 'not asked'}`;
        })
        .join('\n'),
    close: async () => {
      await Promise.all(Object.values(all).map((server) => server.close()));
    },
  };
}

/** A catalog as a user could write it, with these images on these mirrors. Returns its path. */
export async function writeDemoCatalog(file: string, mirrors: DemoMirrors, inputs: DemoInputs): Promise<string> {
  const { dropping, slow, fast } = mirrors;
  const image = (variant: string, kind: string, input: TestInput, servers: readonly FileServer[]): object => ({
    variant,
    arch: 'x86_64',
    kind,
    file: basename(input.path),
    size: input.size,
    checksums: { sha256: input.sha256 },
    evidence: { level: 'none' },
    mirrors: servers.map(({ url }) => `${url}/${basename(input.path)}`),
    default: true,
  });
  const debian = inputs['debian-mini'] === undefined ? [] : [inputs['debian-mini']];
  const document = {
    schema: { major: 1, minor: 0 },
    origins: { demo: { title: 'the demo', location: 'test/src/demo', retrieved: '2026-11-21' } },
    distributions: [
      ...debian.map((input) => ({
        id: 'debian-installer',
        name: 'Debian network installer',
        releases: [{ version: '12', images: [image('netboot', 'installer', input, [dropping, fast, slow])] }],
        provenance: { '*': 'demo' },
      })),
      {
        id: 'memtest',
        name: 'Memtest86+',
        releases: [{ version: '6', images: [image('x64', 'tool', inputs.memtest, [slow, fast])] }],
        provenance: { '*': 'demo' },
      },
    ],
  };
  await writeFile(file, `${JSON.stringify(document, null, 2)}\n`);
  return file;
}
