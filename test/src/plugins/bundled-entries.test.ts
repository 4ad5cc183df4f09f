import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

// Runs in a process of its own: what a program can do to the world is replaced by a note of it, then the entry is
// imported. What the loader reads is left out: modules and their package.json.
const PROBE = `
import { createRequire, syncBuiltinESMExports } from 'node:module';
const require = createRequire(import.meta.url);
const done = [];
for (const name of ['fs', 'fs/promises', 'child_process', 'net', 'tls', 'dns', 'http', 'https', 'dgram', 'worker_threads']) {
  const module = require(name);
  for (const [key, value] of Object.entries(module)) {
    if (typeof value !== 'function' || /^[A-Z]/.test(key)) continue;
    module[key] = function (...args) {
      const what = String(args[0]);
      if (!(name.startsWith('fs') && /(\\.[cm]?js|package\\.json)$/.test(what))) done.push(name + '.' + key + ' ' + what);
      return value.apply(this, args);
    };
  }
}
globalThis.fetch = async (url) => {
  done.push('fetch ' + url);
  throw new Error('not here');
};
syncBuiltinESMExports();
const globals = Object.keys(globalThis);
const handles = process.getActiveResourcesInfo();
const listeners = process.eventNames();
const { default: plugin } = await import(process.argv[1]);
// Whatever it might have begun has a moment to show itself.
await new Promise((resolve) => setTimeout(resolve, 50));
const more = (now, before) => now.filter((each) => !before.includes(each));
console.log(JSON.stringify({
  id: plugin.id,
  done,
  handles: more(process.getActiveResourcesInfo(), handles),
  // zod keeps its own settings there, so that several copies of it agree.
  globals: more(Object.keys(globalThis), globals).filter((name) => !name.startsWith('__zod_')),
  listeners: more(process.eventNames(), listeners).map(String),
}));
`;

const folders = (await readdir(join(ROOT, 'plugins'))).sort();

describe('importing a bundled plugin does nothing', () => {
  test('and there are bundled plugins', () => {
    expect(folders.length).toBeGreaterThan(5);
  });

  test.each(folders)('%s', async (folder) => {
    const manifest = JSON.parse(await readFile(join(ROOT, 'plugins', folder, 'package.json'), 'utf8')) as {
      loopstick: { id: string; entry?: string };
    };
    if (manifest.loopstick.entry === undefined) return;
    const entry = pathToFileURL(join(ROOT, 'plugins', folder, manifest.loopstick.entry)).href;
    // It also has to end by itself: a handle that is left open would keep the process until the timeout.
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', PROBE, entry], {
      cwd: ROOT,
      timeout: 20_000,
    });
    expect(JSON.parse(stdout)).toEqual({
      id: manifest.loopstick.id,
      done: [],
      handles: [],
      globals: [],
      listeners: [],
    });
  });
});
