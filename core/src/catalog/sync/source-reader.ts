import type { Engine } from '../../engine/engine.ts';
import { failure, LoopstickError, isLoopstickError } from '../../engine/errors.ts';
import { DOCUMENT_ERRORS } from '../../engine/document-errors.ts';
import { DOCUMENT_LIMIT, type FetchedDocument } from '../../engine/fetch-document.ts';
import type {
  AnswerFacts,
  CatalogReadRequest,
  FetchOptions,
  Freshness,
  SignedList,
  SignedText,
} from '../../engine/hooks.ts';
import { SIGNATURE_ERRORS } from '../../verify/signature/signature-errors.ts';
import { verifyClearsigned, verifyDetached } from '../../verify/signature/verify-signature.ts';
import { sha256Of } from '../store/sha256.ts';
import type { StoredSource } from '../store/stored-source.ts';
import { requireDeclared } from './declared-hosts.ts';
import { plainAddress } from './plain-address.ts';
import { Slots } from './slots.ts';
import { SYNC_ERRORS } from './sync-errors.ts';
import { Witness } from './witness.ts';

/** The most that a source may ask for at once: a list of releases with all that ever was has a tenth of it. */
const MOST_BYTES = 8 * DOCUMENT_LIMIT;

/** A vendor's server is not to be flooded. */
const MOST_REQUESTS = 6;

/** A lock out, a login page, a mirror that is behind, somebody in between: there may be the right thing again. */
const PASSING: ReadonlySet<string> = new Set([
  DOCUMENT_ERRORS.unreachable.code,
  DOCUMENT_ERRORS.tooSlow.code,
  SIGNATURE_ERRORS.bad.code,
  SIGNATURE_ERRORS.inFuture.code,
  SIGNATURE_ERRORS.malformed.code,
  SIGNATURE_ERRORS.outdated.code,
  SIGNATURE_ERRORS.textAround.code,
  SIGNATURE_ERRORS.unknownKey.code,
]);

/** What one reading is about. */
export interface Reading {
  readonly engine: Pick<Engine, 'context' | 'plugins'>;
  readonly source: string;
  readonly pluginId: string;
  /** What is known from before. */
  readonly stored: StoredSource | undefined;
  /** Read all of it even when nothing seems to be new. */
  readonly whole: boolean;
}

/** What one source reads with during a sync, and what was seen meanwhile. */
export class SourceReader {
  readonly witness: Witness = new Witness();
  /** Of signed lists: address → when the signature was made. */
  readonly signatures: Map<string, Date> = new Map<string, Date>();
  #first: { readonly url: string; readonly sha256: string } | undefined;
  #isUnchanged = false;
  #isComplete = true;
  #freshness: Freshness = {};
  #key: string | undefined;
  /** Addresses that have not answered; one that was given up stays. */
  readonly #open = new Set<string>();
  readonly #reading: Reading;
  readonly #slots: Slots = new Slots(MOST_REQUESTS);

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** The document that tells whether anything is new is the one of the last good read. */
  get isUnchanged(): boolean {
    return this.#isUnchanged;
  }

  /** Everything that was asked for could be had, or is not there at all. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Something that was read does not count: it is as if it could not be had. */
  missed(): void {
    this.#isComplete = false;
  }

  /**
   * By what the next reading may tell that nothing is new. Missing when something could not be had now and may be had
   * then: a source may have gone on without it.
   */
  get first(): { readonly url: string; readonly sha256: string } | undefined {
    return this.#isComplete ? this.#first : undefined;
  }

  /** Who has not answered yet, or not by the time at which the reading was ended. */
  get waitingFor(): string | undefined {
    const [url] = this.#open;
    return url;
  }

  get freshness(): Freshness {
    return this.#freshness;
  }

  /** By which all of the document is known to be genuine, as the source says. */
  get key(): string | undefined {
    return this.#key;
  }

