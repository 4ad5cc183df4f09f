import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';

import { BlockPool } from '../src/block-pool.ts';
import { Body } from '../src/body.ts';
import { PlainStore, PooledStore } from '../src/store.ts';

let log: string[];

beforeEach(() => {
  log = [];
});

const source = {
  pause: () => void log.push('pause'),
  resume: () => void log.push('resume'),
  close: () => void log.push('close'),
};

function bodyOf(limit = 10): Body {
  return new Body(source, new PlainStore(), limit);
}

const bytes = (...values: number[]): Buffer => Buffer.from(values);

async function read(body: Body): Promise<number[] | undefined> {
  const { value } = await body.next();
  return value === undefined ? undefined : [...Buffer.concat(value)];
}

describe('a body', () => {
  it('hands out what has arrived since the last read, and ends', async () => {
    const body = bodyOf();
    body.push(bytes(1, 2));
    body.push(bytes(3));
    body.push(bytes());
    expect(await read(body)).toEqual([1, 2, 3]);
    const waiting = read(body);
    body.push(bytes(4));
    body.push(bytes(5));
    expect(await waiting).toEqual([4, 5]);
    const atEnd = read(body);
    body.end();
    expect(await atEnd).toBeUndefined();
    expect(await read(body)).toBeUndefined();
    expect(log).toEqual([]);
  });

  it('pauses its source while the limit is unread', async () => {
    const body = bodyOf(3);
    body.push(bytes(1, 2));
    expect(log).toEqual([]);
    body.push(bytes(3));
    body.push(bytes(4));
    expect(log).toEqual(['pause']);
    await read(body);
    expect(log).toEqual(['pause', 'resume']);
  });

  it('takes what arrives while its source is resumed', async () => {
    const body = new Body(
      {
        ...source,
        resume: () => {
          body.push(bytes(9));
          body.end();
        },
      },
      new PlainStore(),
      1,
    );
    body.push(bytes(1));
    expect(await read(body)).toEqual([1]);
    expect(await read(body)).toEqual([9]);
    expect(await read(body)).toBeUndefined();
  });

  it('tells of an error behind the bytes before it, once', async () => {
    const body = bodyOf();
    body.push(bytes(1));
    body.fail(new Error('broken'));
    body.push(bytes(2));
    expect(await read(body)).toEqual([1]);
    await expect(read(body)).rejects.toThrow('broken');
    expect(await read(body)).toBeUndefined();
  });

  it('tells a waiting reader', async () => {
    const body = bodyOf();
    const waiting = read(body);
    body.fail(new Error('broken'));
    await expect(waiting).rejects.toThrow('broken');
  });

  it('drops everything when it is aborted', async () => {
    const body = bodyOf();
    body.push(bytes(1));
    body.abort(new Error('enough'));
    await expect(read(body)).rejects.toThrow('enough');
    expect(log).toEqual(['close']);
  });

  it('closes its source when the reader leaves early, and only then', async () => {
    const early = bodyOf();
    early.push(bytes(1));
    const waiting = read(bodyOf());
    await early.return();
    expect(log).toEqual(['close']);
    expect(await read(early)).toBeUndefined();
    void waiting;

    const complete = bodyOf();
    complete.push(bytes(1));
    complete.end();
    await complete.return();
    expect(log).toEqual(['close']);
  });

  it('lets a waiting read end when the reader leaves', async () => {
    const body = bodyOf();
    const waiting = read(body);
    await body.return();
    expect(await waiting).toBeUndefined();
  });

  it.each([0, 1, 2, 3, 4])('cuts off what exceeds %i announced bytes, and says so', async (length) => {
    const body = bodyOf();
    body.expect(length, () => new Error('too long'));
    body.push(bytes(1, 2));
    body.push(bytes(3, 4, 5));
    if (length > 0) expect(await read(body)).toEqual([1, 2, 3, 4, 5].slice(0, length));
    await expect(read(body)).rejects.toThrow('too long');
    expect(log).toEqual(['close']);
  });
});

describe('any order of arrivals and reads', () => {
  const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 300_000 }), fc.constant('read')), { maxLength: 20 });

  it.each(['plain', 'pooled'])('yields what was sent: %s', async (kind) => {
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const pool = new BlockPool();
        const body = new Body(source, kind === 'plain' ? new PlainStore() : new PooledStore(pool), 500_000);
        // One buffer for everything that arrives, as in a socket.
        const arriving = Buffer.alloc(300_000);
        let sent = 0;
        let got = 0;
        const check = async (): Promise<boolean> => {
          const { value, done } = await body.next();
          for (const chunk of value ?? []) {
            for (let at = 0; at < chunk.length; at += 97) expect(chunk[at]).toBe((got + at) % 251);
            got += chunk.length;
          }
          return done === true;
        };
        for (const step of plan) {
          if (step === 'read') {
            if (sent > got) await check();
            continue;
          }
          for (let at = 0; at < step; at++) arriving[at] = (sent + at) % 251;
          body.push(arriving.subarray(0, step));
          sent += step;
        }
        body.end();
        while (!(await check()));
        expect(got).toBe(sent);
      }),
      { numRuns: 30 },
    );
  });
});

it('a pooled body uses its memory again once the next batch is asked for', async () => {
  const pool = new BlockPool();
  const body = new Body(source, new PooledStore(pool), 10);
  body.push(bytes(1));
  const first = (await body.next()).value?.[0];
  body.push(bytes(2));
  expect([...(first ?? [])]).toEqual([1]);
  const second = (await body.next()).value?.[0];
  body.push(bytes(3));
  const third = (await body.next()).value?.[0];
  expect(third?.buffer).toBe(first?.buffer);
  expect(second?.buffer).not.toBe(first?.buffer);
});
