/** Documents that nobody means well with: refused with the place in them, or harmless wherever they are shown. */
import { describe, expect, test } from 'vitest';

import { documentJson } from '../../src/catalog/document-json.ts';
import { mergeDocuments } from '../../src/catalog/merge.ts';
import { parseCatalogDocument } from '../../src/catalog/parse-document.ts';
import { documentOf, image, KEY, source, thrown } from './support.ts';

const refusal = (json: unknown): unknown => thrown(() => parseCatalogDocument(json, 'hostile'));
const textRefusal = (text: string | Uint8Array): unknown =>
  thrown(() => documentJson(typeof text === 'string' ? Buffer.from(text) : text, 'hostile'));
const at = (place: string): object => ({
  code: 'CATALOG_MALFORMED',
  category: 'bad-input',
  message: expect.stringContaining(`not valid: ${place}`),
});

/** A document that uses each field there is. */
const FULL = documentOf({
  '1': {
    codename: 'Ox',
    title: 'One',
    released: '2020-01-01',
    endOfLife: '2030-01-01',
    images: [
      image({
        evidence: { level: 'signed', key: KEY, origin: 'list' },
        signature: { form: 'detached', url: 'https://vendor.example/one.sig', keys: [KEY] },
      }),
    ],
    provenance: { '*': 'list' },
  },
});
Object.assign((FULL as { distributions: object[] }).distributions[0]!, {
  homepage: 'https://distro.example/',
  summary: 'A thing',
});
const TEXT = JSON.stringify(FULL);

/** Paths to everything of a kind in a document. */
function pathsTo(value: unknown, wanted: (value: unknown) => boolean, path: (string | number)[] = []): (typeof path)[] {
  const here = wanted(value) ? [path] : [];
  if (typeof value !== 'object' || value === null) return here;
  const keyOf = (key: string): string | number => (Array.isArray(value) ? Number(key) : key);
  return [...here, ...Object.entries(value).flatMap(([key, inner]) => pathsTo(inner, wanted, [...path, keyOf(key)]))];
}

/** A copy of the full document in which what is at `path` is changed. */
function changed(path: readonly (string | number)[], change: (value: unknown) => unknown): unknown {
  const go = (value: unknown, [key, ...rest]: readonly (string | number)[]): unknown => {
    if (key === undefined) return change(value);
    const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
      string,
      unknown
    >;
    copy[key] = go(copy[key], rest);
    return copy;
  };
  return go(FULL, path);
}

