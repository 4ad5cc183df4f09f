import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { completionScript } from '../src/commands/completion.ts';
import { createProgram } from '../src/program.ts';

const run = promisify(execFile);
const { program } = createProgram(new AbortController().signal);

/** What the command itself says when the script asks. */
const STRATEGIES = JSON.stringify([
  { name: 'one', description: 'the "name": "no"' },
  { name: 'other' },
  { name: '$(echo bad)' },
]);

/** What bash offers for the last of these words. */
async function bash(...words: string[]): Promise<string[]> {
  const ask = `loopstick() { echo '${STRATEGIES}'; }; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _loopstick; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const script = `${completionScript('bash', program)}\n${ask}`;
  const { stdout } = await run('bash', ['--norc', '-c', script, 'bash', 'loopstick', ...words], { cwd: '/' });
  return stdout.split('\n').filter((word) => word !== '');
}

describe('completion in bash', () => {
  it('offers commands, their commands, options and values', async () => {
    expect(await bash('b')).toEqual(['build', 'boot']);
    expect(await bash('stick', '')).toEqual(expect.arrayContaining(['list', 'verify']));
    expect(await bash('build', '--dev')).toEqual(['--device', '--device-serial']);
    expect(await bash('build', 'ubuntu', '--accept', '')).toEqual(['signed', 'registry', 'tls', 'none']);
    expect(await bash('completion', 'f')).toEqual(['fish']);
  });

  it('offers the strategies and bootloaders that plugins bring, and the names of settings', async () => {
    expect(await bash('download', 'ubuntu', '--mirror-strategy', '')).toEqual(['one', 'other']);
    expect(await bash('build', 'ubuntu', '--bootloader', '')).toEqual(['one', 'other']);
    expect(await bash('config', 'set', 'mirrors.st')).toEqual(['mirrors.strategy']);
    expect(await bash('config', 'unset', 'mirrors.ow')).toEqual(['mirrors.own.']);
  });

  it('is not led astray by options before the command', async () => {
    expect(await bash('--json', 'catalog', 'sh')).toEqual(['show']);
  });

  it('offers files where nothing else fits', async () => {
    expect(await bash('inspect', 'et')).toContain('etc');
  });
});

describe.each(['bash', 'zsh', 'fish'])('the script for %s', (shell) => {
  it('knows every command and option of the program', () => {
    const script = completionScript(shell, program);
    for (const command of program.commands) {
      expect(script).toContain(command.name());
      for (const { long } of command.options) expect(script).toContain(long?.slice(2));
    }
  });
});
