import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createCleartextMessage, createMessage, generateKey, sign, type PrivateKey } from 'openpgp';

/** When keys and signatures are made: before the day at which a site is read, see readUpstreamOf. */
const MADE = new Date('2026-10-01T00:00:00Z');

/** A plugin whose keys are ours, for lists that we make up: its document is the real one in everything else. */
export interface SignedPlugin {
  /** Its folder. */
  readonly folder: string;
  /**
   * A detached signature, armoured, by the key that stands in place of the one with this fingerprint. For one that the
   * document does not have it is that of a stranger.
   */
  detached(fingerprint: string, text: string): Promise<string>;
  /** The text, signed in clear. */
  clear(fingerprint: string, text: string): Promise<string>;
  remove(): Promise<void>;
}

interface DocumentWithKeys {
  readonly keys: readonly { readonly fingerprint: string; readonly file: string }[];
}

/** Copies a plugin that describes a distribution, with a throw-away key in place of each of the vendor's. */
export async function signedPlugin(plugin: string): Promise<SignedPlugin> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-signed-'));
  await cp(join(plugin, 'package.json'), join(folder, 'package.json'));
  await mkdir(join(folder, 'keys'));
  const document = JSON.parse(await readFile(join(plugin, 'distribution.json'), 'utf8')) as DocumentWithKeys;
  const own = new Map<string, PrivateKey>();
  const keys = [];
  for (const [at, rule] of document.keys.entries()) {
    const key = await throwawayKey();
    own.set(rule.fingerprint, key);
    const file = `./keys/throwaway-${at}.asc`;
    await writeFile(join(folder, file), key.toPublic().armor());
    keys.push({ ...rule, fingerprint: key.getFingerprint().toUpperCase(), file });
  }
  await writeFile(join(folder, 'distribution.json'), JSON.stringify({ ...document, keys }));
  const keyOf = async (fingerprint: string): Promise<PrivateKey> => own.get(fingerprint) ?? throwawayKey();
  return {
    folder,
    async detached(fingerprint, text) {
      const message = await createMessage({ binary: new TextEncoder().encode(text) });
      const signature: unknown = await sign({
        message,
        signingKeys: await keyOf(fingerprint),
        detached: true,
        date: MADE,
      });
      return String(signature);
    },
    async clear(fingerprint, text) {
      const message = await createCleartextMessage({ text });
      return sign({ message, signingKeys: await keyOf(fingerprint), date: MADE });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function throwawayKey(): Promise<PrivateKey> {
  const { privateKey } = await generateKey({
    userIDs: [{ name: 'Throw-away key of a test' }],
    format: 'object',
    date: MADE,
  });
  return privateKey;
}
