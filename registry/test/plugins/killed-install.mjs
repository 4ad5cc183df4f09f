/** Installs a plugin, and kills itself when it wants random bytes for the n-th time. */
import { randomBytes } from 'node:crypto';

import { createContext, parseSettings } from '@loopstick/core';
import { installPlugin } from '@loopstick/registry';

const [, , home, source, at] = process.argv;
let left = Number(at);
const random = (length) => {
  if (--left === 0) process.kill(process.pid, 'SIGKILL');
  return randomBytes(length);
};
const context = createContext({ env: { LOOPSTICK_HOME: home }, random });
await installPlugin(
  { context, settings: parseSettings({}, 'test'), registries: [], bundled: [], warn: () => undefined },
  source,
  {
    trust: false,
    allowDowngrade: false,
    replace: false,
    offline: true,
    signal: new globalThis.AbortController().signal,
    approve: async () => true,
  },
);
