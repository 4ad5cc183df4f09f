import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { open, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { systemCode } from '../../src/engine/errors.ts';
import { HASH_ALGORITHMS, type Digests } from '../../src/verify/digests.ts';
import { hashGrowingFile } from '../../src/verify/growing-file.ts';
import { never, temporaryFolder } from '../engine/support.ts';

const MIB = 1024 * 1024;

function digestsOf(content: Uint8Array): Digests {
  return Object.fromEntries(
    HASH_ALGORITHMS.map((algorithm) => [algorithm, createHash(algorithm).update(content).digest('hex')]),
  );
}

/** Waits until something is true that no event tells of. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('a growing file', () => {
  it('is hashed while it grows, whatever the steps', async () => {
    const folder = await temporaryFolder();
    const steps = fc.array(fc.integer({ min: 0, max: 3 * MIB }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 0, max: 3 * MIB }), async (lengths, rest) => {
        const size = lengths.reduce((sum, length) => sum + length, rest);
        const content = randomBytes(size);
        const path = join(folder, 'file');
        const handle = await open(path, 'w');
        const hasher = hashGrowingFile(path, HASH_ALGORITHMS, { signal: never() });
        try {
          let end = 0;
          for (const length of lengths) {
            await handle.write(content, end, length, end);
            end += length;
            hasher.advance(end);
            expect(hasher.hashed).toBeLessThanOrEqual(end);
          }
          await handle.write(content, end, rest, end);
          expect(await hasher.finish(size)).toEqual(digestsOf(content));
          expect(hasher.hashed).toBe(size);
        } finally {
          await hasher.close();
          await handle.close();
        }
      }),
      { numRuns: 25 },
    );
  });

  it('is hashed before its end is known, and nothing beyond what is said to be written is read', async () => {
    const path = join(await temporaryFolder(), 'file');
    const content = randomBytes(15 * MIB);
    // What will stand behind the frontier is still something else.
    await writeFile(path, Buffer.concat([content.subarray(0, 5 * MIB), Buffer.alloc(10 * MIB)]));
    const hasher = hashGrowingFile(path, ['sha256'], { signal: never() });
    hasher.advance(5 * MIB);
    await until(() => hasher.hashed === 5 * MIB);
    hasher.advance(1);
    await writeFile(path, content);
    // By now it sleeps, and has to be woken.
    hasher.advance(10 * MIB);
    await until(() => hasher.hashed === 10 * MIB);
    expect(await hasher.finish(15 * MIB)).toEqual({ sha256: digestsOf(content).sha256 });
  });

  it('is hashed up to the size that is asked for, also when more follows', async () => {
    const path = join(await temporaryFolder(), 'file');
    const content = randomBytes(3 * MIB);
    await writeFile(path, content);
    const hasher = hashGrowingFile(path, ['sha1'], { signal: never() });
    expect(await hasher.finish(2 * MIB + 7)).toEqual({ sha1: digestsOf(content.subarray(0, 2 * MIB + 7)).sha1 });
    expect(await hasher.finish(2 * MIB + 7)).toHaveProperty('sha1');
  });

  it('may be renamed once it is open', async () => {
    const path = join(await temporaryFolder(), 'file');
    await writeFile(path, Buffer.alloc(6 * MIB));
    const hasher = hashGrowingFile(path, ['sha256'], { signal: never() });
    hasher.advance(5 * MIB);
    await until(() => hasher.hashed > 0);
    await rename(path, `${path}.iso`);
    expect(await hasher.finish(6 * MIB)).toEqual({ sha256: digestsOf(Buffer.alloc(6 * MIB)).sha256 });
  });

  it('is not opened when no digest is wanted', async () => {
    const hasher = hashGrowingFile('/does/not/exist', [], { signal: never() });
    hasher.advance(5);
    hasher.advance(3);
    expect(hasher.hashed).toBe(5);
    expect(await hasher.finish(5)).toEqual({});
    await hasher.close();
  });
});

describe('what goes wrong with a growing file', () => {
  it('keeps the code of the system', async () => {
    const folder = await temporaryFolder();
    const missing = hashGrowingFile(join(folder, 'none'), ['sha256'], { signal: never() });
    missing.advance(1);
    const error: unknown = await missing.finish(1).catch((thrown: unknown) => thrown);
    expect(systemCode(error)).toBe('ENOENT');
    expect(error).toMatchObject({ syscall: 'open', path: join(folder, 'none') });
    const readsFolder = hashGrowingFile(folder, ['sha256'], { signal: never() });
    expect(systemCode(await readsFolder.finish(1).catch((thrown: unknown) => thrown))).toBe('EISDIR');
  });

  it('is told for a file that is shorter than what was said to be written', async () => {
    const path = join(await temporaryFolder(), 'file');
    await writeFile(path, 'short');
    await truncate(path, 4);
    const hasher = hashGrowingFile(path, ['md5'], { signal: never() });
    await expect(hasher.finish(5)).rejects.toMatchObject({ code: 'VERIFY_FILE_TOO_SHORT' });
  });

  it('is told for an end before what is hashed', async () => {
    const path = join(await temporaryFolder(), 'file');
    await writeFile(path, 'content');
    const hasher = hashGrowingFile(path, ['md5'], { signal: never() });
    hasher.advance(7);
    await expect(hasher.finish(6)).rejects.toThrow(RangeError);
    await hasher.close();
  });

  it('waits for nobody when it fails early', async () => {
    const hasher = hashGrowingFile('/does/not/exist', ['md5'], { signal: never() });
    hasher.advance(5 * MIB);
    // Its worker has ended by now; that nobody asked yet must not end the process.
    await until(() => hasher.hashed === 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(systemCode(await hasher.finish(5 * MIB).catch((thrown: unknown) => thrown))).toBe('ENOENT');
  });
});

describe('the end of a hasher', () => {
  it('comes with the signal, whose reason is thrown', async () => {
    const path = join(await temporaryFolder(), 'file');
    await writeFile(path, Buffer.alloc(64 * MIB));
    for (const early of [true, false]) {
      const controller = new AbortController();
      const hasher = hashGrowingFile(path, HASH_ALGORITHMS, { signal: controller.signal });
      hasher.advance(32 * MIB);
      if (!early) await until(() => hasher.hashed > 0);
      const done = hasher.finish(64 * MIB);
      controller.abort(new Error('enough'));
      await expect(done).rejects.toThrow('enough');
      await expect(hasher.finish(64 * MIB)).rejects.toThrow('enough');
      expect(hasher.hashed).toBeLessThan(64 * MIB);
      await hasher.close();
    }
  });

  it('may come at any time and more than once', async () => {
    const path = join(await temporaryFolder(), 'file');
    await writeFile(path, Buffer.alloc(64 * MIB));
    const never1 = hashGrowingFile(path, ['sha256'], { signal: never() });
    await never1.close();
    const hasher = hashGrowingFile(path, ['sha512'], { signal: never() });
    const done = hasher.finish(64 * MIB);
    await Promise.all([hasher.close(), hasher.close(), expect(done).rejects.toThrow('closed')]);
    await hasher.close();
  });

  it('lets the process end, whether it sleeps or somebody waits for it', async () => {
    const path = join(await temporaryFolder(), 'file');
    await writeFile(path, 'x');
    const module = new URL('../../dist/verify/growing-file.js', import.meta.url).href;
    const script = (rest: string): string => `
      import { hashGrowingFile } from ${JSON.stringify(module)};
      const hasher = hashGrowingFile(${JSON.stringify(path)}, ['md5'], { signal: new AbortController().signal });
      hasher.advance(1);
      ${rest}`;
    const run = promisify(execFile);
    const node = (rest: string) =>
      run(process.execPath, ['--input-type=module', '-e', script(rest)], { timeout: 20_000 });
    await node('');
    expect((await node('console.log((await hasher.finish(1)).md5)')).stdout.trim()).toBe(
      digestsOf(Buffer.from('x')).md5,
    );
    await node('setTimeout(() => hasher.close().then(() => process.exit(0)), 100)');
  });
});
