import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Engine } from '../engine/engine.ts';
import type { ManifestEntry } from '../stick/manifest.ts';
import { BOOT_STAGES, SerialConsole, type BootStage } from './serial-console.ts';
import { machineArguments, QEMU } from './virtual-machine.ts';
import { watchedSmbios } from './watched-boot.ts';

export interface BootCheckOptions {
  readonly stick: string;
  readonly firmware: 'bios' | 'uefi-x64';
  /** Bytes. */
  readonly memory: number;
  readonly timeoutMs: number;
  /** As in the manifest: the menu is watched by typing. */
  readonly ready?: string | undefined;
}

/** How far one entry came. */
export interface BootCheckResult {
  readonly id: string;
  readonly title: string;
  readonly reached: BootStage;
  /** As far as it can be followed: an ISO's own menu only to the point where it takes over. */
  readonly wanted: BootStage;
  readonly ok: boolean;
  readonly seconds: number;
  /** Why it came no further. */
  readonly failure: string | undefined;
  /** The last lines of the serial console. */
  readonly tail: readonly string[];
  /** The ids that the menu listed. */
  readonly listed: readonly string[];
}

// An ISO's own menu does not report; when nothing complained for so long, it has taken over.
const HANDOVER_MS = 8_000;
const TYPED_AT_ONCE = 32;
const TYPING_PAUSE_MS = 200;

/**
 * Starts the stick in QEMU, lets its menu start one entry, and follows the serial console. A menu that knows nothing of
 * watched boots is on that console as well, by the firmware, and the entry's keys are typed there.
 * @throws LoopstickError TOOL_MISSING, TOOL_FAILED
 */
export async function checkBoot(
  engine: Engine,
  entry: ManifestEntry,
  options: BootCheckOptions,
  signal: AbortSignal,
): Promise<BootCheckResult> {
  const { runner } = engine.context;
  const workDirectory = await mkdtemp(join(tmpdir(), 'loopstick-boot-'));
  const wanted: BootStage = entry.type === 'iso-menu' ? 'menu' : 'userland';
  const console = new SerialConsole(entry.id, entry.markers, options.ready);
  const began = performance.now();
  let silence = 'the machine stopped';
  try {
    const machine = await machineArguments(
      { ...options, workDirectory, smbios: watchedSmbios(entry.id) },
      runner,
      signal,
    );
    const args = [...machine, '-display', 'none', '-serial', 'stdio', '-monitor', 'none', '-nic', 'none'];
    const streaming = { signal, stopWhenConsumed: true, typing: options.ready !== undefined };
    const timedOut = await runner.stream(QEMU, args, streaming, async (stdout, stdin) => {
      const clock = new Clock(options.timeoutMs, () => stdout.destroy());
      try {
        for await (const chunk of stdout as AsyncIterable<Buffer>) {
          console.add(chunk.toString('latin1'));
          if (stdin !== null && !console.started && console.stage === 'menu') {
            console.typed();
            await type(entry.keys ?? '', stdin, signal);
          }
          if (console.failure !== undefined || reached(console.stage, 'userland')) break;
          if (entry.type === 'iso-menu' && console.started) clock.shorten(HANDOVER_MS);
        }
      } catch (error) {
        if (!clock.rang) throw error;
      } finally {
        clock.stop();
      }
      return clock.rang && !clock.shortened;
    });
    if (timedOut) silence = `nothing more within ${options.timeoutMs / 1000} s`;
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
  const ok =
    console.failure === undefined && reached(console.stage, wanted) && (entry.type === 'linux' || console.started);
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  return {
    id: entry.id,
    title: entry.title,
    reached: console.stage,
    wanted,
    ok,
    seconds,
    failure: ok ? undefined : (console.failure ?? silence),
    tail: console.tail(ok ? 3 : 12),
    listed: console.listed,
  };
}

/** Piece by piece, as the firmware's terminal keeps few keys that nobody has read yet. */
async function type(keys: string, stdin: Writable, signal: AbortSignal): Promise<void> {
  for (let at = 0; at < keys.length; at += TYPED_AT_ONCE) {
    if (at > 0) await sleep(TYPING_PAUSE_MS, undefined, { signal });
    stdin.write(keys.slice(at, at + TYPED_AT_ONCE), 'latin1');
  }
}

function reached(stage: BootStage, wanted: BootStage): boolean {
  return BOOT_STAGES.indexOf(stage) >= BOOT_STAGES.indexOf(wanted);
}

/** Rings once, after a time that can be cut short. */
class Clock {
  readonly #ring: () => void;
  #timer: NodeJS.Timeout;
  rang = false;
  shortened = false;

  constructor(milliseconds: number, ring: () => void) {
    this.#ring = () => {
      this.rang = true;
      ring();
    };
    this.#timer = setTimeout(this.#ring, milliseconds);
  }

  shorten(milliseconds: number): void {
    if (this.shortened) return;
    this.shortened = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#ring, milliseconds);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
