import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach } from 'vitest';

import { addContent } from '../../src/publish/content.ts';
import { initRegistry, type InitOptions } from '../../src/publish/init.ts';

/** A folder for one test and the time that it is there. */
export interface Place {
  folder: string;
  directory: string;
  now: Date;
  readonly context: {
    readonly random: (length: number) => Uint8Array;
    readonly now: () => Date;
    readonly signal: AbortSignal;
  };
  init(options?: Partial<InitOptions>): Promise<void>;
  /** Puts a document with one image of this distribution in. */
  add(name: string, distribution?: string): Promise<void>;
  later(days: number): void;
  metadata(): Promise<string[]>;
  signed(name: string): Promise<Record<string, unknown>>;
}

export function usePlace(): Place {
  const place: Place = {
    folder: '',
    directory: '',
    now: new Date(0),
    context: { random: (length) => randomBytes(length), now: () => place.now, signal: new AbortController().signal },
    async init(options = {}) {
      const description = { schema: 1 as const, title: 'Ours', refresh: { intervalMinutes: 60, jitterMinutes: 0 } };
      await initRegistry(place.directory, { description, ...options }, place.context);
    },
    async add(name, distribution = name) {
      const file = join(place.folder, `${name}.json`);
      const images = [{ variant: 'live', arch: 'x86_64' }];
      const distributions = [{ id: distribution, releases: [{ version: '1', images }] }];
      await writeFile(file, JSON.stringify({ schema: { major: 1, minor: 0 }, distributions }));
      await addContent(place.directory, file, place.context);
    },
    later: (days) => (place.now = new Date(place.now.getTime() + days * 24 * 60 * 60 * 1000)),
    metadata: async () => (await readdir(join(place.directory, 'public/metadata'))).sort(),
    async signed(name) {
      const text = await readFile(join(place.directory, 'public/metadata', name), 'utf8');
      return (JSON.parse(text) as { signed: Record<string, unknown> }).signed;
    },
  };
  beforeEach(async () => {
    place.folder = await mkdtemp(join(tmpdir(), 'loopstick-test-'));
    place.directory = join(place.folder, 'ours');
    place.now = new Date('2031-03-01T12:00:00Z');
  });
  afterEach(() => rm(place.folder, { recursive: true, force: true }));
  return place;
}
