import type { RowsRule } from '../list-schema.ts';
import { hasValues, MOST_ROWS, OddDocument, rowOf, tooManyRows, type Row } from './row.ts';

/** Reading YAML is slow: this takes about a second. */
const LONGEST_YAML = 512 * 1024;

/**
 * Rows of a JSON or YAML document. YAML is read with the failsafe schema (YAML 1.2, 10.1), in which each scalar is
 * text: `version: 3.20` is not the number 3.2.
 * @throws OddDocument
 */
export async function readRows(text: string, { format, rows, fields, where }: RowsRule): Promise<Row[]> {
  const document = format === 'json' ? parseJson(text) : await parseYaml(text);
  const found: Row[] = [];
  const named = Object.entries(fields).map(([name, path]) => [name, keysOf(path)] as const);
  for (const row of valuesAt(document, keysOf(rows))) {
    const value = (path: string): string | undefined => rowOf([['', valueAt(row, keysOf(path))]]).get('');
    if (!hasValues(value, where)) continue;
    found.push(rowOf(named.map(([name, keys]) => [name, valueAt(row, keys)] as const)));
  }
  return found;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch {
    throw new OddDocument('it is not JSON');
  }
}

async function parseYaml(text: string): Promise<unknown> {
  if (text.length > LONGEST_YAML) throw new OddDocument(`it has more than ${LONGEST_YAML} characters`);
  const { load, FAILSAFE_SCHEMA } = await import('js-yaml');
  try {
    return load(text, { schema: FAILSAFE_SCHEMA });
  } catch {
    throw new OddDocument('it is not YAML, or nested too deeply');
  }
}

const keysOf = (path: string | undefined): readonly string[] => path?.split('.') ?? [];

/** An object's or list's own value. */
function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce(own, value);
}

/** The rows at a path: a list's entries, or the object that is there. `*` stands for each entry on the way. */
function valuesAt(document: unknown, keys: readonly string[]): readonly unknown[] {
  let values: readonly unknown[] = [document];
  for (const key of keys) {
    values = values.flatMap((value) => (key === '*' ? entriesOf(value) : [own(value, key)]));
    if (values.length > MOST_ROWS) throw tooManyRows();
  }
  const rows = values.flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : [value]));
  if (rows.length > MOST_ROWS) throw tooManyRows();
  const objects = rows.filter((row) => typeof row === 'object' && row !== null);
  if (objects.length === 0) throw new OddDocument('there are no rows where they are expected');
  return objects;
}

function entriesOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
