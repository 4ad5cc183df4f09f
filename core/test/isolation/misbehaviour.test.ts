/** Plugins that do wrong cost what they would have contributed, and each is named with what it did. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { engineWith, rank, rankingRequest, strategy, type World } from './support.ts';

/** Asks the strategy `bad` once, and says with which code that fails. */
async function codeOf({ engine }: World, name = 'bad'): Promise<unknown> {
  return rank(engine, name).then(
    () => 'done',
    (error: unknown) => (error as { code?: unknown }).code,
  );
}

const codes = ({ warnings }: World): string[] => warnings.map(({ code }) => code);
/** A process ends when the system gets to it. */
const SLOWLY = { timeout: 20_000 };
const GOOD = strategy('good', 'return [];');

/** One that sends bytes of its own to the engine. */
const SENDS = `import fs from 'node:fs';
const frame = (head) => { const text = Buffer.from(head), lengths = Buffer.alloc(8); lengths.writeUInt32BE(text.length); return Buffer.concat([lengths, text]); };
const sends = (bytes) => {
  for (let at = 0; at < bytes.length; ) {
    try { at += fs.writeSync(3, bytes, at); } catch (error) { if (error.code !== 'EAGAIN') throw error; }
  }
};\n`;

describe('while it is called', () => {
  test.each([
    ['throws', `throw new Error('no')`, 'PLUGIN_TAP_FAILED'],
    ['throws nothing', `throw undefined`, 'PLUGIN_TAP_FAILED'],
    ['throws what lies when it is read', `throw { get message() { throw 1; } }`, 'PLUGIN_TAP_FAILED'],
    [
      'claims an error of the engine',
      `throw Object.assign(new Error('x'), { code: 'INTERRUPTED' })`,
      'PLUGIN_TAP_FAILED',
    ],
    ['answers with a function', `return () => 1`, 'PLUGIN_TAP_FAILED'],
    ['answers with a cycle', `const a = []; a.push(a); return a`, 'PLUGIN_TAP_FAILED'],
    ['answers with too much', `return 'x'.repeat(9 * 1024 * 1024)`, 'PLUGIN_TAP_FAILED'],
    ['exits', `process.exit(0)`, 'PLUGIN_EXITED'],
    [
      'crashes later',
      `setImmediate(() => { throw new Error('later'); }); await new Promise(() => {})`,
      'PLUGIN_EXITED',
    ],
    ['prints without end', `for (;;) console.log('x'.repeat(1000))`, 'PLUGIN_FLOOD'],
    ['sends what is no message', `sends(Buffer.alloc(64, 255)); await new Promise(() => {})`, 'PLUGIN_ANSWER_INVALID'],
    [
      'sends a message of no kind',
      `sends(frame('{"type":"hello","id":1}')); await new Promise(() => {})`,
      'PLUGIN_ANSWER_INVALID',
    ],
    [
      'answers what was not asked',
      `sends(frame('{"type":"done","id":99}')); await new Promise(() => {})`,
      'PLUGIN_ANSWER_INVALID',
    ],
    [
      'says that it is alive though nobody has asked',
      `sends(frame('{"type":"pong","id":2}')); await new Promise(() => {})`,
      'PLUGIN_ANSWER_INVALID',
    ],
    [
      'sends a prototype',
      `sends(frame('{"type":"done","id":2,"value":{"__proto__":1}}')); await new Promise(() => {})`,
      'PLUGIN_ANSWER_INVALID',
    ],
    [
      'asks for what there is not',
      `sends(frame('{"type":"ask","id":2,"ask":1,"method":"toString"}')); await new Promise(() => {})`,
      'PLUGIN_ANSWER_INVALID',
    ],
    [
      'nests without end',
      `sends(frame('['.repeat(4e4) + ']'.repeat(4e4))); await new Promise(() => {})`,
      'PLUGIN_ANSWER_INVALID',
    ],
  ])('one that %s is contained', async (_, body, code) => {
    const world = await engineWith([strategy('bad', body, { head: SENDS }), GOOD]);
    expect(await codeOf(world)).toBe(code);
    expect(await codeOf(world, 'good')).toBe('done');
    // What does not answer at all is not asked again.
    const isLost = code !== 'PLUGIN_TAP_FAILED';
    expect(await codeOf(world)).toBe(code);
    expect(world.engine.plugins.map(({ state }) => state)).toEqual([isLost ? 'failed' : 'loaded', 'loaded']);
  });

  test.each([
    ['many', '1', 100],
    ['long', `'x'.repeat(7e6)`, 4],
  ])('one that floods the engine with %s questions is ended', async (_, more, count) => {
    const asks = `for (let ask = 1; ask < ${count}; ask++) sends(frame(JSON.stringify({ type: 'ask', id: 2, ask, method: 'probe', value: { url: 'x', options: { bytes: 1, ms: 1 }, more: ${more} } })));
      await new Promise(() => {});`;
    const world = await engineWith([strategy('bad', asks, { head: SENDS })]);
    const probe = () => new Promise<never>(() => undefined);
    const { engine } = world;
    const candidate = { url: 'x', mirror: 'x', position: 0, sources: [] };
    const { rank: bad } = await engine.mirrorStrategy('bad');
    await expect(bad([candidate], rankingRequest({ probe }))).rejects.toMatchObject({ code: 'PLUGIN_FLOOD' });
  });

  test('one that does not take what it asks for is ended', async () => {
    const asks = `for (let ask = 1; ask < 9; ask++) sends(frame(JSON.stringify({ type: 'ask', id: 2, ask, method: 'probe', value: { url: 'x', options: { bytes: 1, ms: 1 } } })));
      for (;;);`;
    const world = await engineWith([strategy('bad', asks, { head: SENDS })]);
    const probe = async () => ({ url: 'x', state: 'failed', bytes: 0, more: new Uint8Array(25e6) }) as const;
    const candidate = { url: 'x', mirror: 'x', position: 0, sources: [] };
    const { rank: bad } = await world.engine.mirrorStrategy('bad');
    await expect(bad([candidate], rankingRequest({ probe }))).rejects.toMatchObject({ code: 'PLUGIN_FLOOD' });
  });

  test.each([
    ['spins', 'for (;;);'],
    ['never answers', 'await new Promise(() => {});'],
  ])('one that %s is ended after its deadline', async (_, body) => {
    const world = await engineWith([strategy('bad', body)], {
      deadlines: { mirrorOrder: 300 },
      isolation: { graceMs: 100 },
    });
    await world.engine.mirrorStrategies();
    expect(await codeOf(world)).toBe('PLUGIN_TAP_DEADLINE');
    await expect.poll(() => codes(world), SLOWLY).toEqual(['PLUGIN_HUNG']);
    expect(await codeOf(world)).toBe('PLUGIN_HUNG');
  });

  test('one that stops when it is told to stays', async () => {
    const stops = `return new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason)));`;
    const world = await engineWith([strategy('late', stops)], {
      deadlines: { mirrorOrder: 300 },
      isolation: { graceMs: 60_000 },
    });
    await world.engine.mirrorStrategies();
    expect(await codeOf(world, 'late')).toBe('PLUGIN_TAP_DEADLINE');
    expect(await codeOf(world, 'late')).toBe('PLUGIN_TAP_DEADLINE');
    expect(codes(world)).toEqual([]);
  });

  test('whoever no longer wants an answer waits for none, and a plugin that spins is ended', async () => {
    const world = await engineWith([strategy('bad', 'for (;;);')], { isolation: { graceMs: 100 } });
    const controller = new AbortController();
    await world.engine.mirrorStrategies();
    const asked = rank(world.engine, 'bad', { signal: controller.signal });
    setTimeout(() => {
      controller.abort(new Error('enough'));
    }, 300);
    await expect(asked).rejects.toThrow('enough');
    await expect.poll(() => codes(world), SLOWLY).toEqual(['PLUGIN_HUNG']);
  });
});

