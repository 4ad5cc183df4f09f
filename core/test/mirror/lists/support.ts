import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { onTestFinished } from 'vitest';

import { createEngine, type Engine } from '../../../src/engine/engine.ts';
import type { ListedImage, MirrorList } from '../../../src/engine/hooks.ts';
import { parseSettings } from '../../../src/engine/settings.ts';
import { PLUGINS } from '../../download/support.ts';
import { temporaryFolder } from '../../engine/support.ts';

export interface ListServer {
  /** Without a slash at the end. */
  readonly url: string;
  /** Paths, as they were asked for. */
  readonly requests: readonly string[];
}

/** A server on this machine that answers each request in this way, until the end of the test. */
export async function serveLists(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
): Promise<ListServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    // A client that cuts off the answer is what is tested here.
    response.on('error', () => undefined);
    answer(response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

export interface ListRoom {
  readonly engine: Engine;
  /** What `now` says; days go by when a test says so. */
  readonly clock: { now: Date };
  /** Codes of the warnings so far. */
  readonly warnings: string[];
}

/** An engine with the real transport, in a folder that is gone after the test. */
export async function listRoom(mirrors: object = {}): Promise<ListRoom> {
  const home = await temporaryFolder();
  const clock = { now: new Date('2026-11-21T12:00:00Z') };
  const engine = await createEngine({
    context: { env: { LOOPSTICK_HOME: home }, now: () => clock.now },
    plugins: PLUGINS,
    settings: parseSettings({ mirrors }, 'test'),
  });
  const warnings: string[] = [];
  engine.events.on('warning', ({ code }) => warnings.push(code));
  return { engine, clock, warnings };
}

/** Adds a source of lists for the distribution `test`. */
export function addLists(engine: Engine, name: string, lists: (image: ListedImage) => readonly MirrorList[]): void {
  engine.own.mirrorList({ name, distributions: ['test'], lists });
}

export const IMAGE: ListedImage = {
  id: 'test/1/live/x86_64',
  distribution: 'test',
  version: '1',
  variant: 'live',
  arch: 'x86_64',
  file: 'image.iso',
  urls: ['https://vendor.example/1/image.iso'],
};
