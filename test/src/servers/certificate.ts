import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Certificate {
  /** Both as PEM. Whoever trusts `cert` trusts the server. */
  readonly cert: string;
  readonly key: string;
}

/** Makes a self-signed certificate for these addresses, good for two days. */
export async function makeCertificate(addresses: readonly string[]): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-certificate-'));
  try {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const names = addresses.map((address) => (/^[\d.]+$|:/.test(address) ? `IP:${address}` : `DNS:${address}`));
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=Loopstick test', '-addext', `subjectAltName=${names.join(',')}`],
      ...['-keyout', key, '-out', cert],
    ]);
    return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
