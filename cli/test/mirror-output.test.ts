import { candidatesFrom, type Measurement } from '@loopstick/core';
import { describe, expect, it } from 'vitest';

import { mirrorSettings } from '../src/mirror-options.ts';
import { MirrorTestView, type TestedMirror } from '../src/output/mirror-test-view.ts';
import { hostOf, milliseconds, mirrorDocument, mirrorRow, speedCell } from '../src/output/mirror-words.ts';
import { createTerminal } from '../src/output/terminal.ts';

const [a, b, c] = candidatesFrom([
  'https://a.example/x.iso',
  'https://longer.example:8080/x.iso',
  'https://c.example/x',
]);
if (a === undefined || b === undefined || c === undefined) throw new Error('three candidates');

const measured = (candidate: typeof a, part: Partial<Measurement>): TestedMirror => ({
  ...{ candidate, state: 'done' },
  probe: { url: candidate.url, state: 'current', bytes: 1_000_000, lesson: { outcome: 'success' }, ...part },
});
const slow = measured(a, { speed: 1024 ** 2, connectMs: 3.14, firstByteMs: 50 });
const fast = measured(b, { speed: 5 * 1024 ** 2 });
const gone = measured(c, { state: 'missing', bytes: 0, problem: 'it\u001b[31m is gone' });

function viewOn(tty: boolean, json = false): { view: MirrorTestView; out: string[]; err: string[] } {
  const [out, err]: [string[], string[]] = [[], []];
  const stream = (lines: string[]): NodeJS.WriteStream =>
    ({ isTTY: tty, columns: 80, rows: 24, write: (text: string) => lines.push(text) }) as unknown as NodeJS.WriteStream;
  const streams = { stdin: { isTTY: tty } as unknown as NodeJS.ReadStream, stdout: stream(out), stderr: stream(err) };
  const terminal = createTerminal(streams, { TERM: 'xterm' }, { json, quiet: false, color: false });
  return {
    view: new MirrorTestView(
      terminal,
      [a, b, c].filter((each) => each !== undefined),
    ),
    out,
    err,
  };
}

describe('a test of mirrors', () => {
  it('is a line a mirror where nobody watches, in columns, as soon as it is measured', () => {
    const { view, out } = viewOn(false);
    view.update([slow], { ...slow, state: 'measuring', probe: undefined });
    view.update([slow], slow);
    view.update([gone], gone);
    view.end([slow, gone]);
    expect(out).toHaveLength(3);
    const [head = '', first = '', second = ''] = out;
    expect(head.indexOf('CONNECT')).toBe(first.indexOf('3.1 ms'));
    expect(head.indexOf('FILE')).toBe(second.indexOf('missing'));
    expect(second).not.toContain('\u001b');
  });

  it('is redrawn on a terminal, and ends as a table with the best first', () => {
    const { view, out, err } = viewOn(true);
    view.update([slow, fast], { ...fast, state: 'measuring', probe: undefined });
    expect(err.join('')).toContain('a.example');
    expect(out).toEqual([]);
    view.end([gone, slow, fast, { candidate: a, state: 'waiting' }]);
    expect(out.map((line) => line.split(' ')[0])).toEqual(['MIRROR', 'longer.example:8080', 'a.example', 'c.example']);
  });

  it('is an object each for programs, and a document at the end', () => {
    const { view, out, err } = viewOn(false, true);
    view.update([slow], slow);
    view.end([slow, fast]);
    expect(JSON.parse(err.join(''))).toMatchObject({
      event: 'measured',
      mirror: 'https://a.example',
      state: 'current',
    });
    expect((JSON.parse(out.join('')) as { mirror: string }[]).map(({ mirror }) => mirror)).toEqual([
      'https://longer.example:8080',
      'https://a.example',
    ]);
  });
});

describe('what is shown of a mirror', () => {
  it('is never a password, and a dash where nothing is known', () => {
    const [secret] = candidatesFrom(['https://user:secret@a.example/x.iso?token=secret']);
    if (secret === undefined) throw new Error('one candidate');
    expect(mirrorRow(secret, false)).toEqual(['a.example', '-', 'catalog', '-', '-', '-', '']);
    expect(mirrorRow({ ...secret, country: 'de', preferred: 0 }, false).at(-1)).toBe('preferred (1)');
    expect(mirrorRow({ ...secret, preferred: 0 }, true).at(-1)).toBe('banned');
    expect(JSON.stringify(mirrorDocument(secret, false))).not.toContain('secret');
    expect(hostOf('nonsense')).not.toBe('');
    expect([milliseconds(undefined), milliseconds(0.26), milliseconds(12.6)]).toEqual(['-', '0.3 ms', '13 ms']);
    expect([speedCell(undefined), speedCell(2048)]).toEqual(['-', '2.0 KiB/s']);
  });
});

describe('options about mirrors', () => {
  const settings = {
    ...{ strategy: 'adaptive', prefer: ['a.example'], only: false, ban: [], own: {} },
    ...{ connections: 2, lists: true, http: false },
  };

  it('win over the settings', () => {
    expect(mirrorSettings({}, settings, 'x')).toEqual(settings);
    expect(mirrorSettings({ mirrorStrategy: 'ordered', country: 'DE', only: true }, settings, 'x')).toEqual({
      ...settings,
      ...{ strategy: 'ordered', country: 'de', only: true },
    });
    const own = { ...settings, prefer: [], own: { any: ['https://own.example/'] } };
    expect(mirrorSettings({ only: true }, own, 'x').only).toBe(true);
  });

  it.each([
    [{ country: 'Germany' }, settings, 'CLI_BAD_VALUE'],
    [{ country: '' }, settings, 'CLI_BAD_VALUE'],
    [{ only: true }, { ...settings, prefer: [] }, 'CLI_USAGE'],
  ])('are refused: %j', (options, before, code) => {
    expect(() => mirrorSettings(options, before, 'x')).toThrow(expect.objectContaining({ code }));
  });
});
