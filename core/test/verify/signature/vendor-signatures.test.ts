import { describe, expect, it } from 'vitest';

import { parseChecksumList } from '../../../src/verify/checksum-list.ts';
import { verifyClearsigned, verifyDetached } from '../../../src/verify/signature/verify-signature.ts';
import { FEDORA_37, FEDORA_38, fixture, outcome, request, UBUNTU, vendorKey } from './support.ts';

// The times are those that gpgv tells, in seconds.

const DEBIAN = vendorKey('DF9B9C49EAA9298432589D76DA87E80D6294BE9B', 'debian-role-keys.gpg');
const MINT = vendorKey('27DEB15644C6B3CF3BD7D291300F846BA25BAE09', '27DEB15644C6B3CF3BD7D291300F846BA25BAE09.asc');
const KALI = vendorKey('44C6513A8E4FB3D30875F758ED444FF07D8D0BF6', 'kali-archive-keyring-2012.gpg');
const OPENSUSE = vendorKey('AD485664E901B867051AB15F35A2F86E29B700A4', 'opensuse-2022.asc');

const DETACHED = [
  ['ubuntu-releases-16.04.7/SHA256SUMS', '.gpg', UBUNTU, 1597334987, 4],
  ['ubuntu-releases-18.04.5/SHA256SUMS', '.gpg', UBUNTU, 1597667315, 2],
  ['ubuntu-releases-20.04.1/SHA256SUMS', '.gpg', UBUNTU, 1596727835, 2],
  ['ubuntu-releases-20.04.3/SHA256SUMS', '.gpg', UBUNTU, 1629971569, 2],
  ['ubuntu-cdimage-18.04-ports/SHA256SUMS', '.gpg', UBUNTU, 1631828735, 9],
  ['ubuntu-cdimage-server-daily-20211012/SHA256SUMS', '.gpg', UBUNTU, 1634075164, 4],
  ['lubuntu-18.04.5/SHA256SUMS', '.gpg', UBUNTU, 1603828826, 4],
  ['debian-11.2.0/SHA256SUMS', '.sign', DEBIAN, 1639860339, 19],
  ['debian-11.2.0/SHA512SUMS', '.sign', DEBIAN, 1639860340, 19],
  ['mint-20/sha256sum.txt', '.gpg', MINT, 1593079037, 3],
  // Of version 3.
  ['opensuse/openSUSE-Leap-15.6-NET-x86_64-Media.iso.sha256', '.asc', OPENSUSE, 1718958828, 1],
  ['opensuse/openSUSE-Tumbleweed-NET-x86_64-Snapshot20260929-Media.iso.sha256', '.asc', OPENSUSE, 1790720159, 1],
  ['opensuse/Leap-16.0-online-installer-x86_64.install.iso.sha512', '.asc', OPENSUSE, 1787820714, 1],
] as const;

const CLEAR = [
  ['Fedora-Server-23-x86_64-CHECKSUM', 'EF45510680FB02326B045AFB32474CF834EC9CBA', 1446237065, 2],
  ['Fedora-Server-24-x86_64-CHECKSUM', '5048BDBBA5E776E547B09CCC73BDE98381B46521', 1466126024, 2],
  [
    '../../fixtures/Fedora-Workstation-25-1.3-x86_64-CHECKSUM',
    'C437DCCD558A66A37D6F43724089D8F2FDB19C98',
    1479478552,
    2,
  ],
  ['Fedora-Workstation-27-1.6-x86_64-CHECKSUM', '860E19B0AFA800A1751881A6F55E7430F5282EE4', 1510339658, 2],
  ['Fedora-Server-29-1.2-x86_64-CHECKSUM', '5A03B4DD8254ECA02FDA1637A20AA56B429476B4', 1540565817, 2],
  ['Fedora-Server-31-1.9-x86_64-CHECKSUM', '7D22D5867F2A4236474BF7B850CB390B3C3359C4', 1572008961, 2],
  ['Fedora-Labs-33-1.2-x86_64-CHECKSUM', '963A2BEB02009608FE67EA4249FD77499570FF31', 1603465742, 9],
  ['Fedora-Workstation-34-1.2-x86_64-CHECKSUM', '8C5BA6990BDB26E19F2A1A801161AE6945719A39', 1619206621, 1],
  ['Fedora-Labs-35-1.2-x86_64-CHECKSUM', '787EA6AE1147EEE56C40B30CDB4639719867C58F', 1635526019, 9],
  ['Fedora-Everything-36-1.5-x86_64-CHECKSUM', '53DED2CB922D8B8D9E63FD18999F7CBF38AB71F4', 1651846568, 1],
  ['../../fixtures/Fedora-Cloud-37-1.7-x86_64-CHECKSUM', FEDORA_37.fingerprint, 1668110003, 5],
  ['Fedora-Workstation-37-1.7-x86_64-CHECKSUM', FEDORA_37.fingerprint, 1668110172, 1],
  ['Fedora-Workstation-38_Beta-1.3-x86_64-CHECKSUM', FEDORA_38.fingerprint, 1678465941, 1],
] as const;

