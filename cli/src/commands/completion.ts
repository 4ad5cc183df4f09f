import { settingKeys } from '@loopstick/core';
import type { Argument, Command, Option } from 'commander';

/** A completion script made from the command line's own definition, so that it cannot fall behind. */
export function completionScript(shell: string, program: Command): string {
  const nodes = walk(program, []);
  if (shell === 'fish') return fish(program.name(), nodes);
  const bash = bashScript(program.name(), nodes);
  return shell === 'zsh' ? `#compdef ${program.name()}\nautoload -U +X bashcompinit && bashcompinit\n${bash}` : bash;
}

interface Node {
  /** The words after the program's name. */
  readonly path: readonly string[];
  readonly description: string;
  readonly commands: readonly string[];
  /** Values that its arguments can have, where those are fixed. */
  readonly values: readonly string[];
  readonly options: readonly Option[];
}

function walk(command: Command, path: readonly string[]): Node[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((child) => child.name() !== 'help');
  const node = {
    path,
    description: command.description(),
    commands: commands.map((child) => child.name()),
    values: command.registeredArguments.flatMap((argument) => [...(argument.argChoices ?? []), ...named(argument)]),
    options: [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)],
  };
  return [node, ...commands.flatMap((child) => walk(child, [...path, child.name()]))];
}

/** What an argument can be that has no fixed choices, but is of a kind of which all are known. */
function named(argument: Argument): string[] {
  return argument.name() === 'key' ? settingKeys().map(({ key }) => key.replace(/\*$/, '')) : [];
}

/** Options whose values come from plugins, and the command that lists these. */
const LISTS: ReadonlyMap<string | undefined, string> = new Map([
  ['--mirror-strategy', 'mirrors strategies'],
  ['--bootloader', 'stick bootloaders'],
]);

/**
 * To know what plugins bring is to load their code: the script asks for it when somebody wants to see it, and not
 * before. Of their names only plain ones, since the shell expands what it is to offer.
 */
function valuesOf(name: string, { long, argChoices }: Option): string | undefined {
  const list = LISTS.get(long);
  if (list === undefined) return argChoices?.join(' ');
  return `$(${name} --json ${list} 2>/dev/null | grep -o '"name": *"[[:alnum:]._-]*"' | cut -d '"' -f 4)`;
}

function flags(option: Option): string[] {
  return [option.short, option.long].filter((flag) => flag !== undefined);
}

function bashScript(name: string, nodes: readonly Node[]): string {
  const cases = nodes.map(({ path, commands, values, options }) => {
    const words = [...commands, ...values, ...options.flatMap(flags)].join(' ');
    return `    '${path.join(' ')}') words='${words}' ;;`;
  });
  const choices = [
    ...new Map(nodes.flatMap(({ options }) => options.map((option) => [option.long, option] as const))).values(),
  ].flatMap((option) => {
    const values = valuesOf(name, option);
    if (values === undefined) return [];
    return [`    ${flags(option).join('|')}) COMPREPLY=($(compgen -W "${values}" -- "$current")); return ;;`];
  });
  return `_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path='' word words=''
  case "$previous" in
${choices.join('\n')}
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      -*) ;;
      *) case " ${nodes.map(({ path }) => path.join('/')).join(' ')} " in
           *" \${path:+$path/}$word "*) path="\${path:+$path/}$word" ;;
         esac ;;
    esac
  done
  case "\${path//\\// }" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _${name} ${name}
`;
}

function fish(name: string, nodes: readonly Node[]): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = nodes.flatMap(({ path, values, options }) => {
    const inside =
      path.length === 0
        ? '__fish_use_subcommand'
        : path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
    const own = nodes.filter(
      (node) => node.path.length === path.length + 1 && node.path.slice(0, -1).join(' ') === path.join(' '),
    );
    const siblings = own.map((node) => node.path.at(-1) ?? '').join(' ');
    const condition =
      path.length === 0 || siblings === '' ? inside : `${inside}; and not __fish_seen_subcommand_from ${siblings}`;
    return [
      ...own.map(
        (node) =>
          `complete -c ${name} -f -n ${quote(condition)} -a ${node.path.at(-1) ?? ''} -d ${quote(node.description)}`,
      ),
      ...values.map((value) => `complete -c ${name} -f -n ${quote(inside)} -a ${value}`),
      ...options.map((option) => {
        const short = option.short === undefined ? '' : ` -s ${option.short.slice(1)}`;
        const long = option.long === undefined ? '' : ` -l ${option.long.slice(2)}`;
        const values = valuesOf(name, option)?.replace(/^\$/, '');
        const value = values === undefined ? (option.required ? ' -r' : '') : ` -x -a ${quote(values)}`;
        return `complete -c ${name} -n ${quote(inside)}${short}${long}${value} -d ${quote(option.description)}`;
      }),
    ];
  });
  return `${lines.join('\n')}\n`;
}
