import { readFile, writeFile } from 'node:fs/promises';

const INTERVAL_MS = 200;

/**
 * Looks after the memory of a process, since the limit that Node keeps is for values only and not for buffers. Where
 * there is no /proc nothing is watched. Also, should the whole machine run out of memory, this process is to go first.
 * @returns a function that ends the watch
 */
export function watchMemory(pid: number, limitMb: number, onExcess: () => void): () => void {
  writeFile(`/proc/${pid}/oom_score_adj`, '1000').catch(() => undefined);
  const timer = setInterval(() => {
    void residentMb(pid).then((resident) => {
      if (resident > limitMb) onExcess();
    });
  }, INTERVAL_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

/** proc_pid_status(5): VmRSS, in kB. */
async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}
