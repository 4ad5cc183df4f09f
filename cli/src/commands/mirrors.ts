import {
  hostMatcher,
  mirrorName,
  openMirrorMemory,
  placeOfUser,
  Ranking,
  usualOrder,
  type Engine,
  type MirrorCandidate,
  type Place,
  type RankedMirror,
  type RankingQuestion,
  type UsualPlace,
} from '@loopstick/core';

import { mirroredImage, mirrorsOf, type MirroredImage } from '../mirror-image.ts';
import { mirrorSettings, requireNamed, type MirrorOptions } from '../mirror-options.ts';
import { hostOf, mirrorDocument, mirrorRow, MIRROR_HEAD, speedCell } from '../output/mirror-words.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';

export async function mirrorsStrategies({ terminal, engine }: Session): Promise<void> {
  const opened = await engine();
  const inUse = opened.settings.mirrors.strategy;
  const all = (await opened.mirrorStrategies()).map(({ name, description, pluginId: plugin }) => ({
    ...{ name, description, plugin },
    inUse: name === inUse,
  }));
  terminal.document(all);
  const rows = all.map(({ name, description, plugin, inUse: used }) => [used ? '*' : '', name, description, plugin]);
  for (const line of table(['', 'STRATEGY', 'WHAT COMES FIRST', 'PLUGIN'], rows)) terminal.data(line);
  if (!all.some(({ inUse: used }) => used)) terminal.note(`No plugin offers "${inUse}", which the settings name.`);
  terminal.note('Choose one: loopstick config set mirrors.strategy NAME');
}

export async function mirrorsList(session: Session, [word = '']: readonly string[]): Promise<void> {
  const { terminal } = session;
  const engine = await session.engine();
  const { candidates } = await knownMirrors(session, engine, word);
  const isBanned = bannedIn(engine);
  terminal.document(candidates.map((candidate) => mirrorDocument(candidate, isBanned(candidate))));
  const rows = candidates.map((candidate) => mirrorRow(candidate, isBanned(candidate)));
  for (const line of table(MIRROR_HEAD, rows)) terminal.data(line);
}

export async function mirrorsExplain(
  session: Session,
  [word = '']: readonly string[],
  options: MirrorOptions,
): Promise<void> {
  const { terminal } = session;
  const engine = await session.engine(({ mirrors, ...others }) => ({
    ...others,
    mirrors: mirrorSettings(options, mirrors, 'loopstick mirrors explain'),
  }));
  await requireNamed(engine, options);
  const { image, candidates } = await knownMirrors(session, engine, word);
  const ranked = await usualRanks(engine, image, candidates, session.signal);
  const place = await placeOfUser(engine);
  const { strategy } = engine.settings.mirrors;
  const mirrors = ranked.map((each) => ({ ...each, url: mirrorName(each.url), use: each.use !== false }));
  terminal.document({ image: image.id, strategy, place, mirrors });
  terminal.note(`${image.id}, strategy "${strategy}", you are ${whereIs(place)}`);
  const rows = ranked.map(({ url, use, expected, chance, reason }, index) => [
    use === false ? '-' : String(index + 1),
    hostOf(url),
    speedCell(expected),
    use === false ? '-' : `${Math.round(chance * 100)} %`,
    reason,
  ]);
  for (const line of table(['', 'MIRROR', 'EXPECTED', 'FIRST 3', 'WHY'], rows)) terminal.data(line);
  if (!ranked.some(({ chance }) => chance > 0 && chance < 1)) return;
  terminal.note('A download begins with three of them. FIRST 3 is how often each would be one: the rest is chance.');
}

/** Everything that is known of the mirrors of an image, banned ones too; nobody but publishers of lists is asked. */
async function knownMirrors(
  { signal }: Session,
  engine: Engine,
  word: string,
): Promise<{ readonly image: MirroredImage; readonly candidates: readonly MirrorCandidate[] }> {
  const image = await mirroredImage(engine, word, signal);
  const memory = await openMirrorMemory(engine);
  try {
    return { image, candidates: await mirrorsOf(engine, image, { memory, signal }) };
  } finally {
    memory.close();
  }
}

/** As a download would ask when it begins; banned mirrors come last. */
export async function rank(
  engine: Engine,
  image: Pick<MirroredImage, 'size'>,
  candidates: readonly MirrorCandidate[],
  signal: AbortSignal,
): Promise<RankedMirror[]> {
  const [allowed, banned] = withoutBanned(engine, candidates);
  return [...(await new Ranking(engine).ask(allowed, questionOf(image, signal))), ...banned];
}

/** As all downloads together would: what one answer leaves to chance is told as such. */
async function usualRanks(
  engine: Engine,
  image: Pick<MirroredImage, 'size'>,
  candidates: readonly MirrorCandidate[],
  signal: AbortSignal,
): Promise<UsualPlace[]> {
  const [allowed, banned] = withoutBanned(engine, candidates);
  const usual = await usualOrder(new Ranking(engine), allowed, questionOf(image, signal));
  return [...usual, ...banned.map((each) => ({ ...each, chance: 0 }))];
}

function questionOf({ size }: Pick<MirroredImage, 'size'>, signal: AbortSignal): RankingQuestion {
  return { size, remaining: size, signal };
}

function withoutBanned(
  engine: Engine,
  candidates: readonly MirrorCandidate[],
): [allowed: MirrorCandidate[], banned: RankedMirror[]] {
  const isBanned = bannedIn(engine);
  const banned = candidates.filter(isBanned).map(({ url }) => ({ url, reason: 'banned in the settings', use: false }));
  return [candidates.filter((candidate) => !isBanned(candidate)), banned];
}

function bannedIn({ settings }: Engine): (candidate: MirrorCandidate) => boolean {
  const matches = hostMatcher(settings.mirrors.ban);
  return ({ url }) => matches(url) >= 0;
}

function whereIs({ country, continent }: Place): string {
  if (country === undefined) return 'somewhere (set mirrors.country)';
  return `in ${country.toUpperCase()}${continent === undefined ? '' : ` (${continent})`}`;
}
