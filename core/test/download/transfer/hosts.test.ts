import { describe, expect, it } from 'vitest';

import { hostRecordSchema, type HostMemory, type HostRecord } from '../../../src/download/transfer/host-record.ts';
import { Hosts, type Host } from '../../../src/download/transfer/hosts.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ADDRESS = 'https://mirror.example/iso/image.iso';

/** A machine: its clocks, and what its processes remember. */
class World implements HostMemory {
  clock = 50_000;
  wall = Date.UTC(2026, 0, 1);
  readonly records = new Map<string, HostRecord>();

  pass(ms: number): void {
    this.clock += ms;
    this.wall += ms;
  }

  load(host: string): HostRecord | undefined {
    return this.records.get(host);
  }

  save(host: string, record: HostRecord): void {
    // As a database gives it back.
    this.records.set(host, hostRecordSchema.parse(JSON.parse(JSON.stringify(record))));
  }

  /** The host as a new process sees it, whose clock begins anywhere. */
  process(memory: HostMemory | undefined = this, perHost = 4): Host {
    const offset = this.clock - 7;
    return new Hosts({
      clock: () => this.clock - offset,
      now: () => new Date(this.wall),
      perHost,
      random: () => 0,
      memory,
    }).at(ADDRESS);
  }
}

describe('a host', () => {
  it('is one for all addresses of a server', () => {
    const options = { clock: () => 0, now: () => new Date(0), perHost: 4, random: () => 0 };
    const hosts = new Hosts(options);
    const host = hosts.at(ADDRESS);
    expect(host.name).toBe('https://mirror.example');
    for (const same of ['https://mirror.example:443/other', 'https://user:secret@MIRROR.example/?token=1']) {
      expect(hosts.at(same)).toBe(host);
    }
    for (const other of [
      'http://mirror.example/',
      'https://mirror.example:8443/',
      'https://example/',
      'ftp://mirror.example/',
    ]) {
      expect(hosts.at(other)).not.toBe(host);
    }
    expect(hosts.at('ftp://a.example:2121/x').name).toBe('ftp://a.example:2121');
    expect(hosts.at('no address').name).toBe('no address');
  });

  it('takes as many connections as are set', () => {
    const host = new World().process();
    const releases = Array.from({ length: 4 }, () => {
      expect(host.wait()).toBe(0);
      return host.open();
    });
    expect([host.connections, host.cap]).toEqual([4, 4]);
    expect(host.wait()).toBeGreaterThan(0);
    expect(host.wait()).toBeLessThan(1000);
    releases[0]?.();
    releases[0]?.();
    expect(host.connections).toBe(3);
    expect(host.wait()).toBe(0);
  });

  it('that refuses a connection is not asked for as many again, for a day', () => {
    const world = new World();
    const host = world.process();
    const releases = [host.open(), host.open(), host.open()];
    releases[2]?.();
    host.refused(true);
    expect([host.cap, host.connections]).toEqual([2, 2]);
    expect(host.wait()).toBeGreaterThan(0);
    releases[1]?.();
    host.refused(true);
    releases[0]?.();
    host.refused(true);
    expect([host.cap, host.wait()]).toEqual([1, 0]);
    world.pass(DAY - 1);
    expect(host.cap).toBe(1);
    world.pass(1);
    expect(host.cap).toBe(4);
  });

  it('of which one connection broke off is believed to take fewer only when it happens again', () => {
    const world = new World();
    const host = world.process();
    const releases = [host.open(), host.open(), host.open(), host.open()];
    for (const release of releases.slice(2)) {
      // Two at the same moment are one piece of bad luck.
      release();
      host.refused(false);
    }
    expect(host.cap).toBe(2);
    world.pass(1_000);
    expect([host.cap, world.process().cap]).toEqual([4, 4]);
    world.pass(59_000);
    host.open();
    host.refused(false);
    world.pass(1_000);
    expect(host.cap).toBe(4);
    host.refused(false);
    world.pass(DAY - 1);
    expect([host.cap, world.process().cap]).toEqual([3, 3]);
  });

  it('that is busy now and then broke off keeps to what it said', () => {
    const world = new World();
    const host = world.process();
    host.open();
    host.refused(true);
    world.pass(1_000);
    host.refused(false);
    world.pass(DAY - 1_001);
    expect(host.cap).toBe(1);
    world.pass(1);
    expect(host.cap).toBe(4);
  });

  it('is not asked before the time that it has named, and a shorter time does not count', () => {
    const world = new World();
    const host = world.process();
    expect(host.parkedFor()).toBe(0);
    host.park(10_000);
    host.park(2_000);
    host.park(Number.NaN);
    expect([host.wait(), host.parkedFor()]).toEqual([10_000, 10_000]);
    world.pass(9_999);
    expect(host.wait()).toBe(1);
    world.pass(1);
    expect([host.wait(), host.parkedFor()]).toEqual([0, 0]);
  });

  it('that fails again and again is left alone, then tried once', () => {
    const world = new World();
    const host = world.process();
    const fail = (): void => {
      host.open()();
      host.failed('transient');
    };
    for (let time = 0; time < 4; time++) fail();
    host.open();
    host.delivered(1, 1);
    for (let time = 0; time < 4; time++) fail();
    expect(host.wait()).toBe(0);
    fail();
    expect(host.wait()).toBe(30_000);
    world.pass(30_000);
    expect(host.wait()).toBe(0);
    const release = host.open();
    expect(host.wait()).toBeGreaterThan(0);
    release();
    // Given up without a verdict: the next one may try.
    expect(host.wait()).toBe(0);
    fail();
    expect(host.wait()).toBe(60_000);
    world.pass(60_000);
    host.open();
    host.delivered(1, 1);
    expect(host.wait()).toBe(0);
  });

  it('that answers, if only that it does not have a file, is alive', () => {
    const host = new World().process();
    for (let time = 0; time < 20; time++) host.failed(time % 5 === 4 ? 'mirror' : 'transient');
    expect(host.wait()).toBe(0);
    for (let time = 0; time < 20; time++) {
      if (time % 5 === 4) host.answered();
      else host.failed('transient');
    }
    expect([host.wait(), host.speed]).toEqual([0, undefined]);
  });

  it('waits by the monotonic clock, whatever the other one does', () => {
    const world = new World();
    const host = world.process();
    host.park(10_000);
    for (let time = 0; time < 5; time++) host.failed('transient');
    host.refused(true);
    for (const wall of [0, Date.UTC(2100, 0, 1)]) {
      world.wall = wall;
      expect([host.parkedFor(), host.wait(), host.cap]).toEqual([10_000, 30_000, 1]);
    }
    world.clock += 30_000;
    expect(host.wait()).toBe(0);
  });

  it('has the speed of its connections, in which the past counts for less', () => {
    const world = new World();
    const host = world.process();
    expect(host.speed).toBeUndefined();
    host.delivered(0, 100);
    expect(host.speed).toBeUndefined();
    host.delivered(1_000_000, 1000);
    expect(host.speed).toBe(1_000_000);
    host.delivered(3_000_000, 1000);
    expect(host.speed).toBe(2_000_000);
    world.pass(3 * DAY);
    host.delivered(2_000_000, 500);
    // Half of 4 MB in 2 s, and 2 MB in 0.5 s.
    expect(host.speed).toBeCloseTo(4_000_000 / 1.5);
    host.delivered(1e9, 1_000_000);
    host.delivered(3_000_000_000, 600_000);
    expect((host.speed ?? 0) / 3_000_000).toBeCloseTo(1, 2);
  });
});

