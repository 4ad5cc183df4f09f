import { isLoopstickError, messageOf, systemCode } from '@loopstick/core';

import { EXIT_CODES } from '../exit-codes.ts';
import { createPaint } from './style.ts';

/** Prints an error: what, where, what next. Returns the exit code that belongs to it. */
export function reportError(error: unknown, options: { readonly json: boolean; readonly color: boolean }): number {
  const { code, message, hint, exit, pluginId } = describeError(error);
  const stack = process.env['LOOPSTICK_DEBUG'] !== undefined && error instanceof Error ? stackOf(error) : undefined;
  if (options.json) {
    process.stderr.write(`${JSON.stringify({ error: { code, message, hint, pluginId, exitCode: exit, stack } })}\n`);
  } else {
    const paint = createPaint({ isTTY: options.color && process.stderr.isTTY, env: process.env });
    process.stderr.write(`${exit === EXIT_CODES.interrupted ? '' : `${paint('red', 'error:')} `}${message}\n`);
    if (hint !== '') process.stderr.write(`${paint('dim', 'hint:')} ${hint}\n`);
    if (stack !== undefined) process.stderr.write(`${stack}\n`);
  }
  return exit;
}

interface Description {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly exit: number;
  readonly pluginId?: string | undefined;
}

/** An error of any kind, as it is shown. */
export function describeError(error: unknown): Description {
  if (error instanceof Error && error.name === 'CommanderError') {
    const message = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
    return { code: 'CLI_USAGE', message, hint: 'Run the command with --help.', exit: EXIT_CODES.usage };
  }
  if (isLoopstickError(error)) {
    const { code, message, hint, category, pluginId } = error;
    return { code, message, hint, exit: EXIT_CODES[category], pluginId };
  }
  const code = systemCode(error);
  if (code !== undefined) {
    return {
      code,
      message: messageOf(error),
      hint: SYSTEM_HINTS[code] ?? 'Check the path and its permissions.',
      exit: EXIT_CODES[code === 'ENOSPC' ? 'space' : 'system'],
    };
  }
  return {
    code: 'INTERNAL',
    message: `unexpected: ${messageOf(error)}`,
    hint: 'Please report this; LOOPSTICK_DEBUG=1 shows where it happened.',
    exit: EXIT_CODES.internal,
  };
}

const SYSTEM_HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free some space and run the same command again.',
  EROFS: 'The file system is read-only: choose another place.',
  EACCES: 'You may not read or write this; check its permissions, or your membership of the group that may.',
  EPERM: 'You may not do this; check the permissions.',
  ENOENT: 'Check the name.',
};

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