describe('after nobody waits for it any more', () => {
  test('one that floods the engine with questions is ended', async () => {
    const asks = `console.log('there'); await new Promise((resolve) => request.signal.addEventListener('abort', resolve));
      for (let ask = 0; ask <= 20_000; ask++) sends(frame(JSON.stringify({ type: 'ask', id: 2, ask, method: 'probe' })));
      await new Promise(() => {});`;
    const world = await engineWith([strategy('bad', asks, { head: SENDS })], { isolation: { graceMs: 60_000 } });
    const controller = new AbortController();
    await world.engine.mirrorStrategies();
    const asked = expect(rank(world.engine, 'bad', { signal: controller.signal })).rejects.toThrow('enough');
    await expect.poll(() => codes(world), SLOWLY).toEqual(['PLUGIN_PRINTED']);
    controller.abort(new Error('enough'));
    await asked;
    await expect.poll(() => codes(world), SLOWLY).toEqual(['PLUGIN_PRINTED', 'PLUGIN_FLOOD']);
  });
});

describe('one that takes memory', () => {
  // Each of these would end a process in which it ran as a thread, limits or no limits.
  test.each([
    ['for values', 'const kept = new Map(); for (let i = 0; ; i++) kept.set(i, { i });', { heapMb: 48 }],
    ['at one go', 'return new Array(1e8).fill(0);', { heapMb: 48 }],
    ['for buffers', 'const kept = []; for (;;) { kept.push(Buffer.alloc(8e6, 1)); await null; }', { memoryMb: 200 }],
  ])('%s is ended', async (_, body, isolation) => {
    const world = await engineWith([strategy('bad', body), GOOD], { isolation });
    expect(await codeOf(world)).toBe('PLUGIN_MEMORY');
    expect(await codeOf(world, 'good')).toBe('done');
  });
});

