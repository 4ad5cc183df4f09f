import { fileURLToPath } from 'node:url';

import { execa } from 'execa';

import { ShownText } from './shown-text.ts';

/** A command that runs in a terminal of its own, which `script` of util-linux makes. */
export interface TypedInTerminal {
  type(keys: string): void;
  /** Resolves when this text has appeared. @throws when the command ends without having shown it */
  shows(text: string): Promise<void>;
  readonly exitCode: Promise<number | undefined>;
}

const PROGRAM = fileURLToPath(new URL('../../../cli/bin/loopstick.js', import.meta.url));

interface Sitting {
  readonly home: string;
  readonly cwd: string;
  /** With nobody there: else the catalog would be synced afterwards, with the whole web. */
  readonly CI?: '1' | '';
}

/** Starts `loopstick` with a terminal at both ends. */
export function inTerminal(args: readonly string[], { home, cwd, CI = '1' }: Sitting): TypedInTerminal {
  const words = [process.execPath, PROGRAM, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const child = execa('script', ['--quiet', '--return', '--command', `exec ${words.join(' ')}`, '/dev/null'], {
    ...{
      cwd,
      reject: false,
      stdin: 'pipe',
      env: { LOOPSTICK_HOME: home, TERM: 'xterm', SHELL: '/bin/sh', CI },
    },
  });
  const shown = new ShownText();
  child.stdout.on('data', (data: Buffer) => {
    shown.add(data.toString());
  });
  void child.then(() => {
    shown.end();
  });
  return {
    type: (keys) => void child.stdin.write(keys),
    shows: (text) => shown.shows(text),
    exitCode: child.then(({ exitCode }) => exitCode),
  };
}
