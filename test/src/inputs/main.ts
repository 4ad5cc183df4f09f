/* eslint-disable no-console -- this file is a command: its output is what it is for */
import { defaultCacheDir } from './cache.ts';
import { makeTestInputs, TEST_INPUT_NAMES, type TestInputName, TestInputsError } from './make.ts';

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !TEST_INPUT_NAMES.includes(name as TestInputName));
if (unknown.length > 0) throw new Error(`Unknown: ${unknown.join(' ')}. Known: ${TEST_INPUT_NAMES.join(' ')}`);

try {
  const only = wanted.length > 0 ? (wanted as TestInputName[]) : TEST_INPUT_NAMES;
  print(await makeTestInputs({ cacheDir: defaultCacheDir(), only, log: (line) => console.error(line) }));
} catch (error) {
  if (error instanceof TestInputsError) print(error.made);
  throw error;
}

function print(made: Readonly<Record<string, { path: string; size: number; sha256: string } | undefined>>): void {
  for (const [name, file] of Object.entries(made)) {
    if (file !== undefined) console.log(`${name}\t${file.path}\t${String(file.size)}\t${file.sha256}`);
  }
}
