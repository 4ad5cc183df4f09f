import { expect, it } from 'vitest';

import { mirrorName } from '../../src/mirror/mirror-name.ts';

it.each([
  ['https://user:secret@mirror.example:8443/a/b.iso?token=secret#secret', 'https://mirror.example:8443/a/b.iso'],
  ['ftp://mirror.example/b.iso', 'ftp://mirror.example/b.iso'],
  ['not a URL, secret', 'an invalid address'],
])('shows no secrets of %s', (url, name) => {
  expect(mirrorName(url)).toBe(name);
});
