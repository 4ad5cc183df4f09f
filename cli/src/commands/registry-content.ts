import { once } from 'node:events';

import { createContext, failure } from '@loopstick/core';
import { addContent, addPlugin, initRegistry, removeContent, serveRegistry, withdrawPlugin } from '@loopstick/registry';

import { CLI_ERRORS } from '../cli-errors.ts';
import { keyFolder, wholeNumber, type KeyOptions } from '../registry-options.ts';
import type { Session } from '../session.ts';

interface InitOptions extends KeyOptions {
  readonly title: string;
  readonly homepage?: string;
  readonly rootKeys: string;
  readonly rootThreshold: string;
  readonly targetsKeys: string;
  readonly targetsThreshold: string;
  readonly rootDays: string;
  readonly targetsDays: string;
  readonly onlineDays: string;
  readonly refresh: string;
  readonly jitter: string;
}

export async function registryInit(
  { terminal }: Session,
  [directory = '']: readonly string[],
  options: InitOptions,
): Promise<void> {
  const number = (option: string, text: string, least: number, most: number): number =>
    wholeNumber(`--${option}`, text, { least, most, command: 'loopstick registry init' });
  const days = (option: string, text: string): number => number(option, text, 1, 3650);
  const context = createContext();
  const made = await initRegistry(
    directory,
    {
      description: {
        schema: 1,
        title: options.title,
        homepage: options.homepage,
        refresh: {
          intervalMinutes: number('refresh', options.refresh, 5, 44_640),
          jitterMinutes: number('jitter', options.jitter, 0, 44_640),
        },
      },
      keys: {
        root: {
          count: number('root-keys', options.rootKeys, 1, 20),
          threshold: number('root-threshold', options.rootThreshold, 1, 20),
        },
        targets: {
          count: number('targets-keys', options.targetsKeys, 1, 20),
          threshold: number('targets-threshold', options.targetsThreshold, 1, 20),
        },
      },
      days: {
        root: days('root-days', options.rootDays),
        targets: days('targets-days', options.targetsDays),
        snapshot: days('online-days', options.onlineDays),
        timestamp: days('online-days', options.onlineDays),
      },
      keyFolder: keyFolder(options, context),
    },
    context,
  );
  terminal.document(made);
  terminal.data(`Made: ${directory}`);
  for (const { role, file } of made.keys) terminal.data(`  ${role.padEnd(10)} ${file}`);
  terminal.data(`Give readers this file, on a way that they trust: ${made.root}`);
  terminal.note('Bring the keys of "root" and "targets" to a safe place, and keep copies of them.');
}

export async function registryAdd(
  { terminal, signal }: Session,
  [directory = '', ...files]: readonly string[],
  { name }: { readonly name?: string },
): Promise<void> {
  if (name !== undefined && files.length > 1) {
    throw failure(CLI_ERRORS.usage, { problem: '--name is for one file', command: 'loopstick registry add' });
  }
  const context = createContext();
  const added = [];
  for (const file of files) {
    const target = isPlugin(file)
      ? await addPlugin(directory, file, context, signal)
      : await addContent(directory, file, { name, random: context.random, signal });
    added.push({ file, ...target });
  }
  terminal.document(added);
  for (const { target, replaced } of added) terminal.data(`${replaced ? 'Replaced' : 'Added'}: ${target}`);
  terminal.note(`Readers see it after: loopstick registry publish ${directory}`);
}

export async function registryRemove(
  { terminal }: Session,
  [directory = '', ...names]: readonly string[],
  { reason }: { readonly reason?: string },
): Promise<void> {
  const removed = [];
  for (const name of names) {
    if (!name.startsWith(PLUGIN)) removed.push(await removeContent(directory, name));
    else {
      if (reason === undefined) {
        const problem = 'to take out a plugin, say why with --reason';
        throw failure(CLI_ERRORS.usage, { problem, command: 'loopstick registry remove' });
      }
      await withdrawPlugin(directory, name.slice(PLUGIN.length), reason, createContext());
      removed.push({ target: name });
    }
  }
  terminal.document(removed);
  for (const { target } of removed) terminal.data(`Removed: ${target}`);
  terminal.note(`Readers see it after: loopstick registry publish ${directory}`);
}

const PLUGIN = 'plugin:';

/** A tarball is a plugin, everything else a document. */
function isPlugin(file: string): boolean {
  return /\.(?:tgz|tar\.gz)$/i.test(file);
}

/** Shows it until it is interrupted, which is how it is meant to end. */
export async function registryServe(
  { terminal, signal }: Session,
  [directory = '']: readonly string[],
  { port }: { readonly port: string },
): Promise<void> {
  const range = { least: 0, most: 65_535, command: 'loopstick registry serve' };
  const server = await serveRegistry(directory, wholeNumber('--port', port, range));
  try {
    terminal.objectLine({ url: server.url });
    if (!terminal.json) terminal.data(server.url);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await server.close();
  }
}
