/** Keys of a registry: too few signatures, changes of keys that are in order and that are not, and roots that run out. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { forge, readSigned, stealKeys, writeSigned, type Key } from './forge.ts';
import { Stage, UNCHANGED } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());

const ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;

const of = (keys: readonly Key[], role: string): Key[] => keys.filter((key) => key.role === role);
const metadata = (name: string): string => join(stage.web.folder, 'metadata', name);

/** Writes the next root as somebody with these keys would. */
async function forgeRoot(change: (roles: Record<string, { keyids: string[] }>) => void, signers: Key[]): Promise<void> {
  stage.web.folder = await stage.copy('forged');
  const root = await readSigned(metadata('1.root.json'));
  root.version = 2;
  change(root['roles'] as Record<string, { keyids: string[] }>);
  await writeSigned(metadata('2.root.json'), root, signers);
}

describe('too few signatures', () => {
  it('of those that the root demands', async () => {
    stage = await Stage.open({ targets: { count: 3, threshold: 2 } });
    expect(await stage.read()).toBe('first');
    const keys = await stealKeys(stage.keys);
    stage.web.folder = await stage.copy('forged');
    const stolen = keys.filter((key) => key.role !== 'targets' || key === of(keys, 'targets')[0]);
    await forge(stage.web.folder, stolen, { targets: (signed) => (signed['targets'] = {}) });
    await expect(stage.read()).rejects.toMatchObject({ code: 'REGISTRY_THRESHOLD' });
    expect(await stage.offline()).toBe('first');
    stage.web.folder = await stage.copy('enough');
    const further = (signed: { version: number }): number => signed.version++;
    await forge(stage.web.folder, keys, { targets: further, snapshot: further, timestamp: further });
    expect(await stage.read()).toBe('first');
  });

  it.each(['timestamp', 'snapshot', 'targets'] as const)('of the key of another role, for the %s', async (role) => {
    stage = await Stage.open();
    expect(await stage.read()).toBe('first');
    const keys = await stealKeys(stage.keys);
    stage.web.folder = await stage.copy('forged');
    const [online] = of(keys, role === 'timestamp' ? 'snapshot' : 'timestamp');
    const wrong = keys.map((key) => (key.role === role && online !== undefined ? { ...online, role } : key));
    await forge(stage.web.folder, wrong, { [role]: () => undefined });
    await expect(stage.read()).rejects.toMatchObject({ code: 'REGISTRY_THRESHOLD' });
    expect(await stage.offline()).toBe('first');
  });

  it('when one is there twice, and when one is of another content', async () => {
    stage = await Stage.open({ timestamp: { count: 2, threshold: 2 } });
    expect(await stage.read()).toBe('first');
    await stage.publish('second');
    const file = metadata('timestamp.json');
    const good = JSON.parse(await readFile(file, 'utf8')) as { signatures: { sig: string }[]; signed: object };
    const [one, two] = good.signatures;
    stage.web.lies.set('/metadata/timestamp.json', JSON.stringify({ ...good, signatures: [one, one] }));
    await expect(stage.read()).rejects.toMatchObject({ code: 'REGISTRY_MALFORMED' });
    stage.web.lies.set(
      '/metadata/timestamp.json',
      JSON.stringify({ ...good, signatures: [one, { ...two, sig: one?.sig }] }),
    );
    await expect(stage.read()).rejects.toMatchObject({ code: 'REGISTRY_THRESHOLD' });
    const changed = { ...good, signed: { ...good.signed, expires: '2040-01-01T00:00:00Z' } };
    stage.web.lies.set('/metadata/timestamp.json', JSON.stringify(changed));
    await expect(stage.read()).rejects.toMatchObject({ code: 'REGISTRY_THRESHOLD' });
    expect(await stage.offline()).toBe('first');
    stage.honest();
    expect(await stage.read()).toBe('second');
  });
});

