/** Runs every measurement in this folder, one after the other. Nothing here is asserted by a test. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

const folder = new URL('.', import.meta.url);
const scripts = readdirSync(folder).filter((name) => name.endsWith('.mjs') && name !== 'main.mjs');
for (const name of scripts.sort()) {
  console.log(`\n== bench/${name}`);
  const { status } = spawnSync(process.execPath, [new URL(name, folder).pathname], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
