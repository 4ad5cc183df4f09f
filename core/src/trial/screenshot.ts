import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { writeFileDurably } from '../engine/durable.ts';
import type { Engine } from '../engine/engine.ts';
import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import { failure } from '../engine/errors.ts';
import { SerialConsole } from './serial-console.ts';
import { machineArguments, QEMU, type MachineOptions } from './virtual-machine.ts';
import { watchedSmbios } from './watched-boot.ts';

// The menu says on the serial console that it is about to be drawn; drawing takes a moment under emulation.
const DRAWING_MS = 4_000;

/**
 * Starts the stick in QEMU and saves a picture of its menu as PNG.
 * @throws LoopstickError TOOL_MISSING, TOOL_FAILED (also when the menu does not come within `timeoutMs`)
 */
export async function saveMenuPicture(
  engine: Engine,
  file: string,
  options: Omit<MachineOptions, 'workDirectory' | 'smbios'> & {
    readonly timeoutMs: number;
    /** As in the manifest. */
    readonly ready?: string | undefined;
  },
  signal: AbortSignal,
): Promise<void> {
  const workDirectory = await mkdtemp(join(tmpdir(), 'loopstick-boot-'));
  try {
    const picture = join(workDirectory, 'menu.png');
    const monitor = join(workDirectory, 'monitor');
    const machine = await machineArguments(
      { ...options, workDirectory, smbios: watchedSmbios() },
      engine.context.runner,
      signal,
    );
    const args = [...machine, '-display', 'none', '-serial', 'stdio', '-nic', 'none'];
    args.push('-qmp', `unix:${monitor.replaceAll(',', ',,')},server=on,wait=off`);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]);
    await engine.context.runner.stream(QEMU, args, { signal, stopWhenConsumed: true }, async (stdout) => {
      const console = new SerialConsole('', {}, options.ready);
      const onLimit = (): void => void stdout.destroy();
      limit.addEventListener('abort', onLimit, { once: true });
      try {
        for await (const chunk of stdout as AsyncIterable<Buffer>) {
          console.add(chunk.toString('latin1'));
          if (console.stage === 'menu') break;
        }
      } catch (error) {
        if (!limit.aborted) throw error;
      } finally {
        limit.removeEventListener('abort', onLimit);
      }
      signal.throwIfAborted();
      if (console.stage !== 'menu') {
        const problem = `the menu did not come: ${console.tail(2).join('; ') || 'the serial console is silent'}`;
        throw failure(ENGINE_ERRORS.toolFailed, { tool: QEMU, status: 0, problem });
      }
      await sleep(DRAWING_MS, undefined, { signal });
      await screendump(monitor, picture, limit);
    });
    await writeFileDurably(resolve(file), await readFile(picture), basename(workDirectory));
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

/** Asks a running QEMU for a picture of its screen, through its machine protocol (QMP, docs/interop/qmp-spec). */
async function screendump(monitor: string, filename: string, signal: AbortSignal): Promise<void> {
  const socket = connect(monitor);
  // What breaks the connection shows as an answer that does not come.
  socket.on('error', () => undefined);
  try {
    await ask(socket, { execute: 'qmp_capabilities' }, signal);
    await ask(socket, { execute: 'screendump', arguments: { filename, format: 'png' } }, signal);
  } finally {
    socket.destroy();
  }
}

/** Sends one command and waits for its answer; greetings and events in between are passed over. */
async function ask(socket: Socket, command: object, signal: AbortSignal): Promise<void> {
  const lines = createInterface({ input: socket, signal });
  socket.write(`${JSON.stringify(command)}\n`);
  try {
    for await (const line of lines) {
      const answer = JSON.parse(line) as { return?: unknown; error?: { desc: string } };
      if (answer.error !== undefined) {
        throw failure(ENGINE_ERRORS.toolFailed, { tool: QEMU, status: 0, problem: answer.error.desc });
      }
      if ('return' in answer) return;
    }
    signal.throwIfAborted();
    throw failure(ENGINE_ERRORS.toolFailed, { tool: QEMU, status: 0, problem: 'its monitor was closed' });
  } finally {
    lines.close();
  }
}
