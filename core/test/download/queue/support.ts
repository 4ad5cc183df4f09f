import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import type { downloadFile } from '../../../src/download/download.ts';
import type { DownloadJob, DownloadOptions, TransferReport } from '../../../src/download/job.ts';
import { openDownloads, type Downloads, type OpenDownloadsOptions } from '../../../src/download/queue/downloads.ts';
import { createEngine, type Engine } from '../../../src/engine/engine.ts';
import { parseSettings } from '../../../src/engine/settings.ts';

export interface Room {
  readonly folder: string;
  readonly engine: Engine;
  /** Codes of the warnings so far. */
  readonly warnings: string[];
}

/** An engine without plugins whose folders are empty. */
export async function createRoom(downloads: Record<string, unknown> = {}): Promise<Room> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-queue-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const engine = await createEngine({
    context: { env: { LOOPSTICK_HOME: join(folder, 'home') } },
    settings: parseSettings({ downloads }, 'test'),
  });
  const warnings: string[] = [];
  engine.events.on('warning', ({ code }) => warnings.push(code));
  return { folder, engine, warnings };
}

export type Run = typeof downloadFile;

/** A download that does what the test says. */
export interface FakeRun {
  readonly job: DownloadJob;
  readonly options: DownloadOptions;
  report(report: Partial<TransferReport>): void;
  finish(): void;
  fail(error: Error): void;
}

/** Stands in for `downloadFile`: writes a part, takes no lock, and rejects with the signal's reason a moment later. */
export class FakeDownloader {
  /** All that were started, in this order. */
  readonly started: FakeRun[] = [];
  #waiting: (() => void)[] = [];

  readonly run: Run = (_engine, job, options) =>
    new Promise((resolve, reject) => {
      const { signal } = options;
      const part = `${job.destination}.part`;
      writeFileSync(part, 'part');
      writeFileSync(`${part}.resume`, 'resume');
      let isOver = false;
      const end = (error: Error): void => {
        isOver = true;
        reject(error);
      };
      signal.addEventListener('abort', () => {
        setImmediate(() => {
          end(signal.reason as Error);
        });
      });
      this.started.push({
        job,
        options,
        report: (report) =>
          options.onReport?.({
            ...{ label: job.label, done: 0, total: job.size, speed: 0, eta: undefined, resumed: 0 },
            ...{ connections: 1, mirrors: [] },
            ...report,
          }),
        finish: () => {
          if (isOver) return;
          isOver = true;
          options.onVerify?.();
          writeFileSync(job.destination, 'whole');
          rmSync(part, { force: true });
          rmSync(`${part}.resume`, { force: true });
          const { destination: path, size = 5, digests } = job;
          resolve({ path, size, resumed: 0, digests, verified: true, origins: [] });
        },
        fail: end,
      });
      for (const wake of this.#waiting.splice(0)) wake();
    });

  /** The labels of those that were started. */
  get labels(): string[] {
    return this.started.map(({ job }) => job.label);
  }

  /** The one that is started as number `index`, when it is. */
  async at(index: number): Promise<FakeRun> {
    for (;;) {
      const run = this.started[index];
      if (run !== undefined) return run;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

export function jobFor(room: Room, name: string, more: Partial<DownloadJob> = {}): DownloadJob {
  const destination = join(room.folder, `${name}.iso`);
  return { label: name, urls: [`http://m.example/${name}.iso`], size: 1000, digests: {}, destination, ...more };
}

/** A queue that is closed at the end of the test. */
export async function open(room: Room, options: OpenDownloadsOptions = {}): Promise<Downloads> {
  const downloads = await openDownloads(room.engine, { lookMs: 10, ...options });
  onTestFinished(() => downloads.close());
  return downloads;
}
