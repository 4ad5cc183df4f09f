/**
 * Whether a document can be looked at closer without harm. Checking one against its schema goes as deep as it does, and
 * notes each mistake: what nobody means as a catalog is told by its size and depth before.
 */
import type { DocumentIssue } from './document-checks.ts';

/** Of objects and lists inside each other; the schema needs seven levels. */
const DEEPEST = 32;
/** A catalog of 100,000 images has three million. */
const MOST_VALUES = 8_000_000;
/** All distributions that exist have some thousands of images. */
const MOST_VALUES_OF_ONE = 1_000_000;

/** What is wrong with the document's shape. */
export function checkShape(document: unknown): DocumentIssue | undefined {
  if (!isBranch(document)) return undefined;
  const shape = new Shape();
  return shape.bears(document) ? undefined : shape.issue;
}

class Shape {
  issue: DocumentIssue | undefined;
  #seen = 0;

  /** False when something is wrong with this branch, which `issue` then says. */
  bears(branch: Branch, depth = 1): boolean {
    const began = this.#seen;
    if (Array.isArray(branch)) {
      for (let at = 0; at < branch.length; at++) if (!this.#bearsValue(at, branch[at], depth)) return false;
    } else {
      for (const key of Object.keys(branch)) if (!this.#bearsValue(key, branch[key], depth)) return false;
    }
    // The third level is where an element of `distributions` is.
    if (depth !== 3 || this.#seen - began <= MOST_VALUES_OF_ONE) return true;
    return this.#refuse(`holds more than ${MOST_VALUES_OF_ONE} values`);
  }

  #bearsValue(key: string | number, value: unknown, depth: number): boolean {
    this.#seen++;
    if (this.#isGood(key, value, depth)) return true;
    this.issue?.path.unshift(key);
    return false;
  }

  #isGood(key: string | number, value: unknown, depth: number): boolean {
    // Assigning to this name would change what an object is.
    if (key === '__proto__') return this.#refuse('is not a name that a document may use');
    if (this.#seen > MOST_VALUES) return this.#refuse(`is one of more than ${MOST_VALUES} values`);
    if (!isBranch(value)) return true;
    return depth === DEEPEST ? this.#refuse(`is more than ${DEEPEST} levels deep`) : this.bears(value, depth + 1);
  }

  #refuse(message: string): false {
    this.issue = { path: [], message };
    return false;
  }
}

type Branch = Readonly<Record<string, unknown>>;

function isBranch(value: unknown): value is Branch {
  return typeof value === 'object' && value !== null;
}