  request(signal: AbortSignal): CatalogReadRequest {
    return {
      signal,
      now: this.#reading.engine.context.now(),
      fetch: async (url, options) => {
        const document = await this.#noting(this.#fetch(url, options, signal));
        this.witness.fetched(document.secure);
        return document;
      },
      fetchFirst: async (url, options) => {
        const document = await this.#fetch(url, options, signal);
        this.witness.fetched(document.secure);
        this.#compare(url, document);
        return document;
      },
      fetchSigned: (list) => this.#noting(this.#fetchSigned(list, signal)),
      advise: (freshness) => {
        this.#freshness = { ...this.#freshness, ...freshness };
      },
      vouch: (key) => {
        this.#key = key;
      },
    };
  }

  async #fetch(url: string, options: FetchOptions = {}, signal: AbortSignal): Promise<FetchedDocument> {
    const { engine, pluginId } = this.#reading;
    requireDeclared(engine.plugins, pluginId, url);
    const maxBytes = Math.min(options.maxBytes ?? DOCUMENT_LIMIT, MOST_BYTES);
    this.#open.add(url);
    try {
      return await this.#slots.run(() => {
        signal.throwIfAborted();
        return engine.context.fetchDocument({ url, maxBytes, accept: options.accept, signal });
      });
    } finally {
      if (!signal.aborted) this.#open.delete(url);
    }
  }

  async #noting<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (mayPass(error)) this.#isComplete = false;
      throw error;
    }
  }

  /** Only the first time: what is asked for later tells nothing of what has been read meanwhile. */
  #compare(url: string, { body }: FetchedDocument): void {
    if (this.#first !== undefined) return;
    this.#first = { url, sha256: sha256Of(body) };
    const { source, stored, whole } = this.#reading;
    if (whole || stored?.first?.url !== url || stored.first.sha256 !== this.#first.sha256) return;
    this.#isUnchanged = true;
    throw failure(SYNC_ERRORS.unchanged, { source });
  }

  async #fetchSigned(list: SignedList, signal: AbortSignal): Promise<SignedText> {
    try {
      return await this.#checkSigned(list, signal);
    } catch (error) {
      // The list may have been replaced between the two requests.
      const again = list.signature.form === 'detached' && isLoopstickError(error, SIGNATURE_ERRORS.bad.code);
      if (!again) throw about(list, error);
    }
    return this.#checkSigned(list, signal).catch((error: unknown) => {
      throw about(list, error);
    });
  }

  async #checkSigned({ url, signature, keys }: SignedList, signal: AbortSignal): Promise<SignedText> {
    const { engine, stored } = this.#reading;
    const address = plainAddress(url);
    const seen = stored?.signatures[address];
    const request = { keys, now: engine.context.now(), notBefore: seen === undefined ? undefined : new Date(seen) };
    const [list, detached] = await Promise.all([
      this.#fetch(url, {}, signal),
      signature.form === 'detached' ? this.#fetch(signature.url, {}, signal) : undefined,
    ]);
    const { key, created, text } =
      detached === undefined
        ? await verifyClearsigned(list.body, request)
        : {
            text: Buffer.from(list.body).toString('utf8'),
            ...(await verifyDetached(list.body, detached.body, request)),
          };
    this.signatures.set(address, created);
    this.witness.signed(text, { key, url, created });
    return { text, key, created, retrievedAt: list.retrievedAt };
  }
}

/** Whether the same may be had at another time. */
function mayPass(error: unknown): boolean {
  if (!isLoopstickError(error)) return true;
  if (error.code !== DOCUMENT_ERRORS.status.code) return PASSING.has(error.code);
  const { status } = (error.cause ?? {}) as Partial<AnswerFacts>;
  return status === undefined || status === 429 || status >= 500;
}

/** An error about a signature, with the list that it is about. */
function about({ url }: SignedList, error: unknown): unknown {
  if (!isLoopstickError(error) || !error.code.startsWith('SIGNATURE_')) return error;
  const { code, category, message, hint, cause } = error;
  return new LoopstickError({ code, category, message: `{list}: ${message}`, hint }, { list: url }, { cause });
}