const place = (path: readonly (string | number)[]): string =>
  path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${key}`)).join('');

const STRINGS = pathsTo(FULL, (value) => typeof value === 'string');
const OBJECTS = pathsTo(FULL, (value) => typeof value === 'object' && !Array.isArray(value));

test('the full document is sound', () => {
  expect(parseCatalogDocument(FULL, 'full')).toEqual(FULL);
  expect(STRINGS.length).toBeGreaterThan(20);
});

describe('every text of a document', () => {
  test.each(STRINGS.map((path) => [place(path), path] as const))(
    '%s holds nothing that steers a terminal',
    (name, path) => {
      for (const sign of [
        '\u0000',
        '\n',
        '\r',
        '\u001b[2J',
        '\u009b2J',
        '\u007f',
        '\u202e',
        '\u2028',
        '\ufeff',
        '\ud800',
      ]) {
        const json = changed(path, (text) => `${String(text)}${sign}`);
        const error = refusal(json);
        expect(error).toMatchObject({ code: 'CATALOG_MALFORMED' });
        expect((error as Error).message).toContain(
          name.startsWith('schema') ? 'schema' : name.replace(/\.provenance.*/, ''),
        );
        expect((error as Error).message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e\u2028\ufeff]/);
      }
    },
  );

  test.each(STRINGS.map((path) => [place(path), path] as const))('%s has an end', (_, path) => {
    expect(refusal(changed(path, () => 'a'.repeat(100_000)))).toMatchObject({ code: 'CATALOG_MALFORMED' });
  });
});

describe('every object of a document', () => {
  test.each(OBJECTS.map((path) => [place(path), path] as const))('%s has no key __proto__', (name, path) => {
    const json = changed(path, (value) => JSON.parse(`{"__proto__": {"evil": 1}, ${JSON.stringify(value).slice(1)}`));
    expect(refusal(json)).toMatchObject(at(`${name === '' ? '' : `${name}.`}__proto__`));
    expect({}).not.toHaveProperty('evil');
  });

  test('may have a key that every object has, and means its own', () => {
    const [, ...others] = OBJECTS;
    for (const path of others.filter((each) => !['origins', 'provenance'].includes(String(each.at(-1))))) {
      const json = changed(path, (value) => ({ ...(value as object), constructor: 'x', toString: 1, prototype: {} }));
      const document = parseCatalogDocument(json, 'test');
      const { distributions } = mergeDocuments([{ source: source('a', 'embedded'), document }]);
      expect(distributions[0]?.releases[0]?.images).toHaveLength(1);
      expect({}.constructor).toBe(Object);
    }
  });

  test('names no origin that is only what every object has', () => {
    expect(refusal(documentOf({ '1': { provenance: { '*': 'constructor' } } }))).toMatchObject(
      at('distributions[0].releases[0].provenance.*'),
    );
  });
});

describe('a document without measure', () => {
  const nested = (levels: number, open: string, close: string): string =>
    `{"schema":{"major":1,"minor":0},"distributions":[],"x":${open.repeat(levels)}1${close.repeat(levels)}}`;

  test.each([
    ['[', ']'],
    ['{"a":', '}'],
  ])('is refused for 100,000 levels of %s', (open, close) => {
    const json = documentJson(Buffer.from(nested(100_000, open, close)), 'deep');
    expect(refusal(json)).toMatchObject(at('x'));
    expect(refusal(json)).toMatchObject({ message: expect.stringContaining('levels deep') });
  });

  test('is refused for ten million entries before they are read', () => {
    expect(textRefusal(`{"distributions":[${'{},'.repeat(10_000_000)}{}]}`)).toMatchObject(at('document'));
  });

  test('is refused for what one distribution cannot have, and for too many distributions', () => {
    const images = Array.from({ length: 1_100_000 }, () => 1);
    expect(refusal(documentOf({ '1': { images } }))).toMatchObject(at('distributions[0]'));
    const distributions = Array.from({ length: 1001 }, (_, index) => ({ id: `d${index}`, releases: [] }));
    expect(refusal(documentOf({}, { distributions }))).toMatchObject(at('distributions'));
  });

  test('is refused with few of its mistakes', () => {
    const images = Array.from({ length: 1000 }, () => ({}));
    const distributions = Array.from({ length: 300 }, () => ({ id: 'A', releases: [{ version: '1', images }] }));
    const error = refusal(documentOf({}, { distributions }));
    expect(error).toMatchObject(at('distributions[0]'));
    expect((error as Error).message.length).toBeLessThan(1000);
  });
});

describe('numbers', () => {
  test.each([0, -1, 1.5, 2 ** 40 + 1, 1e308, Number.MAX_SAFE_INTEGER + 1, NaN, '1000', null])(
    'no size is %s',
    (size) => {
      expect(refusal(documentOf({ '1': [image({ size })] }))).toMatchObject(
        at('distributions[0].releases[0].images[0].size'),
      );
    },
  );

  test.each([-1, 0.5, Infinity, '0'])('no minor version is %s', (minor) => {
    expect(refusal({ ...documentOf({}), schema: { major: 1, minor } })).toMatchObject(at('schema.minor'));
  });
});

describe('what is there twice is refused:', () => {
  const twice = (value: object): object[] => [value, value];
  test.each([
    ['distributions[1]', documentOf({}, { distributions: twice({ id: 'a', releases: [] }) })],
    [
      'distributions[0].releases[1]',
      documentOf({}, { distributions: [{ id: 'a', releases: twice({ version: '1', images: [] }) }] }),
    ],
    ['distributions[0].releases[0].images[1]', documentOf({ '1': [image(), image({ arch: 'amd64' })] })],
  ])('%s', (name, json) => {
    expect(refusal(json)).toMatchObject(at(name));
  });
});

describe('the text of a document', () => {
  test('is taken with a byte order mark', () => {
    expect(documentJson(Buffer.from(`\ufeff${TEXT}`), 'bom')).toEqual(FULL);
  });

  test.each([
    ['UTF-16', 'line 1, column 1', Buffer.from(`\ufeff${TEXT}`, 'utf16le')],
    ['UTF-16 without a mark', 'line 1, column 2', Buffer.from(TEXT, 'utf16le')],
    ['Latin-1', 'line 2, column 3', Buffer.from('{\n "\u00e9": 1}', 'latin1')],
    ['a NUL', 'line 2, column 3', Buffer.from('{\n  \u0000"a": 1}')],
    ['a NUL in a text', 'line 1, column 7', Buffer.from('{"a":"\u0000"}')],
    ['a line break in a text', 'line 1, column 8', Buffer.from('{"a":"b\n"}')],
    ['a comma too many', 'line 3, column 1', Buffer.from('{\n "a": [1],\n}')],
    ['another comma too many', 'line 2, column 10', Buffer.from('{\n "a": [1,]\n}')],
    ['nothing', 'line 1, column 1', Buffer.from('')],
    ['a word', 'line 2, column 2', Buffer.from('{\n nonsense: 1 }')],
    ['two documents', 'line 2, column 1', Buffer.from('{}\n{}')],
    ['a page', 'line 1, column 1', Buffer.from('<!DOCTYPE html><html></html>')],
  ])('is refused as %s, at %s', (_, name, bytes) => {
    expect(textRefusal(bytes)).toMatchObject(at(name));
  });

  test('is refused wherever it was cut off, and by the place', () => {
    const lines = JSON.stringify(FULL, null, 1);
    for (let length = 0; length < lines.length - 1; length += 37) {
      const line = lines.slice(0, length).split('\n').length;
      expect(textRefusal(lines.slice(0, length))).toMatchObject(at(`line ${line}, `));
    }
  });

  test('is never more than refused, whatever byte of it is another', () => {
    const bytes = Buffer.from(TEXT);
    for (let index = 0; index < bytes.length; index += 3) {
      for (const byte of [0x00, 0x22, 0x5c, 0x7b, 0xff]) {
        const copy = Buffer.from(bytes);
        copy[index] = byte;
        const error = ((): unknown => {
          try {
            return void parseCatalogDocument(documentJson(copy, 'mutant'), 'mutant');
          } catch (caught) {
            return caught;
          }
        })();
        if (error !== undefined) expect(error).toMatchObject({ category: 'bad-input' });
      }
    }
  });
});
