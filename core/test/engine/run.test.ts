import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

import { describe, expect, test, vi } from 'vitest';

import { systemCode } from '../../src/engine/errors.ts';
import { createRunner, toolPath } from '../../src/engine/run.ts';
import { never, temporaryFolder } from './support.ts';

const runner = createRunner(process.env);
const sh = (script: string): [string, string[]] => ['sh', ['-c', script]];
const options = { signal: never() };

async function collect(stdout: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdout) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Waits until the shell that wrote its process id into a file is gone. */
async function expectGone(pidFile: string): Promise<void> {
  const pid = Number(await readFile(pidFile, 'utf8'));
  await vi.waitFor(
    () => {
      expect(() => process.kill(pid, 0)).toThrow(expect.objectContaining({ code: 'ESRCH' }));
    },
    { timeout: 10_000 },
  );
}

describe('toolPath', () => {
  test('adds the sbin folders once and keeps the order', () => {
    expect(toolPath('/opt/bin:/usr/sbin:/bin')).toBe('/opt/bin:/usr/sbin:/bin:/usr/local/sbin:/sbin');
  });

  test('has a default', () => {
    expect(toolPath(undefined)).toContain('/usr/bin');
  });
});

describe('run', () => {
  test('returns both outputs as they are', async () => {
    expect(await runner.run(...sh('printf "a\\n"; printf b >&2'), options)).toEqual({
      stdout: 'a\n',
      stderr: 'b',
      exitCode: 0,
    });
  });

  test('passes arguments without a shell, and input and environment to the program', async () => {
    const args = ['-c', 'printf "%s|%s|%s|" "$1" "$LC_ALL" "$OWN"; cat', 'sh', '$(id); `id` * "'];
    const { stdout } = await runner.run('sh', args, { ...options, input: 'in', env: { OWN: 'x' } });
    expect(stdout).toBe('$(id); `id` * "|C|x|in');
  });

  test('says that a program is not installed', async () => {
    await expect(runner.run('loopstick-no-such-tool', [], options)).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      message: expect.stringContaining('loopstick-no-such-tool'),
    });
  });

  test('keeps the operating system’s code of a program that may not be run', async () => {
    const file = join(await temporaryFolder(), 'tool');
    await writeFile(file, '#!/bin/sh\n');
    await chmod(file, 0o644);
    const error: unknown = await runner.run(file, [], options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TOOL_FAILED' });
    expect(systemCode(error)).toBe('EACCES');
  });

  test('does not take a missing folder for a missing program', async () => {
    await expect(runner.run('sh', ['-c', ':'], { ...options, cwd: '/no/such/folder' })).rejects.toMatchObject({
      code: 'TOOL_FAILED',
    });
  });

  test('reports a failing program by its exit code and the end of what it said', async () => {
    await expect(runner.run(...sh('echo one; echo "bad \\033[31mthing" >&2; exit 3'), options)).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringMatching(/"sh" ended with exit code 3: bad \\u001b\[31mthing/),
    });
  });

  test('takes an exit code that is an answer for one', async () => {
    expect(await runner.run(...sh('exit 1'), { ...options, accept: [0, 1] })).toMatchObject({ exitCode: 1 });
    await expect(runner.run(...sh('exit 2'), { ...options, accept: [0, 1] })).rejects.toMatchObject({
      code: 'TOOL_FAILED',
    });
  });

  test('reports a program that a signal ended', async () => {
    await expect(runner.run(...sh('kill -9 $$'), options)).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('SIGKILL'),
    });
  });

  test('ends the program when aborted, with the reason of the signal', async () => {
    const pidFile = join(await temporaryFolder(), 'pid');
    const user = new AbortController();
    const reason = new Error('stop');
    const running = runner.run('sh', ['-c', 'echo $$ > "$1"; exec sleep 60', 'sh', pidFile], { signal: user.signal });
    await vi.waitFor(async () => {
      expect(await readFile(pidFile, 'utf8')).toMatch(/\d\n/);
    });
    user.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expectGone(pidFile);
  });

  test('starts nothing when it was aborted before', async () => {
    const file = join(await temporaryFolder(), 'made');
    const reason = new Error('stop');
    await expect(runner.run('touch', [file], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('stream', () => {
  test('lets its consumer type, and only when asked', async () => {
    const answer = await runner.stream(
      ...sh('read word; echo "<$word>"'),
      { ...options, typing: true },
      (out, stdin) => {
        stdin?.write('hello\n');
        return collect(out);
      },
    );
    expect(answer).toBe('<hello>\n');
    expect(await runner.stream('cat', [], options, (out, stdin) => (expect(stdin).toBeNull(), collect(out)))).toBe('');
  });

  test('does not mind that nobody reads what is typed', async () => {
    const typing = { ...options, typing: true };
    const typed = runner.stream(...sh('exec 0<&-; echo there'), typing, async (out, stdin) => {
      const text = await collect(out);
      stdin?.write('x'.repeat(100_000));
      return text;
    });
    expect(await typed).toBe('there\n');
  });

  test('hands over the bytes and waits for the program', async () => {
    expect(await runner.stream(...sh('printf abc; printf noise >&2'), options, collect)).toBe('abc');
  });

  test('says that a program is not installed, whatever the consumer makes of it', async () => {
    const consume = async (stdout: Readable) => {
      await collect(stdout).catch(() => '');
      throw new Error('nothing came');
    };
    await expect(runner.stream('loopstick-no-such-tool', [], options, consume)).rejects.toMatchObject({
      code: 'TOOL_MISSING',
    });
  });

  test('reports a failing program, also when the consumer got too little because of it', async () => {
    const whole = async (stdout: Readable) => {
      if ((await collect(stdout)).length < 10) throw new Error('too short');
    };
    await expect(runner.stream(...sh('printf abc; echo broken >&2; exit 3'), options, whole)).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('broken'),
    });
    await expect(runner.stream(...sh('printf abc; exit 3'), options, collect)).rejects.toMatchObject({
      code: 'TOOL_FAILED',
    });
  });

  test('ends the program when the consumer fails, and the consumer’s error counts', async () => {
    const pidFile = join(await temporaryFolder(), 'pid');
    const boom = new Error('boom');
    const fails = async (stdout: Readable) => {
      for await (const chunk of stdout) if (chunk !== undefined) throw boom;
    };
    const args = ['-c', 'echo $$ > "$1"; yes', 'sh', pidFile];
    await expect(runner.stream('sh', args, options, fails)).rejects.toBe(boom);
    await expectGone(pidFile);
  });

  test('ends the program when the consumer throws before it reads at all', async () => {
    const pidFile = join(await temporaryFolder(), 'pid');
    const boom = new Error('boom');
    const args = ['-c', 'echo $$ > "$1"; exec sleep 60', 'sh', pidFile];
    const started = async () => {
      await vi.waitFor(async () => {
        expect(await readFile(pidFile, 'utf8')).toMatch(/\d\n/);
      });
      throw boom;
    };
    await expect(runner.stream('sh', args, options, started)).rejects.toBe(boom);
    await expectGone(pidFile);

    const throwsAtOnce = (stdout: Readable): Promise<never> => {
      expect(stdout.readable).toBe(true);
      throw boom;
    };
    const begun = performance.now();
    await expect(runner.stream('sleep', ['60'], options, throwsAtOnce)).rejects.toBe(boom);
    // It has waited for the program, so the program was ended.
    expect(performance.now() - begun).toBeLessThan(50_000);
  });

  test('ends when aborted with the reason of the signal, not with what that did to the consumer', async () => {
    const user = new AbortController();
    const reason = new Error('stop');
    const stopsAfterFirst = async (stdout: Readable) => {
      for await (const chunk of stdout) if (chunk !== undefined) user.abort(reason);
      throw new Error('the end came too early');
    };
    const running = runner.stream('yes', [], { signal: user.signal }, stopsAfterFirst);
    await expect(running).rejects.toBe(reason);
  });

  test('asks no exit code of a program that is only good for its output', async () => {
    const first = async (stdout: Readable) => {
      for await (const chunk of stdout) return (chunk as Buffer).subarray(0, 1).toString();
      return '';
    };
    expect(await runner.stream('yes', [], { ...options, stopWhenConsumed: true }, first)).toBe('y');
  });
});