describe('a change of keys', () => {
  it.each(ROLES)('of the role "%s" is followed, and the former key counts no longer', async (role) => {
    stage = await Stage.open();
    expect(await stage.read()).toBe('first');
    const former = await stealKeys(stage.keys);
    await stage.rotate(role);
    await stage.publish('second');
    expect(await stage.read()).toBe('second');
    expect(await stage.offline()).toBe('second');

    stage.web.folder = await stage.copy('forged');
    if (role === 'root') {
      const root = await readSigned(metadata('2.root.json'));
      root.version = 3;
      await writeSigned(metadata('3.root.json'), root, of(former, 'root'));
      stage.later(1.1);
      await expect(stage.read()).rejects.toMatchObject({ code: 'REGISTRY_ROOT_CHAIN' });
    } else {
      const current = (await stealKeys(stage.keys)).filter((key) => key.role !== role);
      await forge(stage.web.folder, [...current, ...of(former, role)], { [role]: () => undefined });
      await expect(stage.read()).rejects.toMatchObject({ code: 'REGISTRY_THRESHOLD' });
    }
    expect(await stage.offline()).toBe('second');
  });

  it('is followed over many steps, also by who comes for the first time or a year later', async () => {
    stage = await Stage.open({ root: { count: 2, threshold: 2 } });
    expect(await stage.read()).toBe('first');
    for (let step = 0; step < 2; step++) {
      stage.later(200);
      await stage.rotate('root');
      await stage.rotate('root');
    }
    await stage.publish('second');
    // The first root, which is all that the reader trusts, ran out meanwhile.
    expect(await stage.read()).toBe('second');
    expect(await stage.read()).toBe(UNCHANGED);
  });

  it('is refused when too few of the former keys vouch for it', async () => {
    stage = await Stage.open({ root: { count: 2, threshold: 2 } });
    expect(await stage.read()).toBe('first');
    const keys = of(await stealKeys(stage.keys), 'root');
    const [one] = keys;
    await forgeRoot(
      (roles) => (roles['root'] = { ...roles['root'], keyids: [one?.id ?? ''], threshold: 1 } as never),
      [one!],
    );
    await stage.publish('second');
    stage.later(1.1);
    await expect(stage.read()).rejects.toMatchObject({ code: 'REGISTRY_ROOT_CHAIN' });
    expect(await stage.offline()).toBe('first');
    stage.honest();
    expect(await stage.read()).toBe('second');
  });

  it('is refused when its own keys do not vouch for it', async () => {
    stage = await Stage.open();
    expect(await stage.read()).toBe('first');
    const keys = await stealKeys(stage.keys);
    const [other] = of(keys, 'targets');
    await forgeRoot((roles) => (roles['root'] = { ...roles['root'], keyids: [other?.id ?? ''] }), of(keys, 'root'));
    stage.later(1.1);
    await expect(stage.read()).rejects.toMatchObject({ code: 'REGISTRY_ROOT_CHAIN' });
    expect(await stage.offline()).toBe('first');
  });

  it('is refused when a version is left out', async () => {
    stage = await Stage.open();
    expect(await stage.read()).toBe('first');
    await stage.rotate('root');
    await stage.rotate('root');
    stage.web.lies.set('/metadata/2.root.json', await readFile(metadata('3.root.json')));
    stage.later(1.1);
    await expect(stage.read()).rejects.toMatchObject({ code: 'REGISTRY_ROOT_CHAIN' });
    expect(await stage.offline()).toBe('first');
  });

  it('is learned of within a day, though nothing else is new', async () => {
    stage = await Stage.open();
    expect(await stage.read()).toBe('first');
    await stage.rotate('root');
    expect(await stage.read()).toBe(UNCHANGED);
    stage.later(1.1);
    stage.web.requests.length = 0;
    await stage.read();
    expect(stage.web.requests).toContainEqual({ path: '/metadata/2.root.json', status: 200 });
  });

  it('undoes what somebody did who made versions run ahead with stolen keys', async () => {
    stage = await Stage.open();
    stage.web.folder = await stage.copy('forged');
    const ahead = (signed: { version: number }): number => (signed.version = 1_000_000);
    await forge(stage.web.folder, await stealKeys(stage.keys), { snapshot: ahead, timestamp: ahead });
    expect(await stage.read()).toBe('first');
    stage.honest();
    await stage.publish('second');
    await expect(stage.read()).rejects.toMatchObject({ code: 'REGISTRY_ROLLBACK' });
    await stage.rotate('snapshot');
    await stage.rotate('timestamp');
    expect(await stage.read()).toBe('second');
  });
});

describe('a root that ran out', () => {
  it('ends what can be read, until there is a new one', async () => {
    stage = await Stage.open();
    expect(await stage.read()).toBe('first');
    stage.later(366);
    await stage.publish('second');
    await expect(stage.read()).rejects.toMatchObject({ code: 'REGISTRY_ROOT_EXPIRED' });
    expect(await stage.offline()).toBe('first');
    await stage.rotate('root');
    expect(await stage.read()).toBe('second');
  });
});

describe('what is kept', () => {
  const changed = async (change: (text: string) => string): Promise<void> => {
    const file = join(stage.folder, 'data/registries/ours/state.json');
    await writeFile(file, change(await readFile(file, 'utf8')));
  };

  it('is verified whenever it is used', async () => {
    stage = await Stage.open();
    expect(await stage.offline()).toBeUndefined();
    await stage.read();
    stage.later(400);
    expect(await stage.offline()).toBe('first');
    const documents = join(stage.folder, 'data/registries/ours/targets');
    const [name = ''] = await readdir(documents);
    const document = await readFile(join(documents, name), 'utf8');
    await writeFile(join(documents, name), document.replace('first', 'worst'));
    await expect(stage.offline()).rejects.toMatchObject({ code: 'REGISTRY_TARGET_MISSING' });
    await writeFile(join(documents, name), document);
    await changed((text) => text.replaceAll('2031-03-08', '2039-03-08'));
    await expect(stage.offline()).rejects.toMatchObject({ code: expect.stringMatching(/^REGISTRY_/) });
  });

  it('is not silently forgotten when it is damaged', async () => {
    stage = await Stage.open();
    await stage.read();
    await changed((text) => text.slice(0, 100));
    await expect(stage.read()).rejects.toMatchObject({ code: 'REGISTRY_STATE_DAMAGED' });
    await expect(stage.offline()).rejects.toMatchObject({ code: 'REGISTRY_STATE_DAMAGED' });
  });
});
