import { fileURLToPath } from 'node:url';

import { execa } from 'execa';

/** A command that runs in a terminal of its own, which `script` of util-linux makes. */
export interface TypedInTerminal {
  type(keys: string): void;
  /** Resolves when this text has appeared. */
  shows(text: string): Promise<void>;
  readonly exitCode: Promise<number | undefined>;
}

const PROGRAM = fileURLToPath(new URL('../../../cli/bin/loopstick.js', import.meta.url));

/** Starts `loopstick` with a terminal at both ends. */
export function inTerminal(
  args: readonly string[],
  { home, cwd }: { readonly home: string; readonly cwd: string },
): TypedInTerminal {
  const words = [process.execPath, PROGRAM, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const child = execa('script', ['--quiet', '--return', '--command', `exec ${words.join(' ')}`, '/dev/null'], {
    ...{ cwd, reject: false, stdin: 'pipe', env: { LOOPSTICK_HOME: home, TERM: 'xterm', SHELL: '/bin/sh' } },
  });
  let shown = '';
  const waiting = new Set<() => void>();
  child.stdout.on('data', (data: Buffer) => {
    shown += data.toString();
    for (const look of waiting) look();
  });
  return {
    type: (keys) => void child.stdin.write(keys),
    shows: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!shown.includes(text)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    exitCode: child.then(({ exitCode }) => exitCode),
  };
}
