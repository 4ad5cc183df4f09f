import type { IncomingHttpHeaders } from 'node:http';

import type { Digests, HashAlgorithm } from '@loopstick/core';

import { header } from './header.ts';

const LONGEST = 2000;

interface Form {
  readonly header: string;
  readonly algorithms: Readonly<Record<string, HashAlgorithm>>;
  /** Captures the name and the base64. */
  readonly member: RegExp;
}

const FORMS: readonly Form[] = [
  {
    // RFC 9530, 3: a dictionary of byte sequences (RFC 8941, 3.2 and 3.3.5).
    header: 'repr-digest',
    algorithms: { md5: 'md5', sha: 'sha1', 'sha-256': 'sha256', 'sha-512': 'sha512' },
    member: /^([a-z*][a-z0-9_.*-]*)=:([a-z0-9+/=]*):(?:;.*)?$/i,
  },
  {
    // RFC 3230, 4.3.2. Its names are the same in capitals and small letters.
    header: 'digest',
    algorithms: { md5: 'md5', sha: 'sha1', 'sha-256': 'sha256', 'sha-512': 'sha512' },
    member: /^([a-z0-9-]+)=([a-z0-9+/=]+)$/i,
  },
];

const LENGTHS: Readonly<Record<HashAlgorithm, number>> = { md5: 16, sha1: 20, sha256: 32, sha512: 64 };

/** The digests of the whole file in an answer's headers, as hex. Where they contradict each other, none. */
export function readDigests(headers: IncomingHttpHeaders): Digests {
  const found = new Map<HashAlgorithm, string | undefined>();
  for (const form of FORMS) {
    for (const [algorithm, hex] of membersOf(form, header(headers, form.header) ?? '')) {
      found.set(algorithm, found.has(algorithm) && found.get(algorithm) !== hex ? undefined : hex);
    }
  }
  return Object.fromEntries([...found].filter(([, hex]) => hex !== undefined));
}

function membersOf({ algorithms, member }: Form, text: string): [HashAlgorithm, string][] {
  if (text.length > LONGEST) return [];
  return text.split(',').flatMap((part): [HashAlgorithm, string][] => {
    const [, name = '', base64 = ''] = member.exec(part.trim()) ?? [];
    const key = name.toLowerCase();
    const algorithm = Object.hasOwn(algorithms, key) ? algorithms[key] : undefined;
    if (algorithm === undefined) return [];
    const bytes = Buffer.from(base64, 'base64');
    const isSound = bytes.length === LENGTHS[algorithm] && bytes.toString('base64') === base64;
    return isSound ? [[algorithm, bytes.toString('hex')]] : [];
  });
}
