import { covers } from '../isolation/wire/covers.ts';
import { failure, isLoopstickError, messageOf, type LoopstickError } from '../engine/errors.ts';
import type { CatalogReadRequest, SignedList, SignedText } from '../engine/contract/catalog-source.ts';
import { DOCUMENT_ERRORS } from '../engine/document-errors.ts';
import type { AnswerFacts } from '../engine/hooks.ts';
import type { FetchedDocument } from '../engine/fetch-document.ts';
import type { LoadedDescription } from './load-description.ts';
import { DISTRIBUTION_ERRORS } from './distribution-errors.ts';
import { MATCH_STEPS, type MatchBudget } from './pattern.ts';

/** More warnings about one reading help nobody. */
const MOST_WARNINGS = 20;

/** One reading of a vendor's lists: what it has to work with, and what is common to all lists. */
export class Reading {
  readonly plugin: string;
  readonly loaded: LoadedDescription;
  readonly request: CatalogReadRequest;
  readonly budget: MatchBudget = { steps: MATCH_STEPS };
  readonly #warn: (error: LoopstickError) => void;
  readonly #documents = new Map<string, Promise<FetchedDocument>>();
  readonly #signed = new Map<string, Promise<SignedText>>();
  readonly #warned = new Set<string>();
  readonly #lost = new Map<string, { readonly count: number; readonly first: unknown }>();

  constructor(loaded: LoadedDescription, request: CatalogReadRequest, warn: (error: LoopstickError) => void) {
    this.plugin = loaded.pluginId;
    this.loaded = loaded;
    this.request = request;
    this.#warn = warn;
  }

  warn(error: LoopstickError): void {
    if (this.#warned.has(error.message) || this.#warned.size >= MOST_WARNINGS) return;
    this.#warned.add(error.message);
    this.#warn(error);
  }

  /** Asks for the document that tells whether anything is new. Ends the reading by a rejection when nothing is. */
  async first(url: string): Promise<void> {
    const document = this.request.fetchFirst(url);
    this.#documents.set(url, document);
    try {
      await document;
    } catch (error) {
      // Whoever needs it is told again.
      if (!this.canGoOnWithout(error)) throw error;
    }
  }

  /** Each document is fetched once in a reading. */
  async fetch(url: string): Promise<FetchedDocument> {
    const known = this.#documents.get(url) ?? this.request.fetch(url);
    this.#documents.set(url, known);
    return known;
  }

  /** A list of checksums with its signature, as document and as often. */
  async fetchSigned(list: SignedList): Promise<SignedText> {
    const id = JSON.stringify([list.url, list.signature, list.keys.map(({ fingerprint }) => fingerprint)]);
    const known = this.#signed.get(id) ?? this.request.fetchSigned(list);
    this.#signed.set(id, known);
    return known;
  }

  async text(url: string): Promise<string> {
    return new TextDecoder().decode((await this.fetch(url)).body);
  }

  /** True for an address on a host that the manifest names. */
  isDeclared(url: string): boolean {
    return this.loaded.hosts.some((host) => covers(host, new URL(url)));
  }

  warnForeign(url: string): void {
    const { plugin } = this;
    this.warn(failure(DISTRIBUTION_ERRORS.foreignHost, { plugin, url }, { pluginId: plugin }));
  }

  malformed(url: string, list: string, problem: string, cause?: unknown): LoopstickError {
    const values = { url, list, plugin: this.plugin, problem };
    return failure(DISTRIBUTION_ERRORS.malformed, values, {
      pluginId: this.plugin,
      ...(cause === undefined ? {} : { cause }),
    });
  }

  /** @throws LoopstickError DISTRIBUTION_TOO_COMPLEX */
  checkBudget(list: string): void {
    if (this.budget.steps > 0) return;
    const values = { list, plugin: this.plugin };
    throw failure(DISTRIBUTION_ERRORS.tooComplex, values, { pluginId: this.plugin });
  }

  /**
   * Whether the reading can go on without a list that failed so: what its vendor does not have, what is not signed by
   * the right key, and what is not understood. A network that fails is another matter: the last good copy of
   * everything is worth more than half a new one.
   */
  canGoOnWithout(error: unknown): error is LoopstickError {
    if (this.request.signal.aborted || !isLoopstickError(error) || !LOSSES.test(error.code)) return false;
    const { status } = (error.cause ?? {}) as Partial<AnswerFacts>;
    return error.code !== DOCUMENT_ERRORS.status.code || status === undefined || (status < 500 && status !== 429);
  }

  lost(list: string, error: unknown): void {
    const { count = 0, first = error } = this.#lost.get(list) ?? {};
    this.#lost.set(list, { count: count + 1, first });
  }

  /** One warning for all that was lost of a list: a vendor who moves files loses many at once. */
  tellLosses(): void {
    for (const [list, { count, first }] of this.#lost) {
      const values = { list, plugin: this.plugin, count, problem: messageOf(first) };
      this.warn(failure(DISTRIBUTION_ERRORS.listLost, values, { cause: first, pluginId: this.plugin }));
    }
    this.#lost.clear();
  }
}

const LOSSES =
  /^(?:DOCUMENT_HTTP_STATUS|SIGNATURE_\w+|VERIFY_LIST_\w+|DISTRIBUTION_(?:LIST_MALFORMED|NO_KEY|WRONG_KEY))$/;
