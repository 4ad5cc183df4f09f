/**
 * Makes a fresh checkout ready: system programs, npm packages, build. `--with boot` also brings what the demo and the
 * boot tests run. It must work before `npm ci` and say something sensible on an old Node, hence no static imports.
 */
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Loopstick needs Node 20.19 or newer; this is ${process.versions.node}. See https://nodejs.org.`);
  process.exit(1);
}

const { parseArgs } = await import('node:util');
const { step } = await import('./step.mjs');
const { buildAll, ensurePackages } = await import('./setup-npm.mjs');
const { ensurePrograms } = await import('./setup-system.mjs');

try {
  const { values } = parseArgs({ options: { with: { type: 'string', multiple: true, default: [] } } });
  const withBoot = values.with.includes('boot');
  await step('System programs', () => ensurePrograms({ withBoot }));
  await step('npm packages', ensurePackages);
  await step('Build', buildAll);
} catch (error) {
  if (error.output) console.error(error.output);
  console.error(error.message);
  process.exitCode = 1;
}
