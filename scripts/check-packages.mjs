import { join } from 'node:path';

import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

import { StepError } from './step.mjs';
import { workspaces } from './workspaces.mjs';

/** Asks publint whether each package that can be published would work for the one who installs it. */
export async function checkPackages(root) {
  const problems = [];
  for (const { folder, manifest } of await workspaces(root)) {
    if (manifest.private === true) continue;
    const { messages, pkg } = await publint({ pkgDir: join(root, folder), level: 'warning', strict: true });
    for (const message of messages) problems.push(`${folder}: ${formatMessage(message, pkg, { color: false })}`);
  }
  if (problems.length > 0) throw new StepError(`${problems.length} problems`, problems.join('\n'));
}