const fedora = (name: string): Buffer => fixture(name.startsWith('..') ? `../${name.slice(3)}` : `fedora/${name}`);

describe('what vendors have signed is genuine', () => {
  it.each(DETACHED)('%s', async (list, suffix, key, created, files) => {
    const data = fixture(list);
    const checked = await verifyDetached(data, fixture(`${list}${suffix}`), request(key));
    expect(checked).toEqual({ key: key.fingerprint, created: new Date(created * 1000) });
    const parsed = parseChecksumList(data.toString(), list);
    expect(parsed).toMatchObject({ ignored: [] });
    expect(parsed.files.size).toBe(files);
  });

  it.each(CLEAR)('%s', async (name, fingerprint, created, files) => {
    const release = /-(\d+)[-_]/.exec(name)?.[1] ?? '';
    const key = vendorKey(fingerprint, `RPM-GPG-KEY-fedora-${release}-primary`);
    const { text, ...checked } = await verifyClearsigned(fedora(name), request(key));
    expect(checked).toEqual({ key: fingerprint, created: new Date(created * 1000) });
    const parsed = parseChecksumList(text, name);
    expect(parsed).toMatchObject({ ignored: [] });
    expect(parsed.files.size).toBe(files);
    // Since 27, Fedora tells the sizes too.
    expect(parsed.sizes.size).toBe(Number(release) >= 27 ? files : 0);
    expect(text).not.toMatch(/PGP|Hash:|\r/);
  });
});

describe('what does not fit together is not', () => {
  it.each([
    ['ubuntu-core-edited', UBUNTU],
    ['kali-2019.4-mismatched', KALI],
    ['kali-2019.4-mismatched', { ...KALI, expired: 'before-expiry' as const }],
  ])('%s', async (folder, key) => {
    const check = verifyDetached(fixture(`${folder}/SHA256SUMS`), fixture(`${folder}/SHA256SUMS.gpg`), request(key));
    expect(await outcome(check)).toBe('SIGNATURE_BAD');
  });

  it('such as the key of another release', async () => {
    const beta = fedora('Fedora-Workstation-38_Beta-1.3-x86_64-CHECKSUM');
    expect(await outcome(verifyClearsigned(beta, request(FEDORA_37)))).toBe('SIGNATURE_UNKNOWN_KEY');
    const mislabelled = { ...FEDORA_37, material: FEDORA_38.material };
    expect(await outcome(verifyClearsigned(beta, request(mislabelled)))).toBe('SIGNATURE_KEY_INVALID');
  });

  it('such as the list of another release', async () => {
    const signature = fixture('ubuntu-releases-20.04.1/SHA256SUMS.gpg');
    const other = fixture('ubuntu-releases-20.04.3/SHA256SUMS');
    expect(await outcome(verifyDetached(other, signature, request(UBUNTU)))).toBe('SIGNATURE_BAD');
  });
});
