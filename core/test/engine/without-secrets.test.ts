import { expect, it } from 'vitest';

import { withoutSecrets } from '../../src/engine/without-secrets.ts';

it.each([
  ['https://a.example/x', 'https://a.example/x'],
  ['https://me:secret@a.example:8080/x', 'https://***@a.example:8080/x'],
  ['http://secret@a.example', 'http://***@a.example'],
  ['https://a.example/x?token=secret', 'https://a.example/x?***'],
  ['https://me:sec@ret@a.example/x@y', 'https://***@a.example/x@y'],
  ['ftp://me:secret@not a host', 'ftp://***@not a host'],
  ['https://a.example/ https://me:secret@b.example/', 'https://a.example/ https://***@b.example/'],
  ['me@a.example', 'me@a.example'],
])('%s is shown as %s', (text, shown) => {
  expect(withoutSecrets(text)).toBe(shown);
});
