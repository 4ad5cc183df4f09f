import { Readable } from 'node:stream';

import { describe, expect, test } from 'vitest';

import type { IsoContents } from '../../src/recipe/iso.ts';
import {
  RECIPE_ORDER,
  type Bootloader,
  type CatalogRound,
  type CatalogSource,
  type HookName,
  type LifecycleNotice,
  type PluginRegistrar,
  type Recipe,
} from '../../src/engine/hooks.ts';
import { localRequest } from '../../src/engine/local-request.ts';
import { createRegistrar, TapBatch, TapLedger } from '../../src/engine/tap.ts';
import { hang, never, testDoor } from './support.ts';

const ALL: ReadonlySet<HookName> = new Set<HookName>([
  'catalogSources',
  'mirrorStrategies',
  'transports',
  'bootloaders',
  'recipes',
  'beforeApply',
  'afterApply',
]);
const ISO = { label: 'ISO', size: 0, has: () => false, list: () => [], read: hang } satisfies IsoContents;

function setUp(deadlines = {}) {
  const door = testDoor(deadlines);
  const ledger = new TapLedger();
  return {
    door,
    ledger,
    registrar: (id: string, allowed = ALL) => createRegistrar(id, allowed, door, ledger),
    recognise: (signal = never()) => door.hooks.recipes.promise({ iso: ISO, signal }),
  };
}

const recipe = (name: string, recognise: Recipe['recognise']): Recipe => ({ name, recognise });
const knows = (name: string): Recipe => recipe(name, async () => Promise.resolve(`by ${name}`));
const knowsNot = (name: string, asked: string[]): Recipe =>
  recipe(name, async () => {
    asked.push(name);
    return Promise.resolve(undefined);
  });

describe('a registrar', () => {
  test('refuses a name that another plugin has, and names both', () => {
    const { registrar } = setUp();
    registrar('first').recipe(knows('same'));
    expect(() => {
      registrar('second').recipe(knows('same'));
    }).toThrow(
      expect.objectContaining({
        code: 'PLUGIN_TAP_DUPLICATE',
        pluginId: 'second',
        message: expect.stringMatching(/second.*first/),
      }),
    );
  });

  test('allows one name in two hooks', () => {
    const { registrar, ledger } = setUp();
    registrar('one').recipe(knows('same'));
    registrar('one').lifecycle('beforeApply', 'same', hang);
    expect(ledger.names('recipes')).toEqual(['same']);
    expect(ledger.names('beforeApply')).toEqual(['same']);
  });

  test.each<[HookName, (registrar: PluginRegistrar) => void]>([
    ['catalogSources', (to) => to.catalogSource({ name: 'x', layer: 'upstream', read: hang })],
    ['mirrorStrategies', (to) => to.mirrorStrategy({ name: 'x', description: '', rank: hang })],
    ['transports', (to) => to.transport({ name: 'x', schemes: ['x'], open: hang })],
    ['bootloaders', (to) => to.bootloader({ name: 'x', description: '', plan: hang })],
    ['recipes', (to) => to.recipe(recipe('x', hang))],
    ['beforeApply', (to) => to.lifecycle('beforeApply', 'x', hang)],
  ])('refuses %s to a plugin that does not declare it', (hook, tap) => {
    const { registrar, ledger } = setUp();
    const allowed = new Set([...ALL].filter((name) => name !== hook));
    expect(() => {
      tap(registrar('sneaky', allowed));
    }).toThrow(expect.objectContaining({ code: 'PLUGIN_TAP_UNDECLARED', pluginId: 'sneaky' }));
    expect(ledger.names(hook)).toEqual([]);
  });
});

describe('a batch', () => {
  test('reaches the hooks only when it is committed', async () => {
    const { door, ledger, recognise } = setUp();
    const batch = new TapBatch(ledger);
    createRegistrar('one', ALL, door, ledger, batch).recipe(knows('one'));
    expect(await recognise()).toBeUndefined();
    batch.commit();
    expect(await recognise()).toMatchObject({ recipe: 'one' });
  });

  test('leaves nothing when it is discarded, not even its names', async () => {
    const { door, ledger, registrar, recognise } = setUp();
    const batch = new TapBatch(ledger);
    createRegistrar('broken', ALL, door, ledger, batch).recipe(knows('same'));
    batch.discard();
    expect(await recognise()).toBeUndefined();
    registrar('other').recipe(knows('same'));
    expect(await recognise()).toMatchObject({ pluginId: 'other' });
  });

  test.each(['commit', 'discard'] as const)('takes nothing more after %s', (end) => {
    const { door, ledger } = setUp();
    const batch = new TapBatch(ledger);
    const registrar = createRegistrar('late', ALL, door, ledger, batch);
    batch[end]();
    expect(() => {
      registrar.recipe(knows('late'));
    }).toThrow(expect.objectContaining({ code: 'PLUGIN_TAP_LATE', pluginId: 'late' }));
  });
});

