/** Signing keys of a registry: Ed25519, one file a key. */
import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describeIssues, failure, makeFolder, messageOf, systemCode, type Context } from '@loopstick/core';
import { z } from 'zod';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import { ROLES, type Role } from '../tuf/roles.ts';

export interface SigningKey {
  readonly id: string;
  readonly role: Role;
  /** 64 hex digits. */
  readonly publicKey: string;
  readonly file: string;
  /** In hex digits. */
  sign(bytes: Uint8Array): string;
}

interface KeyFile {
  readonly schema: 1;
  readonly role: Role;
  readonly created: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
}

const keyFileSchema: z.ZodType<KeyFile, unknown> = z.object({
  schema: z.literal(1),
  role: z.enum(ROLES),
  created: z.string(),
  privateKey: z.string().max(1000),
});

// RFC 8410, section 7: what stands before the 32 bytes of an Ed25519 key in PKCS #8.
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Makes a key and writes it into the folder, which is made with rights for nobody else. */
export async function createKey(
  folder: string,
  role: Role,
  { random, now }: Pick<Context, 'random' | 'now'>,
): Promise<SigningKey> {
  const der = Buffer.concat([PKCS8_HEAD, random(32)]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const privateKey = key.export({ format: 'pem', type: 'pkcs8' }) as string;
  const content: KeyFile = { schema: 1, role, created: now().toISOString(), privateKey };
  await makePrivateFolder(folder);
  const file = join(folder, `${role}-${keyId(publicHex(key)).slice(0, 12)}.json`);
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return signingKey(role, key, file);
}

/**
 * The keys in these folders, by id. A folder that is not there has none: offline keys are elsewhere most of the time.
 * @throws LoopstickError REGISTRY_KEY_UNUSABLE; the system's own errors
 */
export async function loadKeys(folders: readonly string[]): Promise<ReadonlyMap<string, SigningKey>> {
  const keys = new Map<string, SigningKey>();
  for (const folder of folders) {
    for (const name of await namesIn(folder)) {
      const file = join(folder, name);
      const key = parseKey(await readFile(file, 'utf8'), file);
      if (!keys.has(key.id)) keys.set(key.id, key);
    }
  }
  return keys;
}

function parseKey(text: string, file: string): SigningKey {
  try {
    const parsed = keyFileSchema.safeParse(JSON.parse(text));
    if (!parsed.success) throw new Error(describeIssues(parsed.error));
    const key = createPrivateKey(parsed.data.privateKey);
    if (key.asymmetricKeyType !== 'ed25519') throw new Error('it is not an Ed25519 key');
    return signingKey(parsed.data.role, key, file);
  } catch (cause) {
    throw failure(REGISTRY_ERRORS.keyUnusable, { file, problem: messageOf(cause) }, { cause });
  }
}

function signingKey(role: Role, key: KeyObject, file: string): SigningKey {
  const publicKey = publicHex(key);
  return { id: keyId(publicKey), role, publicKey, file, sign: (bytes) => sign(null, bytes, key).toString('hex') };
}

function publicHex(key: KeyObject): string {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url').toString('hex');
}

/** A key as metadata names it (TUF specification, section 4.2). */
export function publicKeyDocument(publicKey: string): {
  keytype: string;
  scheme: string;
  keyval: { public: string };
} {
  return { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: publicKey } };
}

/** The hash of the key in canonical JSON: members in alphabetical order, no blanks. */
function keyId(publicKey: string): string {
  const { keytype, keyval, scheme } = publicKeyDocument(publicKey);
  return createHash('sha256').update(JSON.stringify({ keytype, keyval, scheme })).digest('hex');
}

async function makePrivateFolder(folder: string): Promise<void> {
  await makeFolder(join(folder, '..'));
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (systemCode(error) !== 'EEXIST') throw error;
  });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.json') && !name.startsWith('.')).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
