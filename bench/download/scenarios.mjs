/** What is measured. Speeds in bytes a second; MB are millions of bytes, MiB powers of two. */
const MB = 1e6;
const MiB = 1024 * 1024;

const ratio = (of, program, what) =>
  of.loopstick === undefined || of[program] === undefined ? undefined : of.loopstick[what] / of[program][what];

/** A goal, said with what was measured; nothing when that was not measured. */
const goal = (name, value, met, unit = '') =>
  figure(name, value, unit).map((line) => `goal ${line} ${met(value) ? '(met)' : '(MISSED)'}`);

const figure = (name, value, unit = '') =>
  value === undefined || Number.isNaN(value) ? [] : [`${name}: ${value.toFixed(2)}${unit}`];

const memory = (of) =>
  goal('memory under 150 MB', of.loopstick && of.loopstick.rss / MB, (value) => value < 150, ' MB');

const THREE = [20, 10, 5].map((speed, index) => ({ host: `127.0.0.${index + 2}`, rate: speed * MB }));
const SUM = 35 * MB;

/** Seconds that a download must take when nothing at all is lost at the collapse. */
const atBest = (size) => size / 3 / SUM + (size * 2) / 3 / (15.5 * MB);

function collapsing(size, title) {
  return {
    title,
    size,
    rounds: 3,
    server: { mirrors: THREE, per: 'server' },
    once: ['curl', 'wget2'],
    collapse: (all) => ({ after: all / 3, rate: 0.5 * MB }),
    // From the fastest mirror alone this takes a quarter of an hour; that it takes long is all there is to see.
    timeoutMs: 180_000,
    goals: (of, { size: all }) => [
      ...goal('at least 1.3 times as fast as aria2c', 1 / ratio(of, 'aria2c', 'wall'), (value) => value >= 1.3),
      ...figure('times as fast as aria2c, if nothing at all were lost', of.aria2c && of.aria2c.wall / atBest(all)),
      ...figure('of what the mirrors could deliver', of.loopstick && (atBest(all) / of.loopstick.wall) * 100, ' %'),
      ...memory(of),
    ],
  };
}

export const SCENARIOS = {
  a: {
    title: 'one server, unlimited (nginx)',
    size: 2048 * MiB,
    rounds: 5,
    server: 'nginx',
    goals: (of) => [
      ...goal('at most 0.6 times the time of aria2c', ratio(of, 'aria2c', 'wall'), (value) => value <= 0.6),
      ...goal('no more processor time than aria2c', ratio(of, 'aria2c', 'cpu'), (value) => value <= 1),
      ...memory(of),
    ],
  },
  disk: {
    title: 'one server, unlimited (nginx), written to the disk of the temporary folder',
    size: 2048 * MiB,
    rounds: 3,
    server: 'nginx',
    onDisk: true,
    goals: (of) => [...figure('times the time of aria2c', ratio(of, 'aria2c', 'wall')), ...memory(of)],
  },
  b: {
    title: 'three mirrors at 20, 10 and 5 MB/s; curl and wget2 from the fastest',
    size: 1050 * MB,
    rounds: 3,
    server: { mirrors: THREE, per: 'server' },
    // They take as long as one mirror needs, always.
    once: ['curl', 'wget2'],
    goals: (of, { size }) => [
      ...goal(
        'at least 97 % of the sum of the rates',
        of.loopstick && (size / of.loopstick.wall / SUM) * 100,
        (value) => value >= 97,
        ' %',
      ),
      ...figure('the same for aria2c', of.aria2c && (size / of.aria2c.wall / SUM) * 100, ' %'),
      ...memory(of),
    ],
  },
  c: collapsing(1050 * MB, 'as b, and the fastest mirror falls to 0.5 MB/s after a third of the file'),
  // aria2c needs 10 s to notice, whatever the size: the smaller the file, the more that matters.
  c100: collapsing(100 * MB, 'as c, with a smaller file'),
  d16: {
    title: 'one server at 5 MB/s a connection, up to 16 connections',
    size: 800 * MB,
    rounds: 3,
    connections: 16,
    server: { mirrors: [{ host: '127.0.0.2', rate: 5 * MB }], per: 'connection' },
    // One connection takes 160 s and teaches nothing, and more wget2 1.99 does not open.
    without: ['curl', 'wget2'],
    goals: (of) => [...figure('times the time of aria2c', ratio(of, 'aria2c', 'wall')), ...memory(of)],
  },
  d4: {
    title: 'one server at 5 MB/s a connection, up to 4 connections',
    size: 400 * MB,
    rounds: 3,
    connections: 4,
    server: { mirrors: [{ host: '127.0.0.2', rate: 5 * MB }], per: 'connection' },
    without: ['curl', 'wget2'],
    goals: (of) => [...figure('times the time of aria2c', ratio(of, 'aria2c', 'wall')), ...memory(of)],
  },
  e: {
    title: 'killed (SIGKILL) at half of the file, then resumed; one server at 100 MB/s',
    size: 1024 * MiB,
    rounds: 3,
    killAt: 0.5,
    server: { mirrors: [{ host: '127.0.0.2', rate: 100 * MB }], per: 'server' },
    goals: (of, { size }) => [
      // Four connections to one server, each in the middle of a piece of 4 MiB.
      ...goal(
        'not one byte twice beyond the segments in flight (16 MiB)',
        of.loopstick && (of.loopstick.fetched - size) / MiB,
        (value) => value <= 16,
        ' MiB twice',
      ),
      ...memory(of),
    ],
  },
};
