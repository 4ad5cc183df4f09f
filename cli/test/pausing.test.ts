import { describe, expect, it } from 'vitest';

import type { Terminal } from '../src/output/terminal.ts';
import { whilePausable, type Pausable } from '../src/pausing.ts';
import type { Session } from '../src/session.ts';

/** One download, saving and removing as slowly as the test wants. */
function createStage({ running = true, areRecorded = true } = {}) {
  const calls: string[] = [];
  const end = new AbortController();
  let press: () => void = () => undefined;
  let saved: () => void = () => undefined;
  let finish: (value: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const called = (name: string): Promise<void> => {
    calls.push(name);
    return Promise.resolve();
  };
  const downloads: Pausable = {
    ids: running ? ['abc'] : [],
    areRecorded,
    pause: () => {
      calls.push('pause');
      return new Promise<void>((resolve) => (saved = resolve));
    },
    resume: () => called('resume'),
    cancel: () => called('cancel'),
  };
  const session = {
    terminal: { interactive: false } as Terminal,
    signal: end.signal,
    interrupts: {
      listen: (listener: () => void) => {
        press = listener;
        return () => calls.push('release');
      },
      last: () => calls.push('last'),
      stop: () => calls.push('stop'),
    },
  } as unknown as Session;
  const work = new Promise<string>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const outcome = whilePausable(session, downloads, work).catch((error: unknown) => error);
  /** Lets everything happen that can. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  return {
    calls,
    outcome,
    settle,
    press: () => {
      press();
      return settle();
    },
    save: () => {
      saved();
      return settle();
    },
    end: () => {
      end.abort();
      return settle();
    },
    finish: (value: string) => {
      finish(value);
    },
    fail: (error: Error) => {
      fail(error);
    },
  };
}

describe('work that can be paused', () => {
  it('gives its result, or its error, when nobody interrupts it', async () => {
    const [good, bad] = [createStage(), createStage()];
    good.finish('done');
    bad.fail(new Error('broken'));
    expect(await good.outcome).toBe('done');
    expect(await bad.outcome).toMatchObject({ message: 'broken' });
    expect([...good.calls, ...bad.calls]).toEqual(['release', 'release']);
  });

  it('is paused by Ctrl-C, and over when all is saved', async () => {
    const stage = createStage();
    await stage.press();
    expect(stage.calls).toEqual(['pause']);
    await stage.save();
    expect(await stage.outcome).toMatchObject({ code: 'CLI_PAUSED', message: expect.stringContaining('resume abc') });
    expect(stage.calls).toEqual(['pause', 'stop', 'release']);
  });

  it('says to run the same command again when nobody else knows of it', async () => {
    const stage = createStage({ areRecorded: false });
    await stage.press();
    await stage.save();
    const message = expect.not.stringContaining('downloads resume') as string;
    expect(await stage.outcome).toMatchObject({ code: 'CLI_PAUSED', message });
  });

  it('is paused by a signal that ends the process, too', async () => {
    const stage = createStage();
    await stage.end();
    await stage.save();
    expect(await stage.outcome).toMatchObject({ code: 'CLI_PAUSED' });
  });

  it('is cancelled by a Ctrl-C while that goes on, and one more ends all', async () => {
    const stage = createStage();
    await stage.press();
    await stage.press();
    expect(await stage.outcome).toMatchObject({ code: 'CLI_CANCELLED', category: 'interrupted' });
    expect(stage.calls).toEqual(['pause', 'last', 'cancel', 'stop', 'release']);
  });

  it('just ends when nothing is being downloaded', async () => {
    const stage = createStage({ running: false });
    await stage.press();
    expect(await stage.outcome).toMatchObject({ code: 'INTERRUPTED' });
    expect(stage.calls).toEqual(['stop', 'release']);
  });

  it('does not lose an error that comes after it was given up', async () => {
    const stage = createStage();
    await stage.press();
    await stage.save();
    stage.fail(new Error('late'));
    await stage.settle();
    expect(await stage.outcome).toMatchObject({ code: 'CLI_PAUSED' });
  });
});