describe('recipes', () => {
  test('are asked one after the other until one knows the ISO', async () => {
    const { registrar, recognise } = setUp();
    const asked: string[] = [];
    registrar('a').recipe(knowsNot('a', asked));
    registrar('b').recipe(knows('b'));
    registrar('c').recipe(knowsNot('c', asked));
    expect(await recognise()).toEqual({ pluginId: 'b', recipe: 'b', recognition: 'by b' });
    expect(asked).toEqual(['a']);
  });

  test('of distributions come before generic ones, and equal ones keep the order of registration', async () => {
    const { registrar, recognise } = setUp();
    const asked: string[] = [];
    registrar('p').recipe(knowsNot('generic', asked), { order: RECIPE_ORDER.generic });
    registrar('p').recipe(knowsNot('one', asked));
    registrar('p').recipe(knowsNot('two', asked), { order: RECIPE_ORDER.distribution });
    await recognise();
    expect(asked).toEqual(['one', 'two', 'generic']);
  });

  test('may name one that they come before', async () => {
    const { registrar, recognise } = setUp();
    const asked: string[] = [];
    registrar('p').recipe(knowsNot('one', asked));
    registrar('p').recipe(knowsNot('two', asked));
    registrar('p').recipe(knowsNot('three', asked), { before: 'two' });
    await recognise();
    expect(asked).toEqual(['one', 'three', 'two']);
  });

  test('may not come before one that is not there', () => {
    const { registrar, ledger } = setUp();
    expect(() => {
      registrar('p').recipe(knows('x'), { before: 'nobody' });
    }).toThrow(expect.objectContaining({ code: 'PLUGIN_TAP_ORDER', pluginId: 'p' }));
    expect(ledger.names('recipes')).toEqual([]);
  });

  test('that throw or hang cost only themselves, and that is told', async () => {
    const { door, registrar, recognise } = setUp({ recipe: 20 });
    const throws = () => {
      throw new Error('boom');
    };
    registrar('a').recipe(recipe('throws', throws));
    registrar('b').recipe(recipe('hangs', hang));
    registrar('c').recipe(knows('works'));
    expect(await recognise()).toMatchObject({ recipe: 'works' });
    expect(door.losses).toMatchObject([
      { call: { pluginId: 'a', place: 'recipes/throws' }, error: { code: 'PLUGIN_TAP_FAILED', pluginId: 'a' } },
      { call: { pluginId: 'b', place: 'recipes/hangs' }, error: { code: 'PLUGIN_TAP_DEADLINE', pluginId: 'b' } },
    ]);
    expect(door.guard.unfinished).toEqual([{ pluginId: 'b', place: 'recipes/hangs' }]);
  });

  test('are not blamed when the user stops', async () => {
    const { door, registrar, recognise } = setUp();
    const user = new AbortController();
    registrar('a').recipe(recipe('hangs', hang));
    registrar('b').recipe(knows('never asked'));
    const asked = recognise(user.signal);
    user.abort(new Error('stop'));
    await expect(asked).rejects.toThrow('stop');
    expect(door.losses).toEqual([]);
  });
});

describe('catalog sources', () => {
  const ask = async ({ door }: ReturnType<typeof setUp>, wants: CatalogRound['wants'] = () => true) => {
    const outcomes: Record<string, unknown> = {};
    await door.hooks.catalogSources.promise({
      signal: never(),
      wants,
      request: (_, __, signal) => localRequest({ now: () => new Date() }, signal),
      deliver: (outcome) => {
        outcomes[outcome.source.name] = outcome;
      },
    });
    return outcomes;
  };
  const source = (name: string, read: CatalogSource['read'], layer: CatalogSource['layer'] = 'upstream') => ({
    name,
    layer,
    read,
  });

  test('each deliver their own outcome, whatever the others do', async () => {
    const setup = setUp({ catalogSource: 20 });
    setup.registrar('a').catalogSource(source('throws', () => Promise.reject(new Error('boom'))));
    setup.registrar('b').catalogSource(source('hangs', hang));
    setup.registrar('c').catalogSource(source('works', async () => Promise.resolve({ images: [] })));
    expect(await ask(setup)).toMatchObject({
      throws: { error: { code: 'PLUGIN_TAP_FAILED', pluginId: 'a' } },
      hangs: { error: { code: 'PLUGIN_TAP_DEADLINE', pluginId: 'b' } },
      works: { document: { images: [] } },
    });
  });

  test('are asked only when they are wanted', async () => {
    const setup = setUp();
    setup.registrar('a').catalogSource(source('vendor', async () => Promise.resolve(1)));
    setup.registrar('a').catalogSource(source('own', async () => Promise.resolve(2), 'custom'));
    expect(Object.keys(await ask(setup, ({ layer }) => layer === 'custom'))).toEqual(['own']);
    expect(Object.keys(await ask(setup))).toEqual(['vendor', 'own']);
  });
});

