import { createEventBus } from '@loopstick/core';
import { describe, expect, it } from 'vitest';

import { showProgress } from '../src/output/progress.ts';
import { createPaint } from '../src/output/style.ts';
import { table } from '../src/output/table.ts';
import { createTerminal } from '../src/output/terminal.ts';

interface Written {
  readonly out: string[];
  readonly err: string[];
}

function terminalOf(tty: boolean, options = {}, env: Record<string, string> = { TERM: 'xterm' }) {
  const written: Written = { out: [], err: [] };
  const stream = (lines: string[]): NodeJS.WriteStream =>
    ({ isTTY: tty, columns: 80, write: (text: string) => lines.push(text) }) as unknown as NodeJS.WriteStream;
  const stdin = { isTTY: tty } as unknown as NodeJS.ReadStream;
  const streams = { stdin, stdout: stream(written.out), stderr: stream(written.err) };
  return { written, terminal: createTerminal(streams, env, { json: false, quiet: false, color: true, ...options }) };
}

describe('colours', () => {
  it.each([
    ['on a terminal', { isTTY: true, env: {} }, true],
    ['elsewhere', { isTTY: false, env: {} }, false],
    ['with NO_COLOR', { isTTY: true, env: { NO_COLOR: '1' } }, false],
    ['with an empty NO_COLOR, which does not count', { isTTY: true, env: { NO_COLOR: '' } }, true],
    ['on a dumb terminal', { isTTY: true, env: { TERM: 'dumb' } }, false],
  ])('%s', (_, input, colored) => {
    expect(createPaint(input)('red', 'x') !== 'x').toBe(colored);
  });
});

describe('a terminal', () => {
  it('gives data to standard output and words to standard error', () => {
    const { terminal, written } = terminalOf(false);
    terminal.data('data');
    terminal.document({ not: 'asked for' });
    terminal.note('note');
    expect(written).toEqual({ out: ['data\n'], err: ['note\n'] });
  });

  it('with --json prints the document and nothing else to standard output', () => {
    const { terminal, written } = terminalOf(false, { json: true });
    terminal.data('data');
    terminal.document({ a: 1 });
    expect(JSON.parse(written.out.join(''))).toEqual({ a: 1 });
  });

  it('with --quiet is silent but for data and errors', () => {
    const { terminal, written } = terminalOf(true, { quiet: true });
    terminal.note('note');
    terminal.error('error');
    expect(written.err).toEqual(['error\n']);
    expect(terminal.interactive).toBe(false);
  });
});

describe('progress', () => {
  const report = (tty: boolean): Written => {
    const { terminal, written } = terminalOf(tty);
    const events = createEventBus();
    const stop = showProgress(events, terminal);
    events.emit('step', { step: 'download', detail: 'ubuntu' });
    for (let done = 0; done <= 1000; done += 10) {
      events.emit('progress', { step: 'download', label: 'ubuntu', done, total: 1000 });
    }
    stop();
    events.emit('step', { step: 'verify', detail: 'after the end' });
    return written;
  };

  it('is a bar that is redrawn on a terminal, never wider than it, and wiped at the end', () => {
    const { err } = report(true);
    const bars = err.filter((text) => text.includes('['));
    expect(bars.some((text) => text.includes('100 %'))).toBe(true);
    for (const text of err) expect(text.length).toBeLessThanOrEqual(80);
    expect(err.at(-1)).toBe('\r\u001b[K');
  });

  it('is plain lines elsewhere, without a control character', () => {
    const { err } = report(false);
    expect(err.join('')).toBe('Downloading ubuntu\n');
  });
});

describe('a table', () => {
  it('lines up its columns, numbers to the right', () => {
    expect(
      table(
        ['NAME', 'N'],
        [
          ['a', 1],
          ['long', 100],
        ],
      ),
    ).toEqual(['NAME    N', 'a       1', 'long  100']);
  });
});