describe('what is remembered of a host', () => {
  it('holds for the next process', () => {
    const world = new World();
    const first = world.process();
    first.open();
    first.open();
    first.refused(true);
    first.park(HOUR);
    first.delivered(5_000_000, 1000);
    world.pass(HOUR / 2);
    const next = world.process();
    expect(next.cap).toBe(2);
    expect(next.parkedFor()).toBe(HOUR / 2);
    expect(next.speed).toBeCloseTo(5_000_000);
    expect(next.connections).toBe(0);
    world.pass(DAY - HOUR / 2 - 1);
    expect([next.cap, next.parkedFor()]).toEqual([2, 0]);
    expect(world.process().cap).toBe(2);
    world.pass(1);
    expect([next.cap, world.process().cap]).toEqual([4, 4]);
  });

  it('is not made to last longer by another process', () => {
    const world = new World();
    const first = world.process();
    first.refused(true);
    world.pass(DAY / 2);
    world.process().delivered(1, 1);
    world.pass(DAY / 2);
    expect(world.process().cap).toBe(4);
  });

  it('is forgotten after a month', () => {
    const world = new World();
    world.process().delivered(5_000_000, 1000);
    world.pass(30 * DAY - 1);
    expect(world.process().speed).toBeCloseTo(5_000_000);
    world.pass(1);
    expect(world.process().speed).toBeUndefined();
  });

  it('reaches a process that runs already', () => {
    const world = new World();
    const [one, other] = [world.process(), world.process()];
    expect(other.wait()).toBe(0);
    one.park(60_000);
    world.pass(5_000);
    expect(other.wait()).toBe(55_000);
    // And it is not lost by what the other one has to say.
    other.delivered(1, 1);
    expect(world.process().parkedFor()).toBe(55_000);
  });

  it('does not last longer when the clock is set back, and ends when it is set forward', () => {
    const world = new World();
    const first = world.process();
    first.park(HOUR);
    first.refused(true);
    world.wall -= 365 * DAY;
    expect(world.process().parkedFor()).toBe(HOUR);
    world.wall += 400 * DAY;
    expect([world.process().parkedFor(), world.process().cap]).toEqual([0, 4]);
  });

  it('may be lost without harm', () => {
    const broken: HostMemory = {
      load: () => {
        throw new Error('cannot read');
      },
      save: () => {
        throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      },
    };
    const host = new World().process(broken);
    host.park(1000);
    host.delivered(1000, 1);
    expect([host.parkedFor(), host.speed]).toEqual([1000, 1_000_000]);
  });
});