describe('parts with a name', () => {
  test('are found by it, and their errors carry the plugin', async () => {
    const { door, registrar } = setUp({ bootloader: 20 });
    const loader: Bootloader = { name: 'grub', description: 'GRUB', plan: hang };
    registrar('bootloader-grub').bootloader(loader);
    registrar('transport-http').transport({
      name: 'http',
      schemes: ['http', 'https'],
      open: () => Promise.reject(new Error('refused')),
    });
    registrar('mirror-ordered').mirrorStrategy({ name: 'ordered', description: '', rank: () => Promise.resolve([]) });

    expect(await door.hooks.bootloaders.promise('lilo')).toBeUndefined();
    const found = await door.hooks.bootloaders.promise('grub');
    expect(found).toMatchObject({ name: 'grub' });
    await expect(found?.plan({ signal: never() } as Parameters<Bootloader['plan']>[0])).rejects.toMatchObject({
      code: 'PLUGIN_TAP_DEADLINE',
      pluginId: 'bootloader-grub',
    });

    const transport = await door.hooks.transports.promise('https');
    await expect(transport?.open({ url: 'https://host/', start: 0, signal: never() })).rejects.toMatchObject({
      code: 'PLUGIN_TAP_FAILED',
      pluginId: 'transport-http',
    });

    const strategy = await door.hooks.mirrorStrategies.promise('ordered');
    const request = { size: 1, remaining: 1, place: {}, preferredOnly: false, now: new Date(0), random: () => 0 };
    expect(await strategy?.rank([], { ...request, signal: never() })).toEqual([]);
  });

  test('hand a transport the caller’s own signal, because the body outlives the call', async () => {
    const { door, registrar } = setUp({ transport: 20 });
    let given: AbortSignal | undefined;
    const open = async ({ signal }: { readonly signal: AbortSignal }) => {
      given = signal;
      const unsaid = { address: 't://x', mediaType: undefined, fileName: undefined, validators: {}, digests: {} };
      return Promise.resolve({ start: 0, end: 0, total: 0, ...unsaid, body: Readable.from([]) });
    };
    registrar('t').transport({ name: 't', schemes: ['t'], open });
    const signal = never();
    await (await door.hooks.transports.promise('t'))?.open({ url: 't://x', start: 0, signal });
    expect(given).toBe(signal);
  });
});

describe('life cycle listeners', () => {
  const notice = (signal = never()): LifecycleNotice => ({
    event: 'beforeApply',
    subject: { target: 'stick.img' },
    signal,
    refuse: () => undefined,
  });

  test('may refuse, with their reason and their name', async () => {
    const { door, registrar } = setUp();
    registrar('policy').lifecycle('beforeApply', 'only-signed', async ({ refuse, subject }) => {
      refuse(`not onto ${String(subject['target'])}`);
      return Promise.resolve();
    });
    await expect(door.hooks.lifecycle.beforeApply.promise(notice())).rejects.toMatchObject({
      code: 'PLUGIN_REFUSED',
      pluginId: 'policy',
      message: expect.stringContaining('not onto stick.img'),
    });
  });

  test('keep their refusal when they fail afterwards', async () => {
    const { door, registrar } = setUp();
    registrar('policy').lifecycle('beforeApply', 'clumsy', async ({ refuse }) => {
      refuse('no');
      return Promise.reject(new Error('and then boom'));
    });
    await expect(door.hooks.lifecycle.beforeApply.promise(notice())).rejects.toMatchObject({ code: 'PLUGIN_REFUSED' });
    expect(door.losses).toHaveLength(1);
  });

  test('cannot refuse what is done: that is a loss, and the others are told', async () => {
    const { door, registrar } = setUp();
    const told: string[] = [];
    registrar('policy').lifecycle('afterApply', 'too-late', async ({ refuse }) => {
      refuse('no');
      return Promise.resolve();
    });
    registrar('other').lifecycle('afterApply', 'works', async ({ event }) => {
      told.push(event);
      return Promise.resolve();
    });
    await door.hooks.lifecycle.afterApply.promise({ ...notice(), event: 'afterApply' });
    expect(told).toEqual(['afterApply']);
    expect(door.losses).toMatchObject([
      { call: { pluginId: 'policy' }, error: { code: 'PLUGIN_REFUSED_LATE', pluginId: 'policy' } },
    ]);
  });

  test('that throw or hang stop nobody', async () => {
    const { door, registrar } = setUp({ lifecycle: 20 });
    const told: string[] = [];
    registrar('a').lifecycle('beforeApply', 'throws', () => Promise.reject(new Error('boom')));
    registrar('b').lifecycle('beforeApply', 'hangs', hang);
    registrar('c').lifecycle('beforeApply', 'works', async ({ event }) => {
      told.push(event);
      return Promise.resolve();
    });
    await door.hooks.lifecycle.beforeApply.promise(notice());
    expect(told).toEqual(['beforeApply']);
    expect(door.losses.map(({ call }) => call.pluginId)).toEqual(['a', 'b']);
  });
});
