import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { describe, expect, test } from 'vitest';

import { lookForProcess, processIdentitySchema, thisProcess } from '../../src/engine/process-identity.ts';

describe('a process', () => {
  test('knows itself, also from what it wrote down', async () => {
    const self = processIdentitySchema.parse(JSON.parse(JSON.stringify(await thisProcess())));
    expect(self.pid).toBe(process.pid);
    expect(await lookForProcess(self)).toBe('running');
  });

  test('has ended when its id belongs to one that started at another time, or before this boot', async () => {
    const self = await thisProcess();
    expect(await lookForProcess({ ...self, started: '1' })).toBe('ended');
    expect(await lookForProcess({ ...self, boot: '00000000-0000-0000-0000-000000000000' })).toBe('ended');
  });

  test('has ended when it was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    await once(child, 'spawn');
    const killed = { ...(await thisProcess()), pid: child.pid ?? 0, started: '' };
    expect(await lookForProcess(killed)).toBe('running');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await lookForProcess(killed)).toBe('ended');
  });

  test('of another machine or another container may run or not', async () => {
    const self = await thisProcess();
    expect(await lookForProcess({ ...self, host: 'another.example' })).toBe('elsewhere');
    expect(await lookForProcess({ ...self, started: '1', namespace: 'pid:[1]' })).toBe('elsewhere');
    // Copies of one virtual machine often have one name.
    const boot = '00000000-0000-0000-0000-000000000000';
    expect(await lookForProcess({ ...self, machine: 'f'.repeat(32), boot })).toBe('elsewhere');
  });

  test('of another container has ended when the machine was started again since', async () => {
    const boot = '00000000-0000-0000-0000-000000000000';
    expect(await lookForProcess({ ...(await thisProcess()), boot, namespace: 'pid:[1]' })).toBe('ended');
  });

  test('that wrote down nothing of its container may run or not', async () => {
    const { namespace, ...self } = await thisProcess();
    expect(namespace).not.toBe('');
    expect(await lookForProcess(processIdentitySchema.parse(self))).toBe('elsewhere');
  });
});
