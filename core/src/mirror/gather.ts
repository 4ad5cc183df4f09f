import { setTimeout as sleep } from 'node:timers/promises';

import type { Engine } from '../engine/engine.ts';
import { failure } from '../engine/errors.ts';
import type { ListedImage, MirrorCandidate, MirrorHistory } from '../engine/hooks.ts';
import { withoutSecrets } from '../engine/without-secrets.ts';
import { CATALOG_SOURCE, mirrorOf, SETTINGS_SOURCE } from './candidate.ts';
import { unless } from './lists/hurry.ts';
import { knownLists } from './lists/known-lists.ts';
import { listedAddresses } from './lists/listed-addresses.ts';
import type { MirrorMemory } from './memory.ts';
import { mergeAddresses, type NamedAddress } from './merge.ts';
import { MIRROR_ERRORS } from './mirror-errors.ts';
import { hostMatcher, listedHost } from './named-hosts.ts';
import { ownMirrors } from './own-mirrors.ts';

export interface GatherOptions {
  /** Addresses that come with the job, best first. */
  readonly urls: readonly string[];
  /** What they are of. Without it, nobody knows of further mirrors. */
  readonly image?: ListedImage | undefined;
  /** What arrives is compared with a digest. Otherwise no mirror is used that only a vendor's list names. */
  readonly verified: boolean;
  readonly signal: AbortSignal;
  /** How long lists are waited for, in milliseconds. What comes later is kept for the next time. */
  readonly maxWaitMs?: number | undefined;
  /** Fetch nothing: of the lists only what is kept. */
  readonly offline?: boolean | undefined;
  readonly memory?: Pick<MirrorMemory, 'recall'> | undefined;
  /** Keep also those of banned hosts: to show them, never to use them. */
  readonly withBanned?: boolean | undefined;
}

const MAX_WAIT_MS = 3_000;
const MOST_CANDIDATES = 300;

/**
 * All mirrors of a file: those of the job, the user's own, and those of vendors' lists, in this order; one a host, but
 * for the job's own addresses, which all stay. Banned hosts are left out, unless they are asked for.
 * @throws the signal's reason
 */
export async function gatherCandidates(engine: Engine, options: GatherOptions): Promise<readonly MirrorCandidate[]> {
  const { urls, image, memory, withBanned = false } = options;
  const { ban, prefer } = engine.settings.mirrors;
  warnOfNoHosts(engine, [...ban, ...prefer]);
  const found = image === undefined ? [] : await furtherMirrors(engine, image, options);
  const given = urls.map((url): NamedAddress => ({ url, source: CATALOG_SOURCE, given: true }));
  const banned = hostMatcher(ban);
  const preferred = hostMatcher(prefer);
  return mergeAddresses(
    [...given, ...found].filter(({ url }) => withBanned || banned(url) < 0),
    MOST_CANDIDATES,
  ).map(({ url, sources, country, continent, bandwidth }, position) => {
    const mirror = mirrorOf(url);
    const place = preferred(url);
    return {
      url,
      mirror,
      position,
      sources,
      country,
      continent,
      bandwidth,
      preferred: place < 0 ? undefined : place,
      history: recalled(memory, mirror),
    };
  });
}

async function furtherMirrors(engine: Engine, image: ListedImage, options: GatherOptions): Promise<NamedAddress[]> {
  const { signal, verified, maxWaitMs = MAX_WAIT_MS } = options;
  const { only, lists: wanted } = engine.settings.mirrors;
  // Who wants nobody asked but his own mirrors has no publisher of lists asked either.
  const offline = options.offline === true || only;
  const waiting = new AbortController();
  const hurry = new AbortController();
  sleep(maxWaitMs, undefined, { signal: waiting.signal }).then(
    () => hurry.abort(),
    () => undefined,
  );
  try {
    // Plugins load code before they answer, and may take their time like a list.
    const lists = (await unless(hurry.signal, knownLists(engine, image, signal))) ?? [];
    signal.throwIfAborted();
    const own = ownMirrors(engine, image, lists).map((url): NamedAddress => ({ url, source: SETTINGS_SOURCE }));
    if (!verified || !wanted) return own;
    return [...own, ...(await listedAddresses(engine, image, lists, { signal, hurry: hurry.signal, offline }))];
  } finally {
    waiting.abort();
  }
}

/** Who has banned `*` by hand should not believe it. */
function warnOfNoHosts({ events }: Engine, named: readonly string[]): void {
  for (const host of named.filter((each) => listedHost(each) === undefined)) {
    const values = { host: withoutSecrets(host), problem: 'no address is of it, so that it does nothing' };
    events.emit('warning', failure(MIRROR_ERRORS.badHost, values));
  }
}

/** Experience that cannot be read is as good as none. */
function recalled(memory: GatherOptions['memory'], mirror: string): MirrorHistory | undefined {
  try {
    return memory?.recall(mirror);
  } catch {
    return undefined;
  }
}
