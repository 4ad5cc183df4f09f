/** Servers of vendors, of genuine files: see the folder `upstream`. */
import { vendorFile, type VendorSite } from '../upstream/index.ts';

const STREAMS = 'https://releases.ubuntu.com/streams/v1/com.ubuntu.releases:';
const XENIAL = 'https://releases.ubuntu.com/xenial/';

export const XENIAL_LIST: string = `${XENIAL}SHA256SUMS`;

export const UBUNTU: VendorSite = {
  [`${STREAMS}ubuntu.json`]: vendorFile('ubuntu/com.ubuntu.releases_ubuntu.json'),
  [`${STREAMS}ubuntu-server.json`]: vendorFile('ubuntu/com.ubuntu.releases_ubuntu-server.json'),
  [XENIAL_LIST]: vendorFile('ubuntu/releases-16.04.7/SHA256SUMS'),
  [`${XENIAL_LIST}.gpg`]: vendorFile('ubuntu/releases-16.04.7/SHA256SUMS.gpg'),
  'https://cdimage.ubuntu.com/releases/': '<a href="../">',
};

export const FEDORA_LIST = 'Fedora-Workstation-37-1.7-x86_64-CHECKSUM';

export const FEDORA: VendorSite = {
  'https://fedoraproject.org/releases.json': vendorFile('fedora/releases.json'),
  [`https://dl.fedoraproject.org/pub/fedora/linux/releases/37/Workstation/x86_64/iso/${FEDORA_LIST}`]: vendorFile(
    `fedora/${FEDORA_LIST}`,
  ),
};
