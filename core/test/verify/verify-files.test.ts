import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { systemCode } from '../../src/engine/errors.ts';
import { parseChecksumList } from '../../src/verify/checksum-list.ts';
import { digestsInList, presentFiles, verifyListed } from '../../src/verify/listed-files.ts';
import { digestFiles, verifyFiles } from '../../src/verify/verify-files.ts';
import { never } from '../engine/support.ts';
import { createVerifyRoom, digestsOf, sha256Of } from './support.ts';

const LARGE = 130 * 1024 * 1024;

describe('verifyFiles', () => {
  it('says of each file what it is, in the order of the wishes', async () => {
    const { engine, write, folder, progress } = await createVerifyRoom();
    const good = await write('good', 'good');
    const bad = await write('bad', 'bad');
    const missing = join(folder, 'missing');
    const wishes = [
      { file: missing, expected: { sha256: sha256Of('x') } },
      { file: bad, expected: { sha256: sha256Of('good') } },
      { file: good, expected: digestsOf('good') },
      { file: folder, expected: { md5: 'a' } },
    ];
    const results = await verifyFiles(engine, wishes, { signal: never() });
    expect(results.map(({ file, ok }) => [file, ok])).toEqual([
      [missing, false],
      [bad, false],
      [good, true],
      [folder, false],
    ]);
    expect(systemCode(results[0]?.problem)).toBe('ENOENT');
    expect(results[3]?.problem).toMatchObject({ code: 'VERIFY_NOT_A_FILE', category: 'bad-input' });
    expect(results[1]).toMatchObject({ size: 3, actual: { sha256: sha256Of('bad') }, expected: wishes[1]?.expected });
    expect(results[2]?.actual).toEqual(digestsOf('good'));
    expect(progress).toContainEqual({ step: 'hash', label: good, done: 4, total: 4 });
  });

  it('wants all digests of a file to agree', async () => {
    const { engine, write } = await createVerifyRoom();
    const file = await write('file', 'content');
    const expected = { ...digestsOf('content'), md5: digestsOf('other').md5! };
    expect((await verifyFiles(engine, [{ file, expected }], { signal: never() }))[0]?.ok).toBe(false);
    await expect(verifyFiles(engine, [{ file, expected: {} }], { signal: never() })).rejects.toThrow(TypeError);
  });

  it('does the same in a thread with large files, which are watched', async () => {
    const { engine, write, progress } = await createVerifyRoom();
    const file = await write('large', Buffer.alloc(LARGE, 7));
    const [result] = await digestFiles(engine, [file], ['sha256', 'md5'], { signal: never() });
    const { sha256, md5 } = digestsOf(Buffer.alloc(LARGE, 7));
    expect(result).toEqual({ file, size: LARGE, actual: { sha256, md5 } });
    expect(progress.length).toBeGreaterThan(1);
    expect(progress.map(({ done }) => done)).toEqual(progress.map(({ done }) => done).sort((a, b) => a - b));
    expect(progress.at(-1)?.done).toBe(LARGE);
  });

  it.each([
    ['grows', (file: string) => appendFile(file, 'more')],
    ['shrinks', (file: string) => truncate(file, 1)],
  ])('takes no file for right that %s meanwhile', async (_, change) => {
    const { engine, write } = await createVerifyRoom();
    for (const size of [8_000_000, LARGE]) {
      const content = Buffer.alloc(size, 3);
      const file = await write('file', content);
      let changed: Promise<void> | undefined;
      engine.events.on('progress', ({ done }) => {
        if (done > 0 && done < size) changed ??= change(file);
      });
      const [result] = await verifyFiles(engine, [{ file, expected: digestsOf(content) }], { signal: never() });
      expect(changed).toBeDefined();
      expect(result?.ok).toBe(false);
      expect(result?.problem).toMatchObject({ code: expect.stringMatching(/^VERIFY_FILE_(CHANGED|TOO_SHORT)$/) });
      engine.events.removeAllListeners('progress');
    }
  });

  it('waits for no FIFO', async () => {
    const { engine, folder } = await createVerifyRoom();
    const file = join(folder, 'fifo');
    execFileSync('mkfifo', [file]);
    const [result] = await digestFiles(engine, [file], ['md5'], { signal: never() });
    expect(result?.problem).toMatchObject({ code: 'VERIFY_NOT_A_FILE' });
  });

  it('reads at most so many at a time, and stops when asked to', async () => {
    const { engine, write } = await createVerifyRoom();
    const files = await Promise.all([1, 2, 3, 4, 5].map((n) => write(`${n}`, randomBytes(4_000_000))));
    const open = new Set<string>();
    let most = 0;
    engine.events.on('progress', ({ label, done, total }) => {
      open.add(label);
      most = Math.max(most, open.size);
      if (done === total) open.delete(label);
    });
    await digestFiles(engine, files, ['md5'], { signal: never(), parallel: 2 });
    expect(most).toBe(2);

    const controller = new AbortController();
    engine.events.on('progress', () => {
      controller.abort(new Error('enough'));
    });
    const all = digestFiles(engine, files, ['md5'], { signal: controller.signal });
    await expect(all).rejects.toThrow('enough');
  });
});

