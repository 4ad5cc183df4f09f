import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { check, type ChecksOf } from '../suite/check.ts';
import { onStage } from '../suite/stage.ts';

// Also when this module runs from its source: a process needs JavaScript.
const CHILD = fileURLToPath(new URL('../../dist/purity/child.js', import.meta.url));
const PERMISSION = ['--permission', '--experimental-permission'].find((flag) =>
  process.allowedNodeEnvironmentFlags.has(flag),
);
const PATIENCE_MS = 20_000;

interface Imported {
  readonly id?: unknown;
  readonly problem?: string;
  readonly changed: Readonly<Record<string, readonly string[]>>;
}

/** Importing the entry does nothing, and registering adds what the manifest declares. */
export const purityChecks: ChecksOf = ({ directory, id, entry, hooks }) =>
  entry === undefined
    ? []
    : [
        check('importing its entry does nothing', async () => {
          const { printed, imported } = await importApart(entry);
          assert.equal(imported.problem, undefined, `its entry cannot be imported: ${imported.problem ?? ''}`);
          assert.equal(imported.id, id, 'the default export of its entry has another id than its manifest');
          assert.equal(printed, '', 'it prints when it is imported');
          assert.deepEqual(imported.changed, {}, 'it leaves something behind when it is imported');
        }),
        check('it registers what its kinds allow', async () => {
          await onStage(directory, async ({ engine, requireWhole }) => {
            if (hooks.has('mirrorStrategies')) await engine.mirrorStrategies();
            if (hooks.has('bootloaders')) await engine.bootloaders();
            if (hooks.has('catalogSources')) await engine.catalogSourceNames({ load: true });
            // One that nobody has: all that could have it are loaded.
            if (hooks.has('transports')) await engine.transport('nobody-has:this').catch(() => undefined);
            requireWhole();
          });
        }),
      ];

/** Imports it in a process of its own. */
async function importApart(entry: string): Promise<{ readonly printed: string; readonly imported: Imported }> {
  const fence = PERMISSION === undefined ? [] : [PERMISSION, '--allow-fs-read=*'];
  const child = spawn(process.execPath, [...fence, '--no-warnings', CHILD, pathToFileURL(entry).href], {
    env: {},
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_, signal) => {
      resolve(signal);
    });
  });
  const pipe = async (at: number): Promise<string> => text(child.stdio[at] as Readable);
  const [out, errors, said, signal] = await Promise.all([pipe(1), pipe(2), pipe(3), ended]);
  assert.notEqual(signal, 'SIGKILL', 'importing it does not come to an end');
  assert.notEqual(said, '', `it ends the process when it is imported: ${errors}`);
  return { printed: out + errors, imported: JSON.parse(said) as Imported };
}
