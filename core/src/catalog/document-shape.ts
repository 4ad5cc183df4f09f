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
    for (const key of Object.keys(branch)) {
      const value = branch[key];
      this.#seen++;
      // Assigning to this name would change what an object is.
      if (key === '__proto__') this.#refuse('is not a name that a document may use');
      else if (this.#seen > MOST_VALUES) this.#refuse(`is one of more than ${MOST_VALUES} values`);
      else if (isBranch(value)) this.#enter(value, depth);
      if (this.issue !== undefined) {
        this.issue.path.unshift(Array.isArray(branch) ? Number(key) : key);
        return false;
      }
    }
    // The third level is where an element of `distributions` is.
    if (depth !== 3 || this.#seen - began <= MOST_VALUES_OF_ONE) return true;
    this.#refuse(`holds more than ${MOST_VALUES_OF_ONE} values`);
    return false;
  }

  #enter(value: Branch, depth: number): void {
    if (depth === DEEPEST) this.#refuse(`is more than ${DEEPEST} levels deep`);
    else this.bears(value, depth + 1);
  }

  #refuse(message: string): void {
    this.issue = { path: [], message };
  }
}

type Branch = Readonly<Record<string, unknown>>;

function isBranch(value: unknown): value is Branch {
  return typeof value === 'object' && value !== null;
}
