import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runServer } from 'verdaccio';

/** A real npm registry, verdaccio, on this machine and with nothing behind it. */
export interface NpmRegistry {
  readonly url: string;
  /** Publishes a package as `npm publish` does. The block is that of the package.json, unless it is to be another. */
  publish(packageJson: PackageJson, tarball: Uint8Array, announced?: PackageJson): Promise<void>;
  /** Puts other bytes in the place of a tarball, behind the registry's back. */
  swap(name: string, version: string, tarball: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface PackageJson {
  readonly name: string;
  readonly version: string;
}

export async function openNpmRegistry(): Promise<NpmRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-npm-'));
  const storage = join(folder, 'storage');
  await mkdir(storage);
  const everybody = { access: '$all', publish: '$all', unpublish: '$all' };
  const server = (await runServer({
    storage,
    configPath: join(folder, 'config.yaml'),
    self_path: join(folder, 'config.yaml'),
    web: { enable: false },
    auth: { htpasswd: { file: join(folder, 'htpasswd') } },
    security: { api: { legacy: true } },
    packages: { '@*/*': everybody, '**': everybody },
    uplinks: {},
    secret: randomBytes(16).toString('hex'),
    log: { type: 'stdout', format: 'pretty', level: 'fatal' },
  })) as unknown as Server;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const fileOf = ({ name, version }: PackageJson): string => `${name.replace(/^.*\//, '')}-${version}.tgz`;
  return {
    url,
    async publish(packageJson, tarball, announced = packageJson) {
      const { name, version } = packageJson;
      const file = fileOf(packageJson);
      const dist = {
        integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
        shasum: createHash('sha1').update(tarball).digest('hex'),
        tarball: `${url}${name}/-/${file}`,
      };
      const answer = await fetch(`${url}${name.replace('/', '%2f')}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          _id: name,
          name,
          'dist-tags': { latest: version },
          versions: { [version]: { ...announced, _id: `${name}@${version}`, dist } },
          _attachments: {
            [file]: {
              content_type: 'application/octet-stream',
              data: Buffer.from(tarball).toString('base64'),
              length: tarball.length,
            },
          },
        }),
      });
      if (!answer.ok) throw new Error(`verdaccio says ${answer.status}: ${await answer.text()}`);
    },
    async swap(name, version, tarball) {
      const file = join(storage, name, fileOf({ name, version }));
      await readFile(file);
      await writeFile(file, tarball);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
