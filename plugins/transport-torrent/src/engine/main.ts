/** What the engine's thread runs: one torrent, so that whatever goes wrong in it costs that torrent. */
import { parentPort, workerData } from 'node:worker_threads';

import type { EngineTask, Report } from './messages.ts';
import { TorrentThread } from './torrent-thread.ts';

if (parentPort !== null) {
  const port = parentPort;
  new TorrentThread(workerData as EngineTask, port).begin().catch((error: unknown) => {
    const { message, ...facts } = error instanceof Error ? error : new Error(String(error));
    const report: Report = { kind: 'failed', message, facts };
    port.postMessage(report);
  });
}
