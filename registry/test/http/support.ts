import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { DocumentFetcher, FetchedDocument } from '@loopstick/core';
import { onTestFinished } from 'vitest';

import { createDocumentFetcher, type FetcherOptions } from '../../src/http/document-fetcher.ts';

export type Answerer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server of this machine's own, gone after the test. Resolves to its address, without a slash at the end. */
export async function serve(answer: Answerer): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Fetching {
  readonly fetch: DocumentFetcher;
  readonly folder: string;
  get(url: string, changes?: { maxBytes?: number; accept?: string; signal?: AbortSignal }): Promise<FetchedDocument>;
}

export const NOW: Date = new Date('2026-01-02T03:04:05Z');

/** A fetcher with a cache of its own, or that of `folder`. */
export async function fetching(changes: Partial<FetcherOptions> = {}, folder?: string): Promise<Fetching> {
  const cacheDirectory = folder ?? (await temporaryFolder());
  const fetch = createDocumentFetcher({
    cacheDirectory,
    env: {},
    now: () => NOW,
    random: randomBytes,
    ...changes,
    limits: { retries: 0, ...changes.limits },
  });
  return {
    fetch,
    folder: cacheDirectory,
    get: (url, own = {}) => fetch({ url, maxBytes: 1_000_000, signal: new AbortController().signal, ...own }),
  };
}

export function textOf({ body }: FetchedDocument): string {
  return Buffer.from(body).toString();
}
