// Writes catalog.json from the files in upstream/: `node scripts/make-catalog.mjs`. With `--check` it writes nothing
// and fails when catalog.json is not what the files give. Checksums are only ever read, and signed lists are checked
// with gpgv against one pinned key.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { parse as parseYaml } from 'yaml';

const upstream = (name) => fileURLToPath(new URL(`../upstream/${name}`, import.meta.url));
const read = (name) => readFileSync(upstream(name), 'utf8');
const target = fileURLToPath(new URL('../catalog.json', import.meta.url));

// Ubuntu CD Image Automatic Signing Key (2012).
const SIGNING_KEY = '843938DF228D22F7B3742BC0D94AA3F0EFE21092';
// When the newest input was taken, which decides where a file is looked for first: releases move when they end.
const TAKEN = '2026-08-22';

const ARCHES = { amd64: 'x86_64', arm64: 'aarch64' };
const IMAGE_NAME = /^ubuntu-((\d+\.\d+)(?:\.\d+)?)-(desktop|live-server|server)-(amd64|arm64)\.iso$/;

const origins = {
  'distro-info': {
    title: 'Ubuntu releases of the Debian package distro-info-data',
    location: 'Debian package distro-info-data 0.58+deb12u7, /usr/share/distro-info/ubuntu.csv',
    retrieved: TAKEN,
  },
  website: {
    title: 'Release data of the Ubuntu website',
    location: 'github.com/canonical/ubuntu.com, releases.yaml, commit 2af801e9364c',
    retrieved: '2026-08-21',
  },
};

/** All images by file name: { file, version, series, type, arch, sha256, size?, evidence, provenance? }. */
const images = new Map();

function add(file, found) {
  const match = IMAGE_NAME.exec(file);
  if (match === null) return;
  const [, version, series, type, arch] = match;
  const known = images.get(file);
  if (known === undefined) {
    images.set(file, { file, version, series, type, arch, ...found });
    return;
  }
  if (known.sha256 !== found.sha256) throw new Error(`${file}: two sources give different checksums`);
  // The same bytes: the first source, which is the better one, keeps its word, and a size is added to it.
  if (known.size === undefined && found.size !== undefined) {
    known.size = found.size;
    known.sizeOrigin = found.evidence.origin;
  }
}

/** coreutils lines: 64 hex digits, a blank, a blank or `*`, the name. */
function addLines(text, origin, evidence) {
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const match = /^([0-9a-f]{64}) [ *](\S+)$/.exec(line);
    if (match === null) throw new Error(`${origin}: not a line of a checksum list: ${line}`);
    add(match[2], { sha256: match[1], evidence: { ...evidence, origin } });
  }
}

/** The day of a good signature by the pinned key. gpgv ends with an error for any other. */
function signatureDay(list) {
  const args = ['--status-fd', '1', '--keyring', upstream('ubuntu-archive-keyring.gpg'), `${list}.gpg`, list];
  const status = execFileSync('gpgv', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const valid = status
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, word, , , , , , , , , , primary]) => word === 'VALIDSIG' && primary === SIGNING_KEY);
  if (valid === undefined) throw new Error(`${list}: no good signature by ${SIGNING_KEY}`);
  return valid[3];
}

const SIGNED = [
  ['releases-18.04.5', 'github.com/xBC2020init/ubuntu_18045, SHA256SUMS, commit ce135b743aae'],
  ['releases-20.04.1', 'github.com/xBC2020init/ubuntu_20041, SHA256SUMS, commit 924d81d9c05b'],
  [
    'releases-20.04.3',
    'github.com/utkarsh2102/ubuntu-cdimage, lib/cdimage/tests/data/www/simple/focal/SHA256SUMS, commit f083b4c3acaa',
  ],
  [
    'cdimage-18.04-ports',
    'github.com/utkarsh2102/ubuntu-cdimage, lib/cdimage/tests/data/www/full/releases/bionic/release/SHA256SUMS, commit f083b4c3acaa',
  ],
];
for (const [name, location] of SIGNED) {
  const file = `signed/${name}/SHA256SUMS`;
  const published = signatureDay(upstream(file));
  origins[`sums-${name}`] = { title: `Signed SHA256SUMS, ${name}`, location, retrieved: TAKEN, published };
  addLines(read(file), `sums-${name}`, { level: 'signed', key: SIGNING_KEY });
}