describe('files of a list', () => {
  const A = { sha256: 'a'.repeat(64) };
  const list = parseChecksumList(
    ['x.iso', 'netboot/mini.iso', 'gtk/mini.iso', 'deep/only.iso'].map((name) => `${A.sha256}  ${name}`).join('\n'),
    'SHA256SUMS',
  );

  it.each([
    ['/lists/x.iso', A],
    ['/elsewhere/x.iso', A],
    ['/lists/gtk/mini.iso', A],
    ['/elsewhere/mini.iso', undefined],
    ['/elsewhere/only.iso', A],
    ['/lists/y.iso', undefined],
  ])('%s', (file, expected) => {
    expect(digestsInList(list, '/lists/SHA256SUMS', file)).toEqual(expected);
  });

  it('are those that are there', async () => {
    const { write, folder } = await createVerifyRoom();
    const path = await write('gtk/mini.iso', 'x');
    expect(await presentFiles(list, join(folder, 'SHA256SUMS'))).toEqual([{ file: path, expected: A }]);
  });

  it('are verified, and one that is not in the list does not stop the others', async () => {
    const { engine, write, folder, warnings } = await createVerifyRoom();
    const good = await write('good', 'good');
    const bad = await write('bad', 'bad');
    const other = await write('other', 'other');
    const path = await write(
      'SHA256SUMS',
      `${sha256Of('good')}  good\n${sha256Of('x')}  bad\n${sha256Of('y')}  gone\n`,
    );
    const named = await verifyListed(engine, path, [other, bad, good], { signal: never() });
    expect(named.map(({ file, ok }) => [file, ok])).toEqual([
      [other, false],
      [bad, false],
      [good, true],
    ]);
    expect(named.map(({ problem }) => (problem as { code?: string } | undefined)?.code)).toEqual([
      'VERIFY_NOT_LISTED',
      undefined,
      undefined,
    ]);
    const all = await verifyListed(engine, path, [], { signal: never() });
    expect(all.map(({ file, ok }) => [file, ok])).toEqual([
      [good, true],
      [bad, false],
    ]);
    expect(warnings).toEqual([]);
    const lonely = await write('elsewhere/SHA256SUMS', `${sha256Of('good')}  good\n\nnoise\nnoise\n`);
    await expect(verifyListed(engine, lonely, [], { signal: never() })).rejects.toMatchObject({
      code: 'VERIFY_NONE_PRESENT',
    });
    expect(warnings).toMatchObject([{ code: 'VERIFY_LIST_LINES_IGNORED', message: expect.stringMatching(/ 2 .* 3/) }]);
    const none = verifyListed(engine, join(folder, 'none'), [], { signal: never() });
    await expect(none).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
