/** What somebody does who has stolen keys of a registry: changes its files and signs them. */
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Metadata, MetadataKind, Signature } from '@tufjs/models';

export interface Signed {
  version: number;
  expires: string;
  [field: string]: unknown;
}
type Change = (signed: Signed) => void;
type Json = Parameters<typeof Metadata.fromJSON>[1];

/** A stolen key. */
export interface Key {
  readonly id: string;
  readonly role: string;
  readonly privateKey: string;
}

export async function stealKeys(folder: string): Promise<Key[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(
    names.map(async (name) => {
      const { role, privateKey } = JSON.parse(await readFile(join(folder, name), 'utf8')) as Omit<Key, 'id'>;
      return { id: keyId(privateKey), role, privateKey };
    }),
  );
}

function keyId(privateKey: string): string {
  const { x = '' } = createPrivateKey(privateKey).export({ format: 'jwk' });
  const keyval = { public: Buffer.from(x, 'base64url').toString('hex') };
  return createHash('sha256')
    .update(JSON.stringify({ keytype: 'ed25519', keyval, scheme: 'ed25519' }))
    .digest('hex');
}

/** Writes metadata with this content, signed by these keys. */
export async function writeSigned(file: string, signed: Signed, keys: readonly Key[]): Promise<void> {
  const json = { signatures: [], signed } as unknown as Json;
  const metadata = fromJson(String(signed['_type']), json);
  for (const { id, privateKey } of keys) {
    metadata.sign((bytes) => new Signature({ keyID: id, sig: sign(null, bytes, privateKey).toString('hex') }));
  }
  await writeFile(file, JSON.stringify(metadata.toJSON()));
}

export async function readSigned(file: string): Promise<Signed> {
  return (JSON.parse(await readFile(file, 'utf8')) as { signed: Signed }).signed;
}

export interface Forgery {
  /** Each makes the file of the next version, unless it says so otherwise itself. */
  readonly targets?: Change;
  readonly snapshot?: Change;
  readonly timestamp?: Change;
}

/**
 * Publishes changed metadata in a copy of a registry's `public` folder, so that everything fits together: with the keys
 * of all roles that are changed, and of those above them.
 */
export async function forge(publicFolder: string, keys: readonly Key[], forgery: Forgery): Promise<void> {
  const at = (name: string): string => join(publicFolder, 'metadata', name);
  const of = (role: string): Key[] => keys.filter((key) => key.role === role);
  const timestamp = await readSigned(at('timestamp.json'));
  const snapshotMeta = (timestamp['meta'] as Record<string, { version: number }>)['snapshot.json'];
  const snapshot = await readSigned(at(`${snapshotMeta?.version}.snapshot.json`));
  const targetsMeta = (snapshot['meta'] as Record<string, { version: number }>)['targets.json'];
  if (forgery.targets !== undefined) {
    const targets = await readSigned(at(`${targetsMeta?.version}.targets.json`));
    targets.version++;
    forgery.targets(targets);
    const name = `${targets.version}.targets.json`;
    await writeSigned(at(name), targets, of('targets'));
    snapshot['meta'] = { 'targets.json': await metaOf(at(name), targets.version) };
  }
  snapshot.version++;
  forgery.snapshot?.(snapshot);
  const name = `${snapshot.version}.snapshot.json`;
  await writeSigned(at(name), snapshot, of('snapshot'));
  timestamp['meta'] = { 'snapshot.json': await metaOf(at(name), snapshot.version) };
  timestamp.version++;
  forgery.timestamp?.(timestamp);
  await writeSigned(at('timestamp.json'), timestamp, of('timestamp'));
}

export async function metaOf(file: string, version: number): Promise<Record<string, unknown>> {
  const bytes = await readFile(file);
  return { version, length: bytes.length, hashes: { sha256: createHash('sha256').update(bytes).digest('hex') } };
}

function fromJson(type: string, json: Json): ReturnType<typeof Metadata.fromJSON> {
  if (type === 'root') return Metadata.fromJSON(MetadataKind.Root, json) as never;
  if (type === 'targets') return Metadata.fromJSON(MetadataKind.Targets, json);
  if (type === 'snapshot') return Metadata.fromJSON(MetadataKind.Snapshot, json) as never;
  return Metadata.fromJSON(MetadataKind.Timestamp, json) as never;
}
