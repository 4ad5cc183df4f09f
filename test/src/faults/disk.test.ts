/** Disks that are full or may not be written to, and files that are touched by others. */
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';

import { describe, expect } from 'vitest';

import { expectBytes } from './expectations.ts';
import { it, sentBy, type Stage, type StageServer } from './stage.ts';
import { CAN_MOUNT, mountDisk, NEEDS_MOUNT } from './small-disk.ts';

const MiB = 1024 * 1024;

/** A server at a pace that the command keeps up with, which holds back what is beyond so many bytes. */
function serveUntil(stage: Stage, after: number): Promise<StageServer> {
  return stage.serve([], { totalRate: 3 * MiB, hold: { after } });
}

describe.concurrent(`a disk${NEEDS_MOUNT}`, () => {
  it.skipIf(!CAN_MOUNT)('with too little room is refused before the first byte', async ({ stage, onTestFinished }) => {
    await mountDisk(stage.target, 4 * MiB, onTestFinished);
    const server = await stage.serve();
    expect(await stage.command(server)).toMatchObject({ exitCode: 7, code: 'DOWNLOAD_SPACE' });
    expect(sentBy(server)).toBeLessThan(10);
    expect(await stage.list()).toEqual([]);
  });

  it.skipIf(!CAN_MOUNT)('that others fill half-way costs nothing that is there', async ({ stage, onTestFinished }) => {
    const disk = await mountDisk(stage.target, 12 * MiB, onTestFinished);
    const server = await serveUntil(stage, 3 * MiB);
    const running = stage.command(server);
    await Promise.race([server.held, running]);
    await disk.fill();
    server.release();
    const outcome = await running;
    expect(outcome.exitCode).toBe(7);
    expect(outcome.code).toMatch(/^(ENOSPC|DOWNLOAD_SPACE)$/);
    expect(await stage.list()).not.toContain('image.iso');
    await disk.drain();
    const before = sentBy(server);
    await expectBytes(stage, await stage.command(server));
    expect(sentBy(server) - before).toBeLessThan(stage.content.length - 1.5 * MiB);
  });

  it.skipIf(!CAN_MOUNT)('that is full already is said at once', async ({ stage, onTestFinished }) => {
    const disk = await mountDisk(stage.target, 8 * MiB, onTestFinished);
    await disk.fill();
    const outcome = await stage.command(await stage.serve());
    expect(outcome.exitCode).toBe(7);
    expect(outcome.code).toMatch(/^(ENOSPC|DOWNLOAD_SPACE)$/);
    expect(await stage.list()).not.toContain('image.iso');
  });

  it.skipIf(!CAN_MOUNT)('that is full where the records are costs no file', async ({ stage, onTestFinished }) => {
    const disk = await mountDisk(`${stage.folder}/full-home`, 256 * 1024, onTestFinished);
    await disk.fill();
    const server = await stage.serve();
    const outcome = await stage.command(server, { home: disk.folder });
    // It can do without the records, or say that it cannot; then it works when there is room.
    if (outcome.exitCode !== 0) expect(outcome).toMatchObject({ exitCode: 7, code: 'ENOSPC' });
    await disk.drain();
    await expectBytes(stage, await stage.command(server, { home: disk.folder }));
  });

  it.skipIf(!CAN_MOUNT)('that fills where the records are half-way', async ({ stage, onTestFinished }) => {
    const disk = await mountDisk(`${stage.folder}/full-home`, 2 * MiB, onTestFinished);
    const server = await serveUntil(stage, 2 * MiB);
    const running = stage.command(server, { home: disk.folder });
    await Promise.race([server.held, running]);
    await disk.fill();
    server.release();
    const outcome = await running;
    if (outcome.exitCode !== 0) expect(outcome).toMatchObject({ exitCode: 7, code: 'ENOSPC' });
    await disk.drain();
    await expectBytes(stage, await stage.command(server, { home: disk.folder }));
  });

  it.skipIf(!CAN_MOUNT)('that is read-only is said before anybody is asked', async ({ stage, onTestFinished }) => {
    const disk = await mountDisk(stage.target, 16 * MiB, onTestFinished);
    disk.makeReadOnly();
    const server = await stage.serve();
    expect(await stage.command(server)).toMatchObject({ exitCode: 11, code: 'EROFS' });
    expect(server.requests).toEqual([]);
  });

  it.skipIf(!CAN_MOUNT)('that becomes read-only half-way is said', async ({ stage, onTestFinished }) => {
    const disk = await mountDisk(stage.target, 16 * MiB, onTestFinished);
    const server = await serveUntil(stage, 2 * MiB);
    const running = stage.command(server);
    await Promise.race([server.held, running]);
    // Forced, since files are open: as the system does when the device fails.
    const forced = spawnSync('mount', ['-o', 'remount,ro', disk.folder]).status === 0;
    server.release();
    const outcome = await running;
    if (forced) expect(outcome).toMatchObject({ exitCode: 11, code: 'EROFS' });
    else await expectBytes(stage, outcome);
  });
});

describe.concurrent('a folder', () => {
  it('that may not be written to is said before anybody is asked', async ({ stage }) => {
    await chmod(stage.folder, 0o755);
    await chmod(stage.home, 0o777);
    await chmod(stage.target, 0o555);
    const server = await stage.serve();
    const home = `${stage.folder}/home-of-nobody`;
    await mkdir(home);
    await chmod(home, 0o777);
    const outcome = await stage.command(server, { unprivileged: true, home });
    expect(outcome).toMatchObject({ exitCode: 11, code: 'EACCES' });
    expect(server.requests).toEqual([]);
  });
});

describe.concurrent('a place', () => {
  it.for<[string, (stage: Stage) => unknown]>([
    ['a folder', ({ destination }) => mkdir(destination)],
    ['a pipe', ({ destination }) => spawnSync('mkfifo', [destination])],
  ])('where %s is, is refused', async ([, occupy], { stage }) => {
    await occupy(stage);
    const server = await stage.serve();
    expect(await stage.fetch(server)).toMatchObject({ exitCode: 8, code: 'DOWNLOAD_NOT_A_FILE' });
    expect(sentBy(server)).toBe(0);
  });

  it('where the unfinished file is taken away half-way ends with no wrong file', async ({ stage }) => {
    const server = await serveUntil(stage, 2 * MiB);
    const running = stage.command(server);
    await Promise.race([server.held, running]);
    await rm(`${stage.destination}.part`);
    server.release();
    const outcome = await running;
    if (outcome.exitCode !== 0) expect(await stage.list()).not.toContain('image.iso');
    else await expectBytes(stage, outcome);
    await stage.clear();
    await expectBytes(stage, await stage.command(server));
  });

  it('where somebody puts a file half-way keeps it', async ({ stage }) => {
    const server = await serveUntil(stage, 2 * MiB);
    const running = stage.command(server);
    await Promise.race([server.held, running]);
    await writeFile(stage.destination, 'precious');
    server.release();
    expect(await running).toMatchObject({ exitCode: 8, code: 'DOWNLOAD_DESTINATION_EXISTS' });
    expect((await stage.read()).toString()).toBe('precious');
  });
});
