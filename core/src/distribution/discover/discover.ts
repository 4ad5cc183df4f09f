import type { DiscoverRule } from '../list-schema.ts';
import type { Reading } from '../reading.ts';
import { fillAddress, Template, type Values } from '../template.ts';
import { readLines } from './lines.ts';
import { linksOf, nameBelow } from './links.ts';
import { OddDocument, rowOf, type Row } from './row.ts';
import { readRows } from './rows.ts';
import { readStreams } from './streams.ts';

/** A file that a list names, with all that is said of it. */
export interface NamedFile {
  readonly url: string;
  /** The document that names it. */
  readonly from: string;
  /** Those of the list's own round, and those of its row. */
  readonly values: Values;
}

/** The address of a template whose names have been checked to be given; a value may still be none for an address. */
export function addressOf(template: string, values: Values): string {
  const address = fillAddress(new Template(template), values);
  if (address === undefined) throw new OddDocument(`"${template}" makes no address`);
  return address;
}

/**
 * The files that the documents of a list name.
 * @param values of this round: of `each` and of the folder
 * @throws LoopstickError DISTRIBUTION_LIST_MALFORMED, or with a code of DOCUMENT_ERRORS
 */
export async function discover(
  reading: Reading,
  list: string,
  rule: DiscoverRule,
  values: Values,
): Promise<NamedFile[]> {
  const urls = (rule.format === 'static' ? rule.urls : [rule.url]).map((url) => addressOf(url, values));
  if (rule.format === 'static') return urls.map((url) => ({ url, from: url, values }));
  const [url = ''] = urls;
  try {
    const base = 'base' in rule && rule.base !== undefined ? addressOf(rule.base, values) : url;
    const rows = await rowsOf(reading, rule, url, base);
    return rows.flatMap((row) => {
      const address = absolute(row, base);
      return address === undefined ? [] : [{ url: address, from: url, values: new Map([...values, ...row]) }];
    });
  } catch (error) {
    if (error instanceof OddDocument) throw reading.malformed(url, list, error.message, error);
    throw error;
  }
}

async function rowsOf(
  reading: Reading,
  rule: Exclude<DiscoverRule, { format: 'static' }>,
  url: string,
  base: string,
): Promise<readonly Row[]> {
  const text = await reading.text(url);
  switch (rule.format) {
    case 'json':
    case 'yaml':
      return readRows(text, rule);
    case 'lines':
      return readLines(text, rule);
    case 'index': {
      const links = linksOf(text, url);
      const wanted = links.filter((link) => rule.links === 'any' || nameBelow(link, url) !== undefined);
      return wanted.map((link) => rowOf([['url', link]]));
    }
    case 'simplestreams': {
      const streams = readStreams(text, rule);
      if ('rows' in streams) return streams.rows;
      const rows: Row[] = [];
      for (const path of streams.next) {
        const next = new URL(path, base).href;
        const inner = readStreams(await reading.text(next), rule);
        if (!('rows' in inner)) throw new OddDocument(`its index leads to another index, ${path}`);
        rows.push(...inner.rows);
      }
      return rows;
    }
  }
}

/** Of the file that a row is about. */
function absolute(row: Row, base: string): string | undefined {
  const text = row.get('url') ?? row.get('file');
  if (text === undefined || !URL.canParse(text, base)) return undefined;
  const url = new URL(text, base);
  url.hash = '';
  return /^https?:$/.test(url.protocol) && url.username === '' && url.href.length <= 2048 ? url.href : undefined;
}
