import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** util-linux, where every system has it. Others of that name, such as busybox's, do not know the option. */
const TETHER = ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--'] as const;

/**
 * What is put before a command, so that the kernel ends it when the process that has started it ends, however that comes
 * about: prctl(2), PR_SET_PDEATHSIG; setpriv(1), since util-linux 2.33. Nothing where there is no such program.
 */
export async function findTether(): Promise<readonly string[]> {
  const [program, ...args] = TETHER;
  return promisify(execFile)(program, [...args, '/bin/true'], { env: {}, timeout: 5_000 }).then(
    () => TETHER,
    () => [],
  );
}
