import { believedSpeed, mirrorName, successProbability, type MirrorCandidate, type Measurement } from '@loopstick/core';

import { hostOf, milliseconds, probeDocument, speedCell } from './mirror-words.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** A mirror under test; without a probe, it has not been asked yet, or does not answer yet. */
export interface TestedMirror {
  readonly candidate: MirrorCandidate;
  readonly state: 'waiting' | 'measuring' | 'done';
  readonly probe?: Measurement | undefined;
}

const HEAD = ['MIRROR', 'CONNECT', 'FIRST BYTE', 'SPEED', 'FILE', 'SCORE', 'PROBLEM'];

/** Bytes a second that are to be expected of a mirror, given how likely it is to deliver; undefined when it is out. */
function scoreOf({ candidate, probe }: TestedMirror): number | undefined {
  if (probe?.state !== 'current') return undefined;
  const speed = believedSpeed({ ...candidate, probe })?.mean;
  return speed === undefined ? undefined : speed * successProbability({ ...candidate, probe });
}

/** Best first; those that cannot be used last, in the order in which they were asked. */
function byScore(tested: readonly TestedMirror[]): TestedMirror[] {
  return [...tested].sort((a, b) => (scoreOf(b) ?? -1) - (scoreOf(a) ?? -1));
}

function testedDocument(tested: TestedMirror): object {
  const { candidate, probe } = tested;
  const { url, mirror, country } = candidate;
  return {
    ...{ url: mirrorName(url), mirror, country },
    ...(probe === undefined ? {} : probeDocument(probe)),
    score: scoreOf(tested),
  };
}

/**
 * Shows a test of mirrors: on a terminal a table that is redrawn, with its last state left there; elsewhere a line for
 * each mirror as soon as it has been measured; with --json an object each.
 */
export class MirrorTestView {
  readonly #terminal: Terminal;
  /** Of the first column: known before anything is measured. */
  readonly #width: number;

  constructor(terminal: Terminal, candidates: readonly MirrorCandidate[]) {
    this.#terminal = terminal;
    this.#width = Math.max(...candidates.map(({ url }) => hostOf(url).length), HEAD[0]?.length ?? 0);
    if (!terminal.interactive) terminal.data(this.#line(HEAD));
  }

  /** @param changed the one that is no longer what it was */
  update(all: readonly TestedMirror[], changed: TestedMirror): void {
    if (this.#terminal.interactive) {
      const lines = table(HEAD, all.map(cellsOf)).map((line) => line.slice(0, this.#terminal.columns - 1));
      this.#terminal.status(lines.slice(0, this.#terminal.rows - 1));
    } else if (changed.state === 'done') {
      this.#terminal.data(this.#line(cellsOf(changed)));
      this.#terminal.event('measured', testedDocument(changed));
    }
  }

  end(all: readonly TestedMirror[]): void {
    this.#terminal.status([]);
    const measured = byScore(all).filter(({ probe }) => probe !== undefined);
    this.#terminal.document(measured.map(testedDocument));
    if (!this.#terminal.interactive) return;
    for (const line of table(HEAD, measured.map(cellsOf))) this.#terminal.data(line);
  }

  #line([host = '', ...cells]: readonly string[]): string {
    return [host.padEnd(this.#width), ...cells.map((cell) => cell.padEnd(10))].join('  ').trimEnd();
  }
}

function cellsOf(tested: TestedMirror): string[] {
  const { candidate, state, probe } = tested;
  const host = hostOf(candidate.url);
  if (probe === undefined) return [host, '', '', '', state === 'measuring' ? 'asked …' : '', '', ''];
  return [
    host,
    milliseconds(probe.connectMs),
    milliseconds(probe.firstByteMs),
    speedCell(probe.speed),
    probe.state,
    speedCell(scoreOf(tested)),
    probe.problem ?? '',
  ];
}
