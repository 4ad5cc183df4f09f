import { createEventBus, DOWNLOAD_ERRORS, failure, type TransferReport } from '@loopstick/core';
import { describe, expect, it } from 'vitest';

import { showProgress } from '../src/output/progress.ts';
import { createBars } from '../src/output/progress/bars.ts';
import { createLines } from '../src/output/progress/lines.ts';
import { createObjects } from '../src/output/progress/objects.ts';
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

  it('with --json makes an object of every line on standard error', () => {
    const { terminal, written } = terminalOf(true, { json: true });
    terminal.note('note');
    terminal.error('error');
    terminal.warn({ code: 'A_CODE', message: 'warning', hint: 'hint' });
    terminal.event('step', { step: 'plan' });
    expect(written.err.map((line) => JSON.parse(line) as unknown)).toEqual([
      { event: 'note', text: 'note' },
      { event: 'note', text: 'error' },
      { event: 'warning', code: 'A_CODE', message: 'warning', hint: 'hint' },
      { event: 'step', step: 'plan' },
    ]);
    expect(terminal.interactive).toBe(false);
  });

  it('says nothing to programs that did not ask', () => {
    const { terminal, written } = terminalOf(true);
    terminal.event('step', { step: 'plan' });
    expect(written.err).toEqual([]);
  });

  it('takes back all lines of a status, however many', () => {
    const { terminal, written } = terminalOf(true);
    terminal.status(['a', 'b', 'c']);
    terminal.note('note');
    terminal.status(['d']);
    terminal.status([]);
    expect(written.err).toEqual(['a\nb\nc', '\r\u001b[2A\u001b[J', 'note\n', 'd', '\r\u001b[J']);
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
    expect(err.at(-1)).toBe('\r\u001b[J');
  });

  it('is plain lines elsewhere, without a control character', () => {
    const { err } = report(false);
    expect(err.join('')).toBe('Downloading ubuntu\n');
  });
});

const GIB = 1024 ** 3;

function reportOf(label: string, done: number): TransferReport {
  const mirror = (host: string, bytes: number) => ({
    mirror: `https://${host}/x.iso`,
    bytes,
    speed: 1,
    connections: 1,
  });
  const mirrors = [mirror('b.example', GIB / 4), mirror('a.example', GIB / 2)];
  const rest = { speed: 64 * 1024 ** 2, eta: 8, resumed: GIB / 4, connections: 2, mirrors };
  return { label, done, total: GIB, ...rest };
}

