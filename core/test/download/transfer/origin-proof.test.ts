/** Whose bytes are believed when two origins differ. */
import { describe, expect, it, vi } from 'vitest';

import { failure } from '../../../src/engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../../../src/download/download-errors.ts';
import { differentFile } from '../../../src/download/transfer/identity.ts';
import { OriginJudge } from '../../../src/download/transfer/origin-judge.ts';
import { OriginProof } from '../../../src/download/transfer/origin-proof.ts';
import type { Origin } from '../../../src/download/transfer/origin.ts';
import { codeOf } from '../support.ts';
import { createScene, type Scene } from './scene.ts';
import type { Asked, Said } from './scripted.ts';

const MIB = 1024 * 1024;
const SIZE = 4 * MIB;
const STALE = Buffer.alloc(SIZE, 'old');
const never = new AbortController().signal;
const honest = (): Said => ({});

/** The holder, who is proven, the one who is to be proven, and two more. */
async function scene(...answers: readonly ((asked: Asked, index: number) => Said)[]) {
  const made = await createScene(SIZE, answers);
  const judge = new OriginJudge(made.state);
  const condemned: Origin[] = [];
  const proof = new OriginProof(made.state, judge, (origin) => condemned.push(origin));
  const [holder, prover, third, fourth] = made.origins as readonly [Origin, Origin, Origin, Origin];
  return { ...made, proof, condemned, holder, prover, third, fourth };
}

/** `work` runs when the first question is asked of an origin: what it is compared with has been read before. */
function once(work: () => void): () => Said {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
    return {};
  };
}

describe('when the bytes that are compared', () => {
  it('are replaced meanwhile, nobody is blamed for those that were read', async () => {
    const there: { scene?: Scene } = {};
    const pending: Promise<void>[] = [];
    const replace = once(() => {
      there.scene?.state.map.drop(0);
      pending.push(there.scene?.put(0, 2) ?? Promise.resolve());
    });
    const { proof, prover, third, condemned, ...rest } = await scene(honest, replace, honest, honest);
    there.scene = rest;
    await rest.put(0, 0, STALE);
    await proof.prove(prover, never);
    await Promise.all(pending);
    await proof.prove(prover, never);
    expect(prover).toMatchObject({ proven: true, out: undefined });
    expect(third.out).toBeUndefined();
    expect(condemned).toEqual([]);
  });

  it('are dropped meanwhile and not there again, the origin may go on and is not proven', async () => {
    const there: { scene?: Scene } = {};
    const drop = once(() => there.scene?.state.map.drop(0));
    const { proof, prover, condemned, ...rest } = await scene(honest, drop, honest, honest);
    there.scene = rest;
    await rest.put(0, 0, STALE);
    await proof.prove(prover, never);
    expect(prover).toMatchObject({ proven: false, out: undefined });
    expect(condemned).toEqual([]);
  });

  it('are dropped while a third one is asked, its vote does not count', async () => {
    const there: { scene?: Scene } = {};
    const drop = once(() => there.scene?.state.map.drop(0));
    const { proof, prover, holder, condemned, ...rest } = await scene(honest, honest, drop, honest);
    there.scene = rest;
    await rest.put(0, 0, STALE);
    await proof.prove(prover, never);
    expect(holder.out).toBeUndefined();
    expect(condemned).toEqual([]);
  });
});

it('is done once for all connections of an origin', async () => {
  const { proof, prover, asked, put } = await scene(honest, honest, honest, honest);
  await put(0, 0);
  await Promise.all([proof.prove(prover, never), proof.prove(prover, never)]);
  expect(prover.proven).toBe(true);
  expect(asked[1]).toHaveLength(2);
});

it('is done again when the connection that did it has ended, and not waited for by one that ends', async () => {
  const there: { end?: AbortController } = {};
  const stop = once(() => there.end?.abort(new Error('no longer needed')));
  const { proof, prover, put } = await scene(honest, stop, honest, honest);
  await put(0, 0);
  const [first, second] = [new AbortController(), new AbortController()];
  there.end = first;
  const outcomes = [proof.prove(prover, first.signal), proof.prove(prover, never), proof.prove(prover, second.signal)];
  second.abort(new Error('no longer needed'));
  const settled = await Promise.allSettled(outcomes);
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
  expect(prover.proven).toBe(true);
});

describe('when an origin differs from', () => {
  it('one that was given up because it does not answer, a third one is asked all the same', async () => {
    const { proof, prover, holder, condemned, put } = await scene(honest, honest, honest, honest);
    await put(0, 0, STALE);
    holder.out = failure(DOWNLOAD_ERRORS.httpStatus, { mirror: holder.name, status: 404 });
    await proof.prove(prover, never);
    expect(condemned).toEqual([holder]);
    expect(holder.out.code).toBe('DOWNLOAD_DIFFERENT_FILE');
  });

  it('one that is known to have another file, nobody is asked, and others are what it is compared with', async () => {
    const { proof, prover, holder, asked, put } = await scene(honest, honest, honest, honest);
    await put(0, 0, STALE);
    holder.out = differentFile(holder, 'it is an old one');
    await proof.prove(prover, never);
    expect(prover.proven).toBe(false);
    await put(1, 2);
    await proof.prove(prover, never);
    expect(prover.proven).toBe(true);
    expect(asked[2]).toEqual([]);
  });

  it('a piece of several, that piece goes when a third one agrees, and nobody is condemned', async () => {
    const { proof, prover, condemned, put, state } = await scene(honest, honest, honest, honest);
    await put(0, 0, STALE, 300_000);
    await put(0, 2, STALE);
    await proof.prove(prover, never);
    expect(state.map.fillOf(0)).toBe(0);
    expect(prover.out).toBeUndefined();
    expect(condemned).toEqual([]);
  });

  it('a piece of several, it stays while somebody writes to it, and proves nothing', async () => {
    const { proof, prover, put, state } = await scene(honest, honest, honest, honest);
    await put(0, 0, STALE, 300_000);
    await put(0, 2, STALE, 400_000);
    expect(state.leases.take(MIB)?.at).toBe(400_000);
    await proof.prove(prover, never);
    expect(state.map.fillOf(0)).toBe(400_000);
    expect(prover.proven).toBe(false);
  });

  it('a piece of several and from a third one as well, it is the one that is wrong', async () => {
    const { proof, prover, put } = await scene(honest, () => ({ bytes: STALE }), honest, honest);
    await put(0, 0, undefined, 300_000);
    await put(0, 2);
    expect(await codeOf(proof.prove(prover, never))).toBe('DOWNLOAD_DIFFERENT_FILE');
  });
});

