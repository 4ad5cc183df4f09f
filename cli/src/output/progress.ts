import type { EventBus, Progress, Step } from '@loopstick/core';
import { formatBytes } from '@loopstick/core';

import type { Terminal } from './terminal.ts';

const VERBS: Readonly<Record<Step, string>> = {
  download: 'Downloading',
  hash: 'Checking',
  inspect: 'Looking inside',
  plan: 'Planning',
  format: 'Formatting',
  copy: 'Copying to',
  boot: 'Installing boot code on',
  verify: 'Reading back',
  finish: 'Finishing',
};

/**
 * Shows what the engine reports: on a terminal a bar that is redrawn, elsewhere a plain line for each step and at each
 * tenth of its way. Returns a function that ends the display.
 */
export function showProgress(events: EventBus, terminal: Terminal): () => void {
  const speed = new Speed();
  let last = { at: performance.now(), mark: '' };

  const onStep = ({ step, detail }: { step: Step; detail: string }): void => {
    speed.reset();
    last = { at: performance.now(), mark: '' };
    terminal.note(`${VERBS[step]} ${detail}`);
  };
  const onProgress = (progress: Progress): void => {
    const rate = speed.add(progress);
    if (terminal.interactive) {
      terminal.status(drawBar(progress, rate, terminal.columns));
      return;
    }
    if (progress.total === undefined || progress.total === 0) return;
    const tenth = Math.floor((progress.done / progress.total) * 10);
    const mark = `${progress.step} ${progress.label} ${tenth}`;
    // What is over within moments needs no report in between.
    if (mark === last.mark || performance.now() - last.at < PLAIN_PAUSE_MS) return;
    last = { at: performance.now(), mark };
    const amount = `${formatBytes(progress.done)} of ${formatBytes(progress.total)}`;
    terminal.note(`${VERBS[progress.step]} ${progress.label}: ${tenth * 10} % (${amount})`);
  };
  const onFailover = ({ next, error }: { next: string | undefined; error: Error }): void => {
    terminal.note(`A mirror failed: ${error.message}`, 'yellow');
    if (next !== undefined) terminal.note(`Going on from ${next}`);
  };
  const onResume = ({ label, bytes }: { label: string; bytes: number }): void => {
    terminal.note(`Resuming ${label}: ${formatBytes(bytes)} are already here`);
  };

  events.on('step', onStep).on('progress', onProgress).on('failover', onFailover).on('resume', onResume);
  return () => {
    terminal.status('');
    events.off('step', onStep).off('progress', onProgress).off('failover', onFailover).off('resume', onResume);
  };
}

const PLAIN_PAUSE_MS = 3000;

function drawBar(progress: Progress, rate: number | undefined, columns: number): string {
  const { done, total } = progress;
  const verb = VERBS[progress.step];
  const speed = rate === undefined ? '' : `  ${formatBytes(rate)}/s`;
  if (total === undefined || total === 0)
    return `${verb} ${progress.label}  ${formatBytes(done)}${speed}`.slice(0, columns - 1);
  const part = Math.min(1, done / total);
  const left = rate === undefined || rate === 0 ? '' : `  ${duration((total - done) / rate)}`;
  const tail = `${String(Math.floor(part * 100)).padStart(3)} %  ${formatBytes(done)} / ${formatBytes(total)}${speed}${left}`;
  const head = `${verb} ${progress.label}`.slice(0, Math.max(0, columns - tail.length - 16));
  const room = Math.max(8, Math.min(30, columns - head.length - tail.length - 5));
  const filled = Math.round(part * room);
  return `${head} [${'#'.repeat(filled)}${'.'.repeat(room - filled)}] ${tail}`.slice(0, columns - 1);
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  return minutes === 0 ? `${whole} s left` : `${minutes} min ${whole % 60} s left`;
}

/** Bytes per second over the last few seconds. */
class Speed {
  #samples: { at: number; done: number; label: string }[] = [];

  reset(): void {
    this.#samples = [];
  }

  add({ done, label }: Progress): number | undefined {
    const at = performance.now();
    const last = this.#samples.at(-1);
    if (last !== undefined && (last.label !== label || done < last.done)) this.reset();
    this.#samples.push({ at, done, label });
    while (this.#samples.length > 2 && at - (this.#samples[0]?.at ?? at) > 5000) this.#samples.shift();
    const first = this.#samples[0];
    if (first === undefined || at - first.at < 250) return undefined;
    return ((done - first.done) / (at - first.at)) * 1000;
  }
}
