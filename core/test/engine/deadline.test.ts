import { getEventListeners } from 'node:events';

import { describe, expect, test, vi } from 'vitest';

import { CallGuard } from '../../src/engine/deadline.ts';
import { ENGINE_ERRORS } from '../../src/engine/engine-errors.ts';
import { failure } from '../../src/engine/errors.ts';
import { hang, never } from './support.ts';

const CALL = { pluginId: 'slow', place: 'recipes/slow' };
const options = (deadlineMs = 60_000, signal = never()) => ({ signal, deadlineMs });

describe('a plugin call', () => {
  test('passes on what the plugin returns, also when that is no promise', async () => {
    const guard = new CallGuard();
    expect(await guard.call(CALL, options(), () => 7)).toBe(7);
    expect(await guard.call(CALL, options(), async () => Promise.resolve(8))).toBe(8);
    expect(guard.unfinished).toEqual([]);
  });

  test('ends at the deadline when the plugin hangs, and stays on the list of the unfinished', async () => {
    const guard = new CallGuard();
    let aborted: unknown;
    const call = guard.call(CALL, options(20), (signal) => {
      signal.addEventListener('abort', () => {
        aborted = signal.reason;
      });
      return hang();
    });
    await expect(call).rejects.toMatchObject({ code: 'PLUGIN_TAP_DEADLINE', pluginId: 'slow' });
    expect(aborted).toMatchObject({ code: 'PLUGIN_TAP_DEADLINE' });
    expect(guard.unfinished).toEqual([CALL]);
  });

  test('is one of many that share a signal, and leaves nothing on it', async () => {
    const guard = new CallGuard();
    const { signal } = new AbortController();
    const calls = Array.from({ length: 50 }, async () => guard.call(CALL, options(60_000, signal), async () => 1));
    // Node warns of a leak from eleven on.
    expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(10);
    await Promise.all(calls);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('leaves the list when the plugin settles after its deadline', async () => {
    const guard = new CallGuard();
    let settle: (error: Error) => void = () => undefined;
    const late = new Promise<never>((_, reject) => (settle = reject));
    await expect(guard.call(CALL, options(5), () => late)).rejects.toMatchObject({
      code: 'PLUGIN_TAP_DEADLINE',
    });
    settle(new Error('too late, and nobody may see this as unhandled'));
    await vi.waitFor(() => {
      expect(guard.unfinished).toEqual([]);
    });
  });

  test('says whose a thrown error is, and keeps it as the cause', async () => {
    const boom = new Error('boom');
    const thrown = () => {
      throw boom;
    };
    for (const work of [thrown, async () => Promise.reject(boom)]) {
      await expect(new CallGuard().call(CALL, options(), work)).rejects.toMatchObject({
        code: 'PLUGIN_TAP_FAILED',
        pluginId: 'slow',
        cause: boom,
      });
    }
  });

  test.each([undefined, null, 'text', Object.create(null)])('takes a thrown %s for an error', async (thrown) => {
    const work = async () => Promise.reject(thrown as Error);
    await expect(new CallGuard().call(CALL, options(), work)).rejects.toMatchObject({ code: 'PLUGIN_TAP_FAILED' });
  });

  test('keeps the code and the system’s code of a LoopstickError and adds the plugin', async () => {
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    const own = failure(ENGINE_ERRORS.toolMissing, { tool: 'a {tool}' }, { cause: full });
    const error = new CallGuard().call(CALL, options(), () => Promise.reject(own));
    await expect(error).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      category: 'missing-tool',
      message: own.message,
      hint: own.hint,
      pluginId: 'slow',
      cause: full,
    });
  });

  test('does not take an error from the plugin that it came from first', async () => {
    const own = failure(ENGINE_ERRORS.toolMissing, { tool: 'x' }, { pluginId: 'inner' });
    await expect(new CallGuard().call(CALL, options(), () => Promise.reject(own))).rejects.toBe(own);
  });
});

describe('a user who stops the run', () => {
  const reason = failure(ENGINE_ERRORS.interrupted, {});

  test('is not blamed on a plugin that hangs', async () => {
    const guard = new CallGuard();
    const user = new AbortController();
    const call = guard.call(CALL, options(60_000, user.signal), hang);
    user.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(reason.pluginId).toBeUndefined();
  });

  test('is not blamed on a plugin that answers the signal with an error of its own', async () => {
    const user = new AbortController();
    const call = new CallGuard().call(CALL, options(60_000, user.signal), async (signal) => {
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
      throw new Error('I was interrupted');
    });
    user.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  test('keeps the plugin from being called at all when he was first', async () => {
    const work = vi.fn();
    await expect(new CallGuard().call(CALL, options(60_000, AbortSignal.abort(reason)), work)).rejects.toBe(reason);
    expect(work).not.toHaveBeenCalled();
  });
});
