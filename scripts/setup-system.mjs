import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { capture, StepError } from './step.mjs';
import { BOOT, BUILD } from './system-packages.mjs';

// An ordinary user's PATH often lacks the sbin folders, and sgdisk, mke2fs and debugfs live there.
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];

const isThere = (name) =>
  name.startsWith('/') ? existsSync(name) : FOLDERS.some((folder) => folder !== '' && existsSync(join(folder, name)));

const OTHER_MANAGERS = {
  dnf: ['dnf', 'install', '-y'],
  pacman: ['pacman', '-S', '--needed'],
  zypper: ['zypper', 'install', '-y'],
};

const APT = ['apt-get', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=600'];
// Debian starts what it installs; the tests want the web server's program and no service on port 80.
const SETTINGS = ['DEBIAN_FRONTEND=noninteractive', 'SYSTEMD_OFFLINE=1'];
const INSTALL = ['install', '-y', '--no-install-recommends'];

/** Installs what is missing when it may; otherwise says what to type. */
export async function ensurePrograms({ withBoot }) {
  const missing = () => [...BUILD, ...(withBoot ? BOOT : [])].filter(({ look }) => !look.some(isThere));
  const lacking = missing();
  if (lacking.length === 0) return 'all there';

  const root = process.getuid?.() === 0;
  if (!isThere('apt-get')) throw new StepError(otherSystem(lacking, root));

  const packages = names(lacking, 'apt');
  const prefix = root ? [] : await passwordlessSudo();
  if (prefix === undefined) throw new StepError(command(packages));

  const apt = (...args) => {
    // `env` sets variables behind sudo, which clears the environment.
    const [program, ...rest] = [...prefix, 'env', ...SETTINGS, ...APT, ...args];
    return capture(program, rest);
  };
  // One unreachable source makes an update fail; what is needed may be known all the same.
  const updated = await apt('update').catch((error) => error);
  try {
    await apt(...INSTALL, ...packages);
  } catch (error) {
    const why = updated instanceof StepError ? `${updated.output}\n` : '';
    throw new StepError(`Could not install ${packages.join(' ')}.`, why + error.output);
  }
  const still = missing();
  if (still.length > 0) {
    const what = still.map(({ look, apt: name }) => `${look.join(' or ')} (${name})`);
    throw new StepError(`Installed ${packages.join(' ')}, but this is still missing: ${what.join(', ')}.`);
  }
  return `installed ${packages.join(' ')}`;
}

const names = (entries, manager) => [...new Set(entries.map((entry) => entry[manager]))].sort();

async function passwordlessSudo() {
  if (!isThere('sudo')) return undefined;
  return capture('sudo', ['-n', 'true']).then(
    () => ['sudo', '-n'],
    () => undefined,
  );
}

function command(packages) {
  const install = `apt-get ${INSTALL.join(' ')} ${packages.join(' ')}`;
  const line = isThere('sudo') ? `sudo apt-get update && sudo ${install}` : `su -c 'apt-get update && ${install}'`;
  return `Some system packages are missing. Run this, then try again:\n\n  ${line}\n`;
}

function otherSystem(lacking, root) {
  const manager = Object.keys(OTHER_MANAGERS).find(isThere);
  if (manager === undefined) {
    return `Some programs are missing, from packages that Debian calls: ${names(lacking, 'apt').join(' ')}`;
  }
  const line = [...(root ? [] : ['sudo']), ...OTHER_MANAGERS[manager], ...names(lacking, manager)].join(' ');
  return `Some system packages are missing. Run this, then try again:\n\n  ${line}\n`;
}
