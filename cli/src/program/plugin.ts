import { Option, type Command } from 'commander';

import { gather, type Action } from './options.ts';

const OFFLINE = ['--offline', 'fetch nothing: what was read of registries last counts'] as const;
const YES = ['-y, --yes', 'agree to what is shown'] as const;
const TRUST = ['--trust', 'also run code that nobody vouches for'] as const;
const DOWNGRADE = ['--allow-downgrade', 'also go back to an older version'] as const;
const REPLACE = ['--replace', 'also in place of a plugin of the same id from elsewhere'] as const;

/** `loopstick plugin`. */
export function addPlugin(program: Command, action: Action): void {
  const plugin = program.command('plugin').description('plugins: find, install, manage and write them');
  addFinding(plugin, action);
  addInstalling(plugin, action);
  addManaging(plugin, action);
  addWriting(plugin, action);
}

function addFinding(plugin: Command, action: Action): void {
  const load = async () => import('../commands/plugin-show.ts');
  action(
    plugin
      .command('search')
      .description('look for plugins in the registries that are trusted')
      .argument('[words...]', 'all of them are in its id, kinds or description')
      .option(...OFFLINE),
    async () => (await load()).pluginSearch,
  );
  action(
    plugin
      .command('show')
      .description('show what a plugin is, how far it is trusted and what it may do')
      .argument('<plugin>', 'an id, npm:PACKAGE, a folder or a tarball')
      .option(...OFFLINE),
    async () => (await load()).pluginShow,
  );
  action(
    plugin.command('list').description('list the plugins that are there, and what became of them'),
    async () => (await import('../commands/plugins.ts')).plugins,
  );
}

function addInstalling(plugin: Command, action: Action): void {
  const load = async () => import('../commands/plugin-install.ts');
  action(
    plugin
      .command('install')
      .description('install plugins: from a registry, an npm registry, a tarball or a folder')
      .argument('<sources...>', 'ID[@RANGE], npm:PACKAGE[@RANGE], ./FILE.tgz or ./FOLDER')
      .option(...YES)
      .option(...TRUST)
      .option(...DOWNGRADE)
      .option(...REPLACE)
      .option('--registry <name>', 'from this one of several registries')
      .option(...OFFLINE),
    async () => (await load()).pluginInstall,
  );
  action(
    plugin
      .command('update')
      .description('install the newest versions from where plugins came from')
      .argument('[ids...]', 'default: all')
      .option(...YES)
      .option(...TRUST)
      .option(...DOWNGRADE)
      .option(...OFFLINE),
    async () => (await load()).pluginUpdate,
  );
}

function addManaging(plugin: Command, action: Action): void {
  const load = async () => import('../commands/plugin-manage.ts');
  action(
    plugin
      .command('remove')
      .description('remove plugins, and say what came from them')
      .argument('<ids...>')
      .option('--stick <target>', 'a device or image file to look for it on (can be given again)', gather),
    async () => (await load()).pluginRemove,
  );
  action(
    plugin
      .command('link')
      .description('use a plugin from its folder while you write it')
      .argument('<folder>')
      .option(...TRUST)
      .option(...REPLACE),
    async () => (await load()).pluginLink,
  );
  action(
    plugin
      .command('verify')
      .description('compare the files of installed plugins with what was installed')
      .argument('[ids...]', 'default: all'),
    async () => (await load()).pluginVerify,
  );
  action(
    plugin.command('enable').description('use plugins again').argument('<ids...>'),
    async () => (await load()).pluginEnable,
  );
  action(
    plugin.command('disable').description('leave plugins out, also bundled ones').argument('<ids...>'),
    async () => (await load()).pluginDisable,
  );
}

function addWriting(plugin: Command, action: Action): void {
  const load = async () => import('../commands/plugin-author.ts');
  action(
    plugin
      .command('create')
      .description('make a project for a plugin of your own, in a new folder')
      .argument('<name>', 'its id, such as distro-example')
      .addOption(
        new Option('--kind <kind>', 'what it is')
          .choices(['distro', 'mirror-strategy', 'transport', 'bootloader'])
          .makeOptionMandatory(),
      )
      .option('--data', 'a document and no code: enough for most distributions')
      .addOption(new Option('--license <license>', 'its licence').choices(['Apache-2.0', 'MIT']).default('Apache-2.0')),
    async () => (await load()).pluginCreate,
  );
  action(
    plugin
      .command('pack')
      .description('make the package that others install')
      .argument('[folder]', 'the folder of the plugin', '.')
      .option('-o, --output <file>', 'default: ID-VERSION.tgz, here'),
    async () => (await load()).pluginPack,
  );
  action(
    plugin
      .command('publish')
      .description('put a plugin into a registry of yours; the next publication shows it')
      .argument('[folder]', 'the folder of the plugin', '.')
      .requiredOption('--registry <directory>', 'the folder of the registry'),
    async () => (await load()).pluginPublish,
  );
}
