/**
 * Runs the same faults against Loopstick and the downloaders that Debian has, prints a table and writes it to
 * docs/conformance.md. Arguments: parts of names of cases and of programs, to run only those and write nothing.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { CASES } from './conformance/cases.mjs';
import { runCell } from './conformance/cell.mjs';
import { commandLine, page } from './conformance/page.mjs';
import { PROGRAMS } from './conformance/programs.mjs';

const PAGE = fileURLToPath(new URL('../docs/conformance.md', import.meta.url));
/** Cells at a time. Most of them wait for servers that are slow on purpose. */
const AT_ONCE = 6;

const words = process.argv.slice(2);
const selected = (items) => {
  const some = items.filter(({ name = '' }) => words.some((word) => name.includes(word)));
  return some.length === 0 ? items : some;
};

const programs = selected(PROGRAMS)
  .map((program) => ({ ...program, line: commandLine(program), version: versionOf(program) }))
  .filter(({ name, version }) => version !== undefined || console.error(`${name} is not here: left out`));
const root = await mkdtemp(join(tmpdir(), 'loopstick-conformance-'));
try {
  const results = selected(CASES).map((kase) => ({ ...kase, cells: kase.servers && [] }));
  const cells = results
    .filter((row) => row.cells)
    .flatMap((row) => programs.map((program, column) => ({ row, program, column })));
  const queue = cells.values();
  const work = async () => {
    for (const { row, program, column } of queue) {
      row.cells[column] = await runCell(row, program, root);
      console.error(`${row.name}: ${program.name}: ${row.cells[column]}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const text = page(results, programs, new Date().toISOString().slice(0, 10));
  console.log(text);
  if (words.length === 0) await writeFile(PAGE, text);
} finally {
  await rm(root, { recursive: true, force: true });
}

function versionOf({ run, version }) {
  const { status, stdout } = spawnSync(run, version, { encoding: 'utf8' });
  return status === 0 ? /\d+(\.\d+)+/.exec(stdout)?.[0] : undefined;
}
