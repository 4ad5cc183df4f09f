import { join } from 'node:path';

import { execa } from 'execa';

export interface Show {
  heading(text: string): void;
  line(text: string): void;
  /** Runs `loopstick` with these arguments and shows the command and all it prints. @throws when it fails */
  run(args: readonly string[]): Promise<void>;
}

/** @param options.home where the demo's Loopstick keeps its things, apart from the user's own */
export function createShow(options: {
  readonly repository: string;
  readonly home: string;
  readonly signal: AbortSignal;
}): Show {
  const line = (text: string): void => {
    console.log(text);
  };
  return {
    line,
    heading: (text) => {
      line(`\n== ${text}`);
    },
    async run(args) {
      line(`\n$ npx loopstick ${args.map(quoted).join(' ')}`);
      const { exitCode } = await execa(process.execPath, [join(options.repository, 'cli/bin/loopstick.js'), ...args], {
        cwd: options.repository,
        env: { LOOPSTICK_HOME: options.home },
        stdio: ['ignore', 'inherit', 'inherit'],
        cancelSignal: options.signal,
        reject: false,
      });
      options.signal.throwIfAborted();
      if (exitCode !== 0) throw new Error(`"loopstick ${args.join(' ')}" ended with exit code ${String(exitCode)}`);
    },
  };
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
