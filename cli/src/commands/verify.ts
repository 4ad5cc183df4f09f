import {
  algorithmsOf,
  differing,
  digestFiles,
  ENGINE_ERRORS,
  failure,
  formatBytes,
  formatChecksumLine,
  systemCode,
  VERIFY_ERRORS,
  verifyFiles,
  verifyListed,
  type Digests,
  type DigestsResult,
  type Engine,
  type VerifyResult,
} from '@loopstick/core';

import { CLI_ERRORS } from '../cli-errors.ts';
import { digestsOf, type DigestOptions } from '../digest-options.ts';
import { showProgress } from '../output/progress.ts';
import { describeError } from '../output/report.ts';
import type { Terminal } from '../output/terminal.ts';
import type { Session } from '../session.ts';

const COMMAND = 'loopstick verify';

interface VerifyOptions extends DigestOptions {
  readonly checksums?: string;
}

export async function verify(session: Session, files: readonly string[], options: VerifyOptions): Promise<void> {
  const { terminal } = session;
  const expected = digestsOf(options, COMMAND);
  const isExpected = algorithmsOf(expected).length > 0;
  if (isExpected && options.checksums !== undefined) throw usage('give either a checksum or a list of them');
  if (files.length === 0 && options.checksums === undefined) throw usage('name the files to verify');

  const engine = await session.engine();
  const stop = showProgress(engine.events, terminal);
  try {
    const isCompared = isExpected || options.checksums !== undefined;
    const results = isCompared
      ? await compare(engine, files, expected, options.checksums, session.signal)
      : await digestFiles(engine, files, ['sha256'], { signal: session.signal });
    stop();
    terminal.document(results.map(asDocument));
    for (const result of results) print(terminal, result);
    throwForWorst(results);
  } finally {
    stop();
  }
}

function compare(
  engine: Engine,
  files: readonly string[],
  expected: Digests,
  list: string | undefined,
  signal: AbortSignal,
): Promise<VerifyResult[]> {
  if (list !== undefined) return verifyListed(engine, list, files, { signal });
  const wishes = files.map((file) => ({ file, expected }));
  return verifyFiles(engine, wishes, { signal });
}

type Result = DigestsResult | VerifyResult;

function asDocument(result: Result): object {
  const { problem, ...rest } = result;
  if (problem === undefined) return rest;
  const { code, message, hint } = describeError(nameable(result));
  return { ...rest, error: { code, message, hint } };
}

function print(terminal: Terminal, result: Result): void {
  const { file, size = 0, actual, problem } = result;
  if (problem !== undefined) {
    terminal.data(`FAILED    ${file}: ${describeError(nameable(result)).message}`, 'red');
  } else if (!('expected' in result)) {
    terminal.data(formatChecksumLine(file, actual.sha256 ?? ''));
  } else if (result.ok) {
    terminal.data(`ok        ${file}: ${formatBytes(size)}, ${algorithmsOf(actual).join(' and ')}`, 'green');
  } else {
    terminal.data(`DIFFERS   ${file}`, 'red');
    for (const algorithm of differing(result.expected, actual)) {
      terminal.data(`  ${algorithm} wanted ${result.expected[algorithm] ?? ''}`);
      terminal.data(`  ${algorithm} is     ${actual[algorithm] ?? ''}`);
    }
  }
}

/** A wrong file weighs more than one that could not be read. */
function throwForWorst(results: readonly Result[]): void {
  const wrong = results.filter((result) => result.problem === undefined && 'ok' in result && !result.ok);
  if (wrong.length > 0) {
    throw failure(VERIFY_ERRORS.differs, { files: wrong.map(({ file }) => file).join(', ') });
  }
  const failed = results.find(({ problem }) => problem !== undefined);
  if (failed !== undefined) throw nameable(failed);
}

/** The problem with a file, in words that name the file. */
function nameable({ file, problem }: Result): unknown {
  if (systemCode(problem) !== 'ENOENT') return problem;
  return failure(ENGINE_ERRORS.fileMissing, { file }, { cause: problem });
}

function usage(problem: string): Error {
  return failure(CLI_ERRORS.usage, { problem, command: COMMAND });
}
