/** The page that shows the results. */
import { basename } from 'node:path';

import { BOUND_MS, LOOPSTICK_SETTINGS } from './cell.mjs';

const CELLS = {
  right: 'right',
  error: 'error',
  leftover: 'error, leaves a file',
  wrong: '**WRONG**',
  nothing: '**NOTHING, exit 0**',
  hang: '**HANG**',
  skipped: 'not run',
};

const BOUND = `${BOUND_MS / 1000} s`;

const HONEST = ['right', 'error', 'leftover'];

/**
 * @param results rows of `{name, cells}` with a cell for each program, and `{group}` for headings
 * @param programs `{name, run, version, line}`
 */
export function page(results, programs, date) {
  const rows = results.filter(({ cells }) => cells !== undefined);
  const head = ['fault', ...programs.map(({ name }) => `\`${name}\``)];
  const body = results.map(({ group, name, cells }) =>
    cells === undefined ? [`**${group}**`, ...programs.map(() => '')] : [name, ...cells.map((cell) => CELLS[cell])],
  );
  const count = (index, of) => rows.filter(({ cells }) => of.includes(cells[index])).length;
  const sums = [
    ['right bytes', ...programs.map((_, index) => String(count(index, ['right'])))],
    ['right bytes or an honest error', ...programs.map((_, index) => `${count(index, HONEST)} of ${rows.length}`)],
    [
      'wrong or missing bytes and exit code 0',
      ...programs.map((_, index) => String(count(index, ['wrong', 'nothing']))),
    ],
    [`killed after ${BOUND}`, ...programs.map((_, index) => String(count(index, ['hang'])))],
  ];
  return [
    '# Downloads under faults: who ends with the right bytes',
    '',
    `Printed by \`npm run conformance\` on ${date}, which runs each program against the same faulty servers on the`,
    `loopback interface. An 8 MiB file goes at 4 MiB/s over each connection; a run may take ${BOUND}. One run a cell.`,
    '',
    '- **right**: exit code 0, and every byte of one version of the file',
    '- **error**: an exit code other than 0, and nothing under the name of the file that could be taken for it',
    '- **error, leaves a file**: an exit code other than 0, but an incomplete or wrong file under the final name',
    `- **WRONG**: exit code 0 with wrong bytes; **NOTHING**: exit code 0 without a file; **HANG**: killed after ${BOUND}`,
    '',
    'Where the only server is at fault, an error may be the best that is possible. Where a checksum is given, it is that',
    'of the file that the mirror has in the end. Without one nobody can find a wrong byte of the first server.',
    '',
    table(head, [...sums, ...body]),
    '',
    '## How each was called',
    '',
    ...programs.flatMap(({ name, version, line }) => [`- \`${name}\` (${version}):`, '', `  \`${line}\``, '']),
    `Loopstick gets its patience from its settings: \`${JSON.stringify(LOOPSTICK_SETTINGS)}\`.`,
    'Programs that take only one address are called again with the next one when they fail.',
    '',
    '## Run it',
    '',
    '```',
    'sudo apt-get install aria2 axel curl wget wget2',
    'npm run build && npm run conformance',
    '```',
    '',
    'The full disk needs root, to mount a small file system; otherwise that row says "not run". Programs that are not',
    'installed are left out. Words after `--` select: `npm run conformance -- "two at once" curl` prints and writes nothing.',
    '',
  ].join('\n');
}

/** How a program is called, as someone would type it. */
export function commandLine({ run, args }) {
  const words = args({ urls: ['URL'], file: 'DIR/image.iso', sha256: 'HEX' });
  const isOurs = run === process.execPath;
  return [...(isOurs ? ['loopstick', ...words.slice(1)] : [basename(run), ...words])].join(' ');
}

function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const [first, ...rest] = cells;
  return [line(first), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rest.map(line)].join('\n');
}
