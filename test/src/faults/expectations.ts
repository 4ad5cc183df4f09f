import { readFile } from 'node:fs/promises';

import { expect } from 'vitest';

import type { Outcome, Stage } from './stage.ts';

/** It ended well: these bytes, and nothing else, are there. */
export async function expectBytes(stage: Stage, outcome: Outcome, content: Buffer = stage.content): Promise<void> {
  expect({ exitCode: outcome.exitCode, problem: outcome.code && outcome.message }).toEqual({ exitCode: 0 });
  expect((await readFile(stage.destination)).equals(content)).toBe(true);
  expect(await stage.list()).toEqual(['image.iso']);
}

/** Whatever happened, no bytes of different files were mixed: one of these is there, or nothing and the reason. */
export async function expectOneFile(
  stage: Stage,
  outcome: Outcome,
  contents: readonly Buffer[],
  cause: RegExp,
): Promise<void> {
  if (outcome.exitCode === 0) {
    const there = await readFile(stage.destination);
    expect(contents.some((content) => there.equals(content))).toBe(true);
  } else {
    expect(await stage.list()).not.toContain('image.iso');
    expect([5, 6]).toContain(outcome.exitCode);
    expect(outcome.message).toMatch(cause);
  }
}

/** It failed: the code of the exit and of the error are these, the cause is named, and there is no file. */
export async function expectFailure(
  stage: Stage,
  outcome: Outcome,
  { exitCode, code, cause }: { readonly exitCode: number; readonly code: string; readonly cause: RegExp },
): Promise<void> {
  expect(await stage.list()).not.toContain('image.iso');
  expect({ exitCode: outcome.exitCode, code: outcome.code }).toEqual({ exitCode, code });
  expect(outcome.message).toMatch(cause);
}
