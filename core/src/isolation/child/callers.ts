/** How each method of a part is called in the plugin's process, and what it gets in place of the engine's own objects. */
import { Readable } from 'node:stream';

import type {
  Bootloader,
  BootloaderRequest,
  CatalogReadRequest,
  CatalogSource,
  FetchedDocument,
  Freshness,
  LifecycleNotice,
  ListedImage,
  MirrorCandidate,
  MirrorListSource,
  MirrorProbe,
  MirrorStrategy,
  RangeRequest,
  RankingRequest,
  Recipe,
  Runner,
  RunResult,
  SignedText,
  Transport,
} from './contracts.ts';
import type { Method } from '../wire/messages.ts';
import { chanceFrom } from './chance.ts';
import { isoFrom, type SentIso } from './iso.ts';
import type { Call } from './link.ts';
import type { OpenBodies } from './open-bodies.ts';

type Caller = (part: never, call: Call, bodies: OpenBodies) => unknown;

export const CALLERS: Readonly<Record<Exclude<Method, 'register' | 'next' | 'close'>, Caller>> = {
  lists: (part: MirrorListSource, { value, signal }) => part.lists(value as ListedImage, { signal }),

  async read(part: CatalogSource, { value, signal, ask }) {
    const advice: Freshness[] = [];
    const request: CatalogReadRequest = {
      signal,
      now: value as Date,
      fetch: async (url, options) => ask('fetch', { url, options }) as Promise<FetchedDocument>,
      fetchFirst: async (url, options) => ask('fetchFirst', { url, options }) as Promise<FetchedDocument>,
      fetchSigned: async (list) => ask('fetchSigned', list) as Promise<SignedText>,
      advise: (freshness) => advice.push(freshness),
      // That counts for registries of the program itself only.
      vouch: () => undefined,
    };
    return { document: await part.read(request), advice };
  },

  rank(part: MirrorStrategy, { value, signal, ask }) {
    const { candidates, chance, probes, ...request } = value as Omit<RankingRequest, 'random' | 'probe' | 'signal'> & {
      readonly candidates: readonly MirrorCandidate[];
      readonly chance: readonly number[];
      readonly probes: boolean;
    };
    const probe: RankingRequest['probe'] = async (url, options) =>
      ask('probe', { url, options }) as Promise<MirrorProbe>;
    return part.rank(candidates, {
      ...request,
      probe: probes ? probe : undefined,
      random: chanceFrom(chance),
      signal,
    });
  },

  prepare: (part: Transport) => part.prepare?.(),

  async open(part: Transport, { value, signal }, bodies) {
    const { id, ...request } = value as RangeRequest & { readonly id: number };
    return bodies.open(id, part, request, signal);
  },

  async recognise(part: Recipe, { value, signal, ask }) {
    return part.recognise(isoFrom(value as SentIso, ask), { signal });
  },

  plan(part: Bootloader, { value, signal, ask }) {
    return part.plan({ ...(value as BootloaderRequest), runner: runnerFrom(ask), signal });
  },

  async notice({ handler }: { handler(notice: LifecycleNotice): Promise<void> }, { value, signal, ask }) {
    await handler({
      ...(value as Pick<LifecycleNotice, 'event' | 'subject'>),
      signal,
      refuse: (reason) => void ask('refuse', reason).catch(() => undefined),
    });
  },
};

/** Programs are run by the engine, those that were granted. */
function runnerFrom(ask: Call['ask']): Runner {
  return {
    run: async (program, args, { signal: _, ...options }) =>
      ask('run', { program, args, options }) as Promise<RunResult>,
    async stream(program, args, { signal: _, stopWhenConsumed: __, ...options }, consume) {
      const bytes = (await ask('runForBytes', { program, args, options })) as Uint8Array;
      // Nothing is typed: the program has ended.
      return consume(Readable.from([bytes]), null);
    },
    interact: () => Promise.reject(new Error('a plugin has no terminal')),
  };
}