describe('a third origin that is asked', () => {
  it('is connected to, as far as its host is concerned', async () => {
    const asked: { third?: Origin } = {};
    const seen: (number | undefined)[] = [];
    const answer = (): Said => {
      seen.push(asked.third?.host.connections);
      return {};
    };
    const { proof, put, ...made } = await scene(honest, honest, answer, answer);
    asked.third = made.third;
    made.fourth.out = differentFile(made.fourth, 'it is not to be asked');
    await put(0, 0, STALE);
    await proof.prove(made.prover, never);
    expect(seen).toEqual([1]);
    expect(made.third.host.connections).toBe(0);
  });

  it('is one whose host takes a connection', async () => {
    const { proof, put, third, prover, asked, condemned, holder } = await scene(honest, honest, honest, honest);
    for (let count = 0; count < 4; count++) third.host.open();
    await put(0, 0, STALE);
    await proof.prove(prover, never);
    expect(asked[2]).toEqual([]);
    expect(asked[3]).toHaveLength(1);
    expect(condemned).toEqual([holder]);
  });

  it('is followed by a fourth one when it does not answer', async () => {
    const gone = (): Said => ({ unsatisfiable: 2 * MIB });
    const { proof, put, prover, asked, condemned, holder } = await scene(honest, honest, gone, honest);
    await put(0, 0, STALE);
    await proof.prove(prover, never);
    expect(asked[3]).toHaveLength(1);
    expect(condemned).toEqual([holder]);
  });

  it('is one that has delivered, rather than one of which nothing is known', async () => {
    const silent = (): Said => ({ isSilent: true });
    const { proof, put, prover, asked, condemned, fourth, holder } = await scene(honest, honest, silent, honest);
    fourth.speed.add(1);
    await put(0, 0, STALE);
    await proof.prove(prover, never);
    expect(asked[2]).toEqual([]);
    expect(condemned).toEqual([holder]);
  });

  it('is not waited for as long as a download is when somebody else can be asked', async () => {
    const silent = (): Said => ({ isSilent: true });
    const { proof, put, prover, asked, condemned, holder, state } = await scene(honest, honest, silent, honest);
    Object.assign(state.patience, { openMs: 60_000, idleMs: 60_000 });
    await put(0, 0, STALE);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const proven = proof.prove(prover, never);
      while (asked[2]?.length !== 1) await new Promise((resolve) => setImmediate(resolve));
      vi.advanceTimersByTime(5_000);
      await proven;
    } finally {
      vi.useRealTimers();
    }
    expect(asked[3]).toHaveLength(1);
    expect(condemned).toEqual([holder]);
  });

  it('is given more time when it has delivered, and nobody else answers', async () => {
    const slowly = (_: Asked, index: number): Said => ({ isSilent: index === 0 });
    const { proof, put, prover, third, fourth, asked, condemned, holder, state } = await scene(
      ...[honest, honest, slowly, honest],
    );
    Object.assign(state.patience, { openMs: 60_000, idleMs: 60_000 });
    fourth.out = differentFile(fourth, 'it is not to be asked');
    third.speed.add(1);
    await put(0, 0, STALE);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const proven = proof.prove(prover, never);
      while (asked[2]?.length !== 1) await new Promise((resolve) => setImmediate(resolve));
      vi.advanceTimersByTime(5_000);
      await proven;
    } finally {
      vi.useRealTimers();
    }
    expect(condemned).toEqual([holder]);
  });

  it('is believed when it has what is here, and no fourth one is asked', async () => {
    const { proof, put, prover, asked, condemned } = await scene(honest, () => ({ bytes: STALE }), honest, honest);
    await put(0, 0);
    expect(await codeOf(proof.prove(prover, never))).toBe('DOWNLOAD_DIFFERENT_FILE');
    expect(prover.isDoubted).toBe(false);
    expect(asked[3]).toEqual([]);
    expect(condemned).toEqual([]);
  });

  it('and cannot be found leaves it open who is right', async () => {
    const gone = (): Said => ({ unsatisfiable: 2 * MIB });
    const { proof, put, prover, condemned } = await scene(honest, honest, gone, gone);
    await put(0, 0, STALE);
    expect(await codeOf(proof.prove(prover, never))).toBe('DOWNLOAD_DIFFERENT_FILE');
    expect(prover.isDoubted).toBe(true);
    expect(condemned).toEqual([]);
  });

  it('is waited for when its host has as many as it takes', async () => {
    const { proof, put, third, fourth, prover, asked, condemned, holder } = await scene(honest, honest, honest, honest);
    fourth.out = differentFile(fourth, 'it is not to be asked');
    const open = Array.from({ length: 4 }, () => third.host.open());
    await put(0, 0, STALE);
    const proven = proof.prove(prover, never);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asked[2]).toEqual([]);
    open[0]?.();
    await proven;
    expect(condemned).toEqual([holder]);
  });
});
