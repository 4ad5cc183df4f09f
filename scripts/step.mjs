/** One line per step: what is done, how it went, how long it took. Only Node's own modules: setup.mjs needs this. */
import { spawn } from 'node:child_process';

const LIVE = process.stdout.isTTY === true && !process.env.CI;

/** A step that failed; `output` is what a person needs to see of it. */
export class StepError extends Error {
  constructor(message, output = '') {
    super(message);
    this.output = output;
  }
}

/**
 * Runs `work` and prints its line. `work` may return a few words to show in place of "ok". On a terminal the label
 * stands there while the work goes on; elsewhere the line appears when it is done.
 */
export async function step(label, work) {
  const begun = performance.now();
  if (LIVE) process.stdout.write(`${label} …`);
  const line = (outcome) => {
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    process.stdout.write(`${LIVE ? '\r\x1b[2K' : ''}${label}: ${outcome} (${seconds} s)\n`);
  };
  try {
    const words = await work();
    line(typeof words === 'string' ? words : 'ok');
  } catch (error) {
    line('failed');
    throw error;
  }
}

/**
 * Runs a program without a shell and without input. Resolves to its output; a failure carries the output in a
 * StepError.
 */
export function capture(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => reject(new StepError(`${program}: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new StepError(`${program} ended with ${signal ?? `exit code ${code}`}`, output.trimEnd()));
    });
  });
}