describe('a download', () => {
  /** The time stands still but for this. */
  const clockOf = (): { at: number; read: () => number } => {
    const clock = { at: 0, read: () => clock.at };
    return clock;
  };

  it('has a bar on a terminal, with what was there before, its speed, and who delivers', () => {
    const { terminal, written } = terminalOf(true);
    const clock = clockOf();
    const bars = createBars(terminal, clock.read);
    bars.transfer?.(reportOf('ubuntu', GIB / 2));
    clock.at += 1000;
    bars.transfer?.(reportOf('fedora', GIB / 4));
    const [ubuntu = '', shares, fedora = ''] = written.err.at(-1)?.split('\n') ?? [];
    expect(ubuntu).toMatch(/^ubuntu \[=+#+\.+\] {2}50 % {2}512 MiB \/ 1\.0 GiB {2}64\.0 MiB\/s {2}8 s left$/);
    expect(shares).toBe('  2 connections: a.example 66 %, b.example 33 %');
    expect(fedora).toMatch(/^fedora \[=+\.+\] {2}25 %/);
    const lines = written.err.flatMap((text) => text.split('\n'));
    for (const line of lines) expect(line.length).toBeLessThan(80);
  });

  it('is redrawn ten times a second at most, and goes when it has ended', () => {
    const { terminal, written } = terminalOf(true);
    const clock = clockOf();
    const bars = createBars(terminal, clock.read);
    for (let done = 0; done < 100; done++) {
      bars.transfer?.(reportOf('ubuntu', done));
      clock.at += 10;
    }
    expect(written.err.filter((text) => text.startsWith('ubuntu')).length).toBe(10);
    bars.download?.({ id: '1', label: 'ubuntu', from: 'verifying', to: 'completed' });
    expect(written.err.at(-1)).toBe('\r\u001b[1A\u001b[J');
  });

  it('shares the terminal with others: no more lines than it has', () => {
    const { terminal, written } = terminalOf(true);
    const clock = clockOf();
    const bars = createBars(terminal, clock.read);
    for (let index = 0; index < 100; index++) {
      clock.at += 1000;
      bars.transfer?.(reportOf(`image-${index}`, index));
    }
    const lines = written.err.at(-1)?.split('\n') ?? [];
    expect(lines).toHaveLength(23);
    expect(lines.at(-1)).toBe('and 78 more');
  });

  it('is a line every few seconds elsewhere', () => {
    const { terminal, written } = terminalOf(false);
    const clock = clockOf();
    const lines = createLines(terminal, clock.read);
    for (let second = 0; second <= 10; second++) {
      lines.transfer?.(reportOf('ubuntu', (second / 20) * GIB));
      clock.at += 1000;
    }
    expect(written.err).toEqual([
      'Downloading ubuntu: 25 % (256 MiB of 1.0 GiB), 64.0 MiB/s, 8 s left, 2 connections, a.example 66 %, b.example 33 %\n',
      'Downloading ubuntu: 50 % (512 MiB of 1.0 GiB), 64.0 MiB/s, 8 s left, 2 connections, a.example 66 %, b.example 33 %\n',
    ]);
  });

  it('is objects for programs, with the last report never left out', () => {
    const { terminal, written } = terminalOf(false, { json: true });
    const clock = clockOf();
    const objects = createObjects(terminal, clock.read);
    for (const done of [1, 2, 3, GIB]) objects.transfer?.(reportOf('ubuntu', done));
    const error = failure(DOWNLOAD_ERRORS.noMirrors, { label: 'ubuntu' });
    objects.failover?.({ label: 'ubuntu', mirror: 'http://a/', next: undefined, error });
    const events = written.err.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toMatchObject([
      { event: 'transfer', label: 'ubuntu', done: 1, total: GIB },
      { event: 'transfer', done: GIB },
      { event: 'failover', mirror: 'http://a/', error: { code: 'DOWNLOAD_NO_MIRRORS' } },
    ]);
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

describe('notices', () => {
  it.each([createLines, createBars])('of mirrors that fail are few, and the others are counted (%o)', (create) => {
    const { terminal, written } = terminalOf(false);
    const display = create(terminal, () => 0);
    const fail = (mirror: string): void => {
      const error = failure(DOWNLOAD_ERRORS.httpStatus, { mirror, status: 404 });
      display.failover?.({ label: 'ra', mirror, next: undefined, error });
    };
    for (const mirror of ['a', 'a', 'b', 'a', 'c', 'd', 'e', 'd']) fail(mirror);
    expect(written.err.map((line) => /failed: (\w)/.exec(line)?.[1])).toEqual(['a', 'b', 'c']);
    display.download?.({ id: 'x', label: 'ra', from: 'downloading', to: 'failed', reason: undefined });
    expect(written.err.at(-1)).toContain('2 more mirrors of ra failed');
    // Another run is told of from the beginning.
    fail('a');
    expect(written.err.at(-1)).toContain('a answered');
  });

  it('of a pause name what is paused once', () => {
    const { terminal, written } = terminalOf(false);
    const { download } = createLines(terminal, () => 0);
    const pause = { id: 'x', label: 'ra', from: 'downloading', to: 'paused' } as const;
    for (const reason of [undefined, 'the disk is full', 'ra: come back later']) download?.({ ...pause, reason });
    expect(written.err).toEqual(['Paused ra\n', 'Paused ra: the disk is full\n', 'Paused ra: come back later\n']);
  });
});
