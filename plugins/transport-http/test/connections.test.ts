import { expect, it } from 'vitest';

import { hostsWithoutProxy } from '../src/connections.ts';

it.each([
  ['', ',localhost,127.0.0.1,[::1]'],
  ['.example.org,10.0.0.1', '.example.org,10.0.0.1,localhost,127.0.0.1,[::1]'],
  ['*', '*'],
])('adds this machine to the hosts that need no proxy: %j', (named, all) => {
  expect(hostsWithoutProxy(named)).toBe(all);
});
