/** What the name of an ISO tells, where nobody says it better: for catalogs whose images have nothing but a URL. */
import type { ImageKind } from '../../recipe/boot-entry.ts';
import { normaliseArch } from '../atoms.ts';

export interface FileNameMeaning {
  readonly variant: string;
  readonly arch: string;
  readonly kind: ImageKind;
}

const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ...[
    'x86_64',
    'amd64',
    'x64',
    'aarch64',
    'arm64',
    'armhf',
    'armv7',
    'i386',
    'i586',
    'i686',
    'ppc64le',
    'riscv64',
    's390x',
  ].map((name): [string, string] => [name, normaliseArch(name)]),
  ['64bit', 'x86_64'],
  ['32bit', 'i686'],
  ['x86', 'i686'],
  ['ppc64el', 'ppc64le'],
]);

/** In the order in which they count: a `live-server` is a server, a `netinst` with a desktop an installer of that desktop. */
const VARIANTS = [
  ...['kde', 'gnome', 'xfce', 'cinnamon', 'mate', 'lxqt', 'lxde', 'budgie', 'i3', 'sway', 'plasma', 'cosmic'],
  ...['netinst', 'netinstall', 'netboot', 'mini', 'server', 'workstation', 'desktop', 'minimal', 'everything'],
  ...['standard', 'extended', 'virt', 'boot', 'dvd', 'dvd1', 'live'],
];
const INSTALLERS = new Set(['netinst', 'netinstall', 'netboot', 'mini', 'server', 'everything', 'boot', 'dvd', 'dvd1']);
const TOOLS = /memtest|gparted|clonezilla|rescue|rescuezilla|shredos|dban|hirens|supergrub/i;

/** x86_64, `standard` and live are what most images are. */
export function describeFileName(file: string): FileNameMeaning {
  const words = new Set(
    file
      .toLowerCase()
      .replace('x86_64', 'x64')
      .split(/[^a-z0-9]+/),
  );
  const find = (names: Iterable<string>): string | undefined => [...names].find((name) => words.has(name));
  const arch = ARCHITECTURES.get(find(ARCHITECTURES.keys()) ?? '') ?? 'x86_64';
  const installs = [...INSTALLERS].some((word) => words.has(word)) && !words.has('live') && !words.has('desktop');
  const server = words.has('server');
  return {
    variant: find(VARIANTS) ?? 'standard',
    arch,
    kind: TOOLS.test(file) ? 'tool' : installs || server ? 'installer' : 'live',
  };
}