for (const name of ['ubuntu', 'ubuntu-server']) {
  const stream = JSON.parse(read(`simplestreams/com.ubuntu.releases_${name}.json`));
  const origin = `streams-${name}`;
  origins[origin] = {
    title: `Simplestreams ${stream.content_id}`,
    location: `github.com/canonical/mini-iso-tools, test/data/${stream.content_id}.json, commit 31e6ff48f2d9`,
    retrieved: '2026-04-01',
    published: new Date(stream.updated).toISOString().slice(0, 10),
  };
  for (const product of Object.values(stream.products)) {
    for (const { items } of Object.values(product.versions)) {
      for (const { ftype, path, sha256, size } of Object.values(items)) {
        if (ftype !== 'iso') continue;
        add(path.split('/').at(-1), { sha256, size, evidence: { level: 'tls', origin } });
      }
    }
  }
}

for (const product of Object.values(parseYaml(read('ubuntu.com-releases.yaml')).checksums)) {
  addLines(Object.values(product).join('\n'), 'website', { level: 'tls' });
}

const [header, ...rows] = read('ubuntu.csv').trim().split('\n');
if (!header.startsWith('version,codename,series,created,release,eol')) throw new Error('ubuntu.csv has a new form');
const seriesInfo = new Map(
  rows.map((row) => {
    const [version, codename, directory, , released, endOfLife] = row.split(',');
    const [number, lts] = version.split(' ');
    return [number, { codename, directory, released, endOfLife, lts: lts === 'LTS' }];
  }),
);

/** The name of a variant: `server` is the live server, and before there was one, the classic installer. */
function variantOf({ type, series }) {
  if (type === 'live-server') return 'server';
  if (type === 'server' && Number(series) >= 18) return 'server-alternate';
  return type;
}

const point = (version) => Number(version.split('.')[2] ?? 0);
const isSuperseded = (image) =>
  [...images.values()].some(
    ({ series, type, arch, version }) =>
      series === image.series && type === image.type && arch === image.arch && point(version) > point(image.version),
  );

/** Long-term releases stay where they are after their end; the others, and old point releases, move. */
function mirrorsOf(image) {
  const { directory, endOfLife, lts } = seriesInfo.get(image.series);
  const main = `https://releases.ubuntu.com/${directory}/${image.file}`;
  const ports = `https://cdimage.ubuntu.com/releases/${directory}/release/${image.file}`;
  const old = `https://old-releases.ubuntu.com/releases/${directory}/${image.file}`;
  if (variantOf(image) === 'server-alternate') return [ports];
  const present = image.arch === 'amd64' ? [main] : [main, ports];
  return isSuperseded(image) || (!lts && endOfLife < TAKEN) ? [old, ...present] : [...present, old];
}

function imageDocument(image) {
  const { type, arch, file, size, sizeOrigin, sha256, evidence } = image;
  const provenance = { '*': evidence.origin, ...(sizeOrigin === undefined ? {} : { size: sizeOrigin }) };
  return {
    variant: variantOf(image),
    arch: ARCHES[arch],
    kind: type === 'desktop' ? 'live' : 'installer',
    file,
    ...(size === undefined ? {} : { size }),
    checksums: { sha256 },
    evidence,
    mirrors: mirrorsOf(image),
    ...(type === 'desktop' ? { default: true } : {}),
    provenance,
  };
}

function releaseDocument(version) {
  const [year, month] = version.split('.');
  const { codename, released, endOfLife, lts } = seriesInfo.get(`${year}.${month}`);
  const own = [...images.values()].filter((image) => image.version === version);
  return {
    version,
    codename,
    title: `Ubuntu ${version}${lts ? ' LTS' : ''} (${codename})`,
    lts,
    // distro-info dates the first release of a series and not its point releases.
    ...(point(version) === 0 ? { released } : {}),
    endOfLife,
    images: own
      .map(imageDocument)
      .sort((a, b) => order(a.variant, b.variant) || (a.arch === b.arch ? 0 : a.arch === 'x86_64' ? -1 : 1)),
    provenance: { '*': 'distro-info' },
  };
}

const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const key = (version) => version.split('.').map(Number);
const newestFirst = (a, b) => {
  const [x, y] = [key(a), key(b)];
  return y[0] - x[0] || y[1] - x[1] || (y[2] ?? 0) - (x[2] ?? 0);
};

const catalog = {
  schema: { major: 1, minor: 0 },
  origins,
  distributions: [
    {
      id: 'ubuntu',
      name: 'Ubuntu',
      homepage: 'https://ubuntu.com/',
      summary: 'A Debian-based desktop and server system by Canonical, with long-term releases every two years.',
      releases: [...new Set([...images.values()].map(({ version }) => version))].sort(newestFirst).map(releaseDocument),
    },
  ],
};

const text = `${JSON.stringify(catalog, null, 1)}\n`;
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    throw new Error('catalog.json is not what upstream/ gives: run node scripts/make-catalog.mjs');
  }
} else {
  writeFileSync(target, text);
}
