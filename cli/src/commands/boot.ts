import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  checkBoot,
  failure,
  machineArguments,
  parseBytes,
  QEMU,
  readStick,
  saveMenuPicture,
  startSmbios,
  watchedSmbios,
  type BootCheckResult,
  type Engine,
  type Firmware,
  type MachineOptions,
  type ManifestEntry,
  type StickManifest,
} from '@loopstick/core';

import { CLI_ERRORS } from '../cli-errors.ts';
import { EXIT_BOOT_CHECK } from '../exit-codes.ts';
import type { Terminal } from '../output/terminal.ts';
import type { Session } from '../session.ts';

interface BootOptions {
  readonly uefi?: boolean;
  readonly entry?: readonly string[];
  readonly check?: boolean;
  readonly expect?: string;
  readonly timeout: string;
  readonly screenshot?: string;
  readonly memory: string;
}

export async function boot(session: Session, [path = '']: readonly string[], options: BootOptions): Promise<number> {
  const { terminal, signal } = session;
  if (options.expect !== undefined && options.check !== true) {
    throw failure(CLI_ERRORS.usage, { problem: '--expect goes with --check', command: 'loopstick boot' });
  }
  const engine = await session.engine();
  const { manifest } = await readStick(engine, path, signal);
  // Without a wish by BIOS, unless the stick starts by UEFI only.
  const firmware = options.uefi === true || !manifest.firmwares.includes('bios') ? 'uefi-x64' : 'bios';
  const entries = choose(manifest, options.entry);
  const { ready } = manifest.boot;
  const machine = { stick: path, firmware, ready, memory: memoryOf(options), timeoutMs: timeoutOf(options) } as const;

  if (options.screenshot !== undefined) {
    terminal.note(`Starting ${path} by ${firmware} for a picture of its menu`);
    await saveMenuPicture(engine, options.screenshot, machine, signal);
    terminal.note(`Saved ${options.screenshot}`);
    if (options.check !== true) terminal.document({ screenshot: options.screenshot });
  }
  if (options.check === true) return check(engine, terminal, expecting(entries, options), machine, signal);
  if (options.screenshot === undefined)
    await start(session, engine, machine, options.entry === undefined ? undefined : entries[0]);
  return 0;
}

type Machine = Omit<MachineOptions, 'workDirectory' | 'smbios'> & {
  readonly timeoutMs: number;
  readonly ready: string | undefined;
};

async function check(
  engine: Engine,
  terminal: Terminal,
  entries: readonly ManifestEntry[],
  machine: Machine,
  signal: AbortSignal,
): Promise<number> {
  const results: (BootCheckResult | { id: string; title: string; skipped: string })[] = [];
  for (const entry of entries) {
    if (!fits(entry, machine.firmware)) {
      const skipped = `needs ${entry.firmware?.join(' or ') ?? ''}`;
      results.push({ id: entry.id, title: entry.title, skipped });
      terminal.data(`skipped   ${entry.title}: ${skipped}`);
      continue;
    }
    terminal.note(`Starting "${entry.title}" by ${machine.firmware}`);
    const result = await checkBoot(engine, entry, machine, signal);
    results.push(result);
    const why = result.failure === undefined ? '' : `, ${result.failure}`;
    const word = result.ok ? 'ok    ' : 'FAILED';
    const line = `${word}    ${entry.title}: reached ${result.reached} in ${result.seconds} s${why}`;
    terminal.data(line, result.ok ? 'green' : 'red');
    if (!result.ok) for (const line of result.tail) terminal.note(`  | ${line}`);
  }
  const failed = results.filter((result) => 'ok' in result && !result.ok);
  terminal.document({ firmware: machine.firmware, ok: failed.length === 0, entries: results });
  return failed.length === 0 ? 0 : EXIT_BOOT_CHECK;
}

/** Opens a window, or, where there is none, shows the menu and the system in the terminal. */
async function start(
  session: Session,
  engine: Engine,
  machine: Machine,
  entry: ManifestEntry | undefined,
): Promise<void> {
  const { env, runner } = engine.context;
  const window = (env['DISPLAY'] ?? env['WAYLAND_DISPLAY'] ?? '') !== '' || process.platform === 'darwin';
  // Without a window the serial console is all there is, and a watched boot moves everything to it.
  const smbios = window ? (entry === undefined ? undefined : startSmbios(entry.id)) : watchedSmbios(entry?.id);
  const console = window ? [] : ['-display', 'none', '-serial', 'mon:stdio'];
  if (entry !== undefined && machine.ready !== undefined) {
    session.terminal.note(`Choose "${entry.title}" in the menu: this bootloader cannot be told from outside.`);
  }
  const workDirectory = await mkdtemp(join(tmpdir(), 'loopstick-boot-'));
  try {
    const options = { ...machine, workDirectory, ...(smbios === undefined ? {} : { smbios }) };
    const args = await machineArguments(options, runner, session.signal);
    session.terminal.note(
      window ? 'Close the window to end the machine.' : 'There is no display: Ctrl-A, then X ends the machine.',
    );
    await runner.interact(QEMU, [...args, '-nic', 'user', ...console], { signal: session.signal });
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

/** The entries that were asked for, by id or by the beginning of the title; all without a wish. */
function choose(manifest: StickManifest, wishes: readonly string[] | undefined): ManifestEntry[] {
  const all = manifest.images.flatMap(({ entries }) => entries);
  if (wishes === undefined) return all;
  return wishes.flatMap((wish) => {
    const found =
      all.find(({ id }) => id === wish) ??
      all.find(({ id, title }) => id.startsWith(wish) || title.toLowerCase().startsWith(wish.toLowerCase()));
    if (found === undefined) {
      throw failure(CLI_ERRORS.noEntry, { entry: wish, entries: all.map(({ id }) => id).join(', ') });
    }
    return [found];
  });
}

/** With --expect only that text counts, whatever the recipe's own markers are. */
function expecting(entries: readonly ManifestEntry[], { expect }: BootOptions): readonly ManifestEntry[] {
  if (expect === undefined) return entries;
  return entries.map((entry) => ({ ...entry, markers: { ...entry.markers, userland: [expect] } }));
}

function fits({ firmware }: ManifestEntry, machine: Firmware): boolean {
  return firmware === undefined || firmware.includes(machine);
}

function memoryOf({ memory }: BootOptions): number {
  const bytes = parseBytes(memory);
  if (bytes === undefined || bytes < 64 * 1024 * 1024)
    throw failure(CLI_ERRORS.badSize, { value: memory, option: '--memory' });
  return bytes;
}

function timeoutOf({ timeout }: BootOptions): number {
  const seconds = Number(timeout);
  if (Number.isFinite(seconds) && seconds >= 1 && seconds <= 86_400) return seconds * 1000;
  throw failure(CLI_ERRORS.usage, {
    problem: `"${timeout}" is not a number of seconds for --timeout`,
    command: 'loopstick boot',
  });
}
