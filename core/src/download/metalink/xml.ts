import { messageOf } from '../../engine/errors.ts';

/** An element of a document, with its namespace resolved (Namespaces in XML 1.0). */
export interface XmlElement {
  /** Without a prefix. */
  readonly name: string;
  readonly namespace: string;
  /** Those without a prefix. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** What stands directly inside, trimmed. */
  readonly text: string;
}

/** A node as the library gives it: an element, its attributes under `:@`, or a text. */
type Node = Readonly<Record<string, unknown>>;

const DEEPEST = 16;
/** Of what costs most: the parser takes many seconds and gigabytes for a document of nothing but tags. */
const MOST: Readonly<Record<string, number>> = { '<': 250_000, '=': 100_000, '&': 100_000 };

/**
 * The root element of a document. There is no document type: entities can name files, addresses and each other, and
 * nothing we read needs one.
 * @throws Error with a reason, for what is no well-formed document
 */
export async function parseXml(text: string): Promise<XmlElement> {
  if (/<!DOCTYPE/i.test(text)) throw new Error('it has a document type, which is not allowed');
  for (const [mark, most] of Object.entries(MOST)) {
    if (countOf(mark, text) > most) throw new Error(`it has "${mark}" more than ${most} times`);
  }
  const { XMLParser } = await import('fast-xml-parser');
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    maxNestedTags: DEEPEST,
  });
  let nodes: unknown;
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- its successor is a package of its own for the same code
    nodes = parser.parse(text, true);
  } catch (error) {
    throw new Error(messageOf(error), { cause: error });
  }
  const roots = elementsIn(nodes as Node[], undefined);
  const [root] = roots;
  if (root === undefined || roots.length > 1) throw new Error('it has not exactly one root element');
  return root;
}

function countOf(mark: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) count++;
  return count;
}

/** Which namespaces the prefixes mean: those that an element declares, and those around it. */
interface Scope {
  readonly own: ReadonlyMap<string, string>;
  readonly outer: Scope | undefined;
}

function namespaceOf(prefix: string, scope: Scope | undefined): string {
  return scope === undefined ? '' : (scope.own.get(prefix) ?? namespaceOf(prefix, scope.outer));
}

function elementsIn(nodes: readonly Node[], scope: Scope | undefined): XmlElement[] {
  return nodes.flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ':@');
    if (name === undefined || name === '#text') return [];
    return [element(name, node[name] as Node[], (node[':@'] ?? {}) as Record<string, unknown>, scope)];
  });
}

function element(
  qualified: string,
  nodes: readonly Node[],
  raw: Readonly<Record<string, unknown>>,
  outer: Scope | undefined,
): XmlElement {
  const own = new Map<string, string>();
  const attributes = new Map<string, string>();
  for (const [key, value] of Object.entries(raw)) {
    const text = decode(String(value));
    if (key === 'xmlns') own.set('', text);
    else if (key.startsWith('xmlns:')) own.set(key.slice('xmlns:'.length), text);
    else if (!key.includes(':')) attributes.set(key, text);
  }
  const scope = { own, outer };
  const colon = qualified.indexOf(':');
  return {
    name: qualified.slice(colon + 1),
    namespace: namespaceOf(colon < 0 ? '' : qualified.slice(0, colon), scope),
    attributes,
    children: elementsIn(nodes, scope),
    text: decode(nodes.map((node) => (typeof node['#text'] === 'string' ? node['#text'] : '')).join('')).trim(),
  };
}

const PREDEFINED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Character references and the five entities that every document has (XML 1.0, 4.1 and 4.6), each decoded once. */
function decode(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));/g, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return PREDEFINED[name] ?? whole;
    const code = typeof decimal === 'string' ? parseInt(decimal, 10) : parseInt(String(hex), 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
