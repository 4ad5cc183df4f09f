#!/usr/bin/env node
import { existsSync } from 'node:fs';

const entry = new URL('../dist/bundle/main.js', import.meta.url);
if (existsSync(entry)) {
  const { main } = await import(entry.href);
  await main(process.argv);
} else {
  console.error('error: This checkout of Loopstick is not built yet.\nhint: Run "npm run setup" in it first.');
  process.exitCode = 1;
}
