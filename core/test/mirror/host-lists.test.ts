import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createContext } from '../../src/engine/context.ts';
import { readSettingsDocument } from '../../src/engine/settings-file.ts';
import { changeHosts, withHosts, type HostChange } from '../../src/mirror/host-lists.ts';
import { never, temporaryFolder } from '../engine/support.ts';

describe('lists of hosts', () => {
  it('have a host that is written in another way only once', () => {
    const lists = { prefer: ['https://A.example/iso', 'b.example'], ban: ['C.example', 'not a host'] };
    expect(withHosts(lists, 'prefer', ['b.example', 'a.example'])).toMatchObject({
      prefer: ['b.example', 'a.example'],
    });
    expect(withHosts(lists, 'ban', ['c.example'])).toEqual(lists);
    expect(withHosts(lists, 'unban', ['c.example'])).toEqual({ ...lists, ban: ['not a host'] });
    expect(withHosts({ prefer: [], ban: ['a.example/x.iso'] }, 'unban', ['a.example']).ban).toEqual([]);
    expect(withHosts({ prefer: [], ban: ['*'] }, 'unban', ['*']).ban).toEqual([]);
  });

  it('never have a host twice, nor on both, and lose nobody else', () => {
    const host = fc.constantFrom<string>('a.example', 'b.example', 'c.example', 'd.example');
    const change = fc.constantFrom<HostChange>('prefer', 'unprefer', 'ban', 'unban');
    const steps = fc.array(fc.tuple(change, fc.uniqueArray(host, { minLength: 1 })), { maxLength: 8 });
    fc.assert(
      fc.property(steps, (all) => {
        let lists = { prefer: [] as readonly string[], ban: [] as readonly string[] };
        for (const [kind, hosts] of all) {
          const before = lists;
          lists = withHosts(lists, kind, hosts);
          const both = [...lists.prefer, ...lists.ban];
          expect(new Set(both).size).toBe(both.length);
          if (kind === 'prefer') expect(lists.prefer.slice(0, hosts.length)).toEqual(hosts);
          if (kind === 'ban') expect(lists.ban).toEqual(expect.arrayContaining(hosts));
          for (const list of ['prefer', 'ban'] as const) {
            const others = before[list].filter((each) => !hosts.includes(each));
            expect(lists[list].filter((each) => !hosts.includes(each))).toEqual(others);
          }
        }
      }),
    );
  });

  it('are changed in the settings, and leave nothing there when they are empty', async () => {
    const context = createContext({ env: { LOOPSTICK_HOME: await temporaryFolder() } });
    const { before, after } = await changeHosts(context, 'ban', ['a.example'], never());
    expect([before.ban, after.ban]).toEqual([[], ['a.example']]);
    expect(await readSettingsDocument(context.paths.config)).toEqual({ mirrors: { ban: ['a.example'] } });
    await changeHosts(context, 'unban', ['a.example'], never());
    expect(await readSettingsDocument(context.paths.config)).toEqual({});
  });
});
