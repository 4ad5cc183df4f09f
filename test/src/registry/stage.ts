import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { CatalogReadRequest, Context, Freshness } from '@loopstick/core';
import {
  addContent,
  createDocumentFetcher,
  initRegistry,
  publishRegistry,
  registrySource,
  rotateKey,
  verifiedCopy,
  type Role,
  type TrustedRegistry,
} from '@loopstick/registry';

import { openWeb, type Web } from './web.ts';

/** When the first publication is made. Both sides are told the time, so it is no matter when the tests run. */
const BEGINNING: Date = new Date('2031-03-01T12:00:00Z');
const DAY_MS = 24 * 60 * 60 * 1000;

/** The read ended as there is nothing new. */
export const UNCHANGED: string = 'unchanged';

type Counts = Partial<Record<Role, { readonly count: number; readonly threshold: number }>>;

/** A registry, a web server that shows it, and a reader that trusts its first root. */
export class Stage {
  readonly folder: string;
  readonly directory: string;
  readonly web: Web;
  readonly reader: TrustedRegistry;
  now: Date = BEGINNING;
  advice: Freshness | undefined;
  /** Milliseconds over which a server has to show that it is not slow. */
  rateMs: number = 5000;
  /** Address and body of the first document of the last good read, as the host would know them. */
  #first: string | undefined;

  constructor(folder: string, web: Web, root: string) {
    this.folder = folder;
    this.directory = join(folder, 'registry');
    this.web = web;
    this.reader = { name: 'ours', url: web.url, by: 'user', rootFile: '', root: async () => Promise.resolve(root) };
  }

  static async open(keys: Counts = {}, now: Date = BEGINNING): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'loopstick-test-'));
    const directory = join(folder, 'registry');
    const description = { schema: 1 as const, title: 'Ours', refresh: { intervalMinutes: 60, jitterMinutes: 10 } };
    await initRegistry(directory, { description, keys }, { random: randomBytes, now: () => now });
    const stage = await Stage.#in(folder);
    stage.now = now;
    await stage.publish('first');
    return stage;
  }

  static async #in(folder: string): Promise<Stage> {
    const shown = join(folder, 'registry/public');
    const root = await readFile(join(shown, 'metadata/1.root.json'), 'utf8');
    return new Stage(folder, await openWeb(shown), root);
  }

  /** Another one with the same registry as it is now. */
  async twin(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'loopstick-test-'));
    await cp(this.directory, join(folder, 'registry'), { recursive: true });
    return Stage.#in(folder);
  }

  get context(): Pick<Context, 'paths' | 'random' | 'now'> {
    const [config, data, state, cache] = ['config', 'data', 'state', 'cache'].map((name) => join(this.folder, name));
    return {
      paths: { config: config ?? '', data: data ?? '', state: state ?? '', cache: cache ?? '' },
      random: randomBytes,
      now: () => this.now,
    };
  }

  get keys(): string {
    return join(this.directory, 'keys');
  }

  later(days: number): void {
    this.now = new Date(this.now.getTime() + days * DAY_MS);
  }

  /** Publishes a catalog whose only distribution has this name. */
  async publish(name: string): Promise<void> {
    const file = join(this.folder, 'own.json');
    await writeFile(file, catalog(name));
    await addContent(this.directory, file, { random: randomBytes, signal: new AbortController().signal });
    await publishRegistry(this.directory, {}, this.context);
  }

  async rotate(role: Role): Promise<void> {
    await rotateKey(this.directory, role, {}, this.context);
  }

  /** A copy of what is published now, and the server shows it from now on, or `public` itself. */
  async copy(name: string): Promise<string> {
    const place = join(this.folder, name);
    await cp(join(this.directory, 'public'), place, { recursive: true });
    return place;
  }

  honest(): void {
    this.web.folder = join(this.directory, 'public');
    this.web.lies.clear();
  }

  /** Reads as a sync does. Resolves to the name that the catalog has, or `unchanged`; rejects as the source does. */
  async read(signal: AbortSignal = new AbortController().signal): Promise<string> {
    const { paths, random } = this.context;
    const fetchDocument = createDocumentFetcher({
      cacheDirectory: join(paths.cache, 'http'),
      env: {},
      now: () => this.now,
      random,
      limits: { rateMs: this.rateMs, retries: 0 },
    });
    const ended = new Error(UNCHANGED);
    let first: string | undefined;
    const fetch: CatalogReadRequest['fetch'] = async (url, { maxBytes = 1, accept } = {}) =>
      fetchDocument({ url, maxBytes, accept, signal });
    const request: CatalogReadRequest = {
      signal,
      now: this.now,
      fetch,
      fetchFirst: async (url, options) => {
        const document = await fetch(url, options);
        first = `${url} ${Buffer.from(document.body).toString()}`;
        if (this.#first === first) throw ended;
        return document;
      },
      fetchSigned: async () => Promise.reject(new Error('a registry has no signed lists')),
      advise: (freshness) => (this.advice = freshness),
      vouch: () => undefined,
    };
    try {
      const document = await registrySource(this.reader, this.context).read(request);
      this.#first = first;
      return nameIn(document);
    } catch (error) {
      if (error === ended) return UNCHANGED;
      throw error;
    }
  }

  /** What can be used without the web: verified again. */
  async offline(): Promise<string | undefined> {
    const copy = await verifiedCopy(this.reader, this.context);
    return copy === undefined ? undefined : nameIn(copy.documents[0]);
  }

  async close(): Promise<void> {
    await this.web.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function catalog(name: string, id: string = 'example'): string {
  const image = {
    variant: 'live',
    arch: 'x86_64',
    kind: 'live',
    file: `${name}.iso`,
    checksums: { sha256: '5'.repeat(64) },
    mirrors: [`https://mirror.example.org/${name}.iso`],
  };
  const distributions = [{ id, name, releases: [{ version: '1', images: [image] }] }];
  return JSON.stringify({ schema: { major: 1, minor: 0 }, origins: {}, distributions });
}

function nameIn(document: unknown): string {
  return (document as { distributions: { name: string }[] }).distributions[0]?.name ?? '';
}