describe('while it is loaded', () => {
  test.each([
    ['throws on import', { head: `throw new Error('no');` }, 'PLUGIN_LOAD_FAILED'],
    ['throws while it registers', { register: `throw new Error('no');` }, 'PLUGIN_LOAD_FAILED'],
    ['claims the id of another', { claims: 'good' }, 'PLUGIN_LOAD_FAILED'],
    [
      'takes the name of another’s part',
      { register: `to.mirrorStrategy({ name: 'good', description: '', rank: async () => [] });` },
      'PLUGIN_TAP_DUPLICATE',
    ],
    [
      'adds what it does not declare',
      { register: `to.transport({ name: 'bad', schemes: ['https'], open: async () => {} });` },
      'PLUGIN_TAP_UNDECLARED',
    ],
    [
      'gives a part a name that is none',
      { register: `to.mirrorStrategy({ name: '\\x1b[2J', description: '', rank: async () => [] });` },
      'PLUGIN_ANSWER_INVALID',
    ],
    ['exits on import', { head: 'process.exit(0);' }, 'PLUGIN_EXITED'],
  ])('one that %s is left out', async (_, change, code) => {
    const world = await engineWith([GOOD, { ...strategy('bad', 'return [];'), ...change }]);
    expect(await codeOf(world, 'good')).toBe('done');
    expect(world.warnings).toMatchObject([{ code, pluginId: 'bad' }]);
    expect(world.engine.plugins).toMatchObject([{ state: 'loaded' }, { state: 'failed', error: { code } }]);
  });

  test('one that spins is left out after a while', async () => {
    const world = await engineWith([strategy('bad', 'return [];', { head: 'for (;;);' })], {
      deadlines: { load: 1000 },
    });
    expect(await codeOf(world)).toBe('PLUGIN_NOT_FOUND');
    expect(codes(world)).toEqual(['PLUGIN_TAP_DEADLINE']);
  });

  test('one that holds a link is not started', async () => {
    const world = await engineWith([strategy('bad', 'return [];')]);
    await symlink('/etc/passwd', join(world.home, 'plugins/bad/data.txt'));
    expect(await codeOf(world)).toBe('PLUGIN_NOT_FOUND');
    expect(codes(world)).toEqual(['PLUGIN_FOLDER_REFUSED']);
  });
});

test('what it prints is shown as its own, and does nothing to a terminal', async () => {
  const world = await engineWith([
    strategy('chatty', `process.stdout.write('\\x1b[2Jhello\\n'); console.error('oh'); return [];`),
  ]);
  expect(await codeOf(world, 'chatty')).toBe('done');
  await expect.poll(() => codes(world), SLOWLY).toEqual(['PLUGIN_PRINTED', 'PLUGIN_PRINTED']);
  const said = world.warnings.map(({ message }) => message).join();
  expect(said).toMatch(/hello.*oh|oh.*hello/);
  expect(said).not.toContain('\x1b');
});

test('it sees nothing of where the engine runs', async () => {
  const world = await engineWith([
    strategy(
      'curious',
      `return [{ url: 'x', reason: JSON.stringify([process.env, process.cwd().endsWith('curious')]) }];`,
    ),
  ]);
  expect(await rank(world.engine, 'curious')).toMatchObject([{ reason: '[{},true]' }]);
});

test('nothing is started for plugins whose hooks are not called', async () => {
  const world = await engineWith(Array.from({ length: 10 }, (_, at) => strategy(`idle-${at}`, 'return [];')));
  await world.engine.catalogSourceNames({ load: true });
  expect(world.engine.plugins.map(({ state }) => state)).toEqual(Array.from({ length: 10 }, () => 'found'));
});

test('a closed engine’s plugins are no longer there', async () => {
  const world = await engineWith([strategy('there', `return [{ url: String(process.pid), reason: '' }];`)]);
  const [answer] = await rank(world.engine, 'there');
  await world.engine.close();
  const isGone = (): boolean => {
    try {
      return !process.kill(Number(answer?.url), 0);
    } catch {
      return true;
    }
  };
  await expect.poll(isGone, SLOWLY).toBe(true);
});
