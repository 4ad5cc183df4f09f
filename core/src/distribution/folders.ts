import { addressOf } from './discover/discover.ts';
import { linksOf, nameBelow } from './discover/links.ts';
import { OddDocument } from './discover/row.ts';
import { readRows } from './discover/rows.ts';
import type { FoldersRule } from './list-schema.ts';
import { newestVersions } from './newest.ts';
import { Pattern } from './pattern.ts';
import type { Reading } from './reading.ts';
import { fillAddress, Template, type Values } from './template.ts';

interface NamedFolder {
  readonly name: string;
  /** With `/` at its end. */
  readonly address: string;
}

/**
 * What is known in each of the newest folders: what was known before, what its name gives, and `folder`, its address.
 * @throws LoopstickError DISTRIBUTION_LIST_MALFORMED, or with a code of DOCUMENT_ERRORS
 */
export async function foldersIn(reading: Reading, list: string, rule: FoldersRule, values: Values): Promise<Values[]> {
  try {
    const pattern = new Pattern(rule.name);
    const [order = ''] = pattern.names;
    const named = rule.named === undefined ? await linked(reading, rule, values) : await listed(reading, rule, values);
    const found = named.flatMap(({ name, address }) => {
      const captured = pattern.match(name, reading.budget);
      return captured === undefined ? [] : [new Map([...values, ...captured, ['folder', address]])];
    });
    reading.checkBudget(list);
    if (found.length === 0) throw new OddDocument('it names no such folder');
    const wanted = newestVersions(
      found.map((folder) => folder.get(order) ?? ''),
      rule.newest,
      rule.series,
    );
    return found.filter((folder) => wanted.has(folder.get(order) ?? ''));
  } catch (error) {
    if (error instanceof OddDocument) throw reading.malformed(rule.url, list, error.message, error);
    throw error;
  }
}

/** Those that a web page links to, directly below its own. */
async function linked(reading: Reading, rule: FoldersRule, values: Values): Promise<readonly NamedFolder[]> {
  const url = addressOf(rule.url, values);
  return linksOf(await reading.text(url), url).flatMap((link) => {
    const name = nameBelow(link, url);
    return name === undefined ? [] : [{ name, address: link.endsWith('/') ? link : `${link}/` }];
  });
}

/** Those that the rows of a document name. */
async function listed(reading: Reading, rule: FoldersRule, values: Values): Promise<readonly NamedFolder[]> {
  const { url, named } = rule;
  if (named === undefined) return [];
  const { rows, name: field, where, base } = named;
  const text = await reading.text(addressOf(url, values));
  const names = (await readRows(text, { format: 'json', url, rows, fields: { name: field }, where })).flatMap(
    (row) => row.get('name') ?? [],
  );
  const below = new Template(`${base}{name}/`);
  return [...new Set(names)].flatMap((name) => {
    const address = fillAddress(below, new Map([...values, ['name', name]]));
    return address === undefined ? [] : [{ name, address }];
  });
}
