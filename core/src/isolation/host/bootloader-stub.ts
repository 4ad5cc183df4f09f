import { realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';

import { z } from 'zod';

import { failure } from '../../engine/errors.ts';
import type { Bootloader, BootloaderRequest, BootPlan } from '../../engine/hooks.ts';
import type { RunOptions } from '../../engine/run.ts';
import { ISOLATION_ERRORS } from '../isolation-errors.ts';
import type { SentPart } from '../wire/messages.ts';
import { at, checked, type Callable } from './callable.ts';

/** A plan has that much on the ESP at most: stick/boot-plan.ts. */
const OUTPUT_LIMIT = 96 * 1024 * 1024;

const runSchema = z.object({
  program: z.string().max(200),
  args: z.array(z.string().max(100_000)).max(10_000),
  options: z.object({
    cwd: z.string().max(4000).optional(),
    input: z.union([z.string(), z.instanceof(Uint8Array)]).optional(),
    accept: z.array(z.int()).max(256).optional(),
  }),
});

/**
 * Each plan is made in a process of its own, which may write to the folder for files in between and nowhere else.
 * Programs are run by the engine: those that were granted, in that folder, with the engine's environment.
 */
export function bootloaderStub(plugin: Callable, part: SentPart): Bootloader {
  const { id, permissions } = plugin.manifest;
  const target = at('bootloaders', part);
  const { place } = target;

  const prepared = async (asked: unknown, request: BootloaderRequest): Promise<[string, string[], RunOptions]> => {
    const { program, args, options } = checked(runSchema, asked);
    // A path could be that of a file which the plugin has just written.
    if (program.includes('/') || !permissions.programs.includes(program)) {
      throw failure(ISOLATION_ERRORS.programDenied, { plugin: id, what: program, place }, { pluginId: id });
    }
    const work = await realpath(request.workDirectory);
    const cwd = await realpath(resolve(work, options.cwd ?? '.'));
    if (cwd !== work && !cwd.startsWith(work + sep)) {
      throw failure(ISOLATION_ERRORS.fileDenied, { plugin: id, what: cwd, place }, { pluginId: id });
    }
    const { input, accept } = options;
    const given = { ...(input === undefined ? {} : { input }), ...(accept === undefined ? {} : { accept }) };
    return [program, args, { ...given, cwd, signal: request.signal }];
  };

  return {
    name: part.name,
    description: part.description ?? '',
    async plan(request) {
      const { items, stick, data, esp, biosBoot, workDirectory, runner, signal } = request;
      const answers = {
        run: async (asked: unknown) => runner.run(...(await prepared(asked, request))),
        runForBytes: async (asked: unknown) => {
          const [program, args, options] = await prepared(asked, request);
          return runner.stream(program, args, options, bytesOf);
        },
      };
      const value = { items, stick, data, esp, biosBoot, workDirectory: await realpath(workDirectory) };
      const call = { ...target, method: 'plan' as const, value, answers, signal };
      // Core checks it, like any other.
      return (await plugin.callApart(call, workDirectory)) as BootPlan;
    },
  };
}

async function bytesOf(output: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of output) {
    length += piece.byteLength;
    if (length > OUTPUT_LIMIT) throw new Error(`the program wrote more than ${OUTPUT_LIMIT} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
