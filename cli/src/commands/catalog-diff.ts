import { catalogChanges, type FieldChange, type ImageChange, type SourceChanges } from '@loopstick/core';

import type { Format } from '../output/style.ts';
import { plural } from '../output/sync-words.ts';
import type { Session } from '../session.ts';

const MARKS: Readonly<Record<ImageChange['change'], readonly [string, Format]>> = {
  added: ['+', 'green'],
  removed: ['-', 'red'],
  changed: ['~', 'yellow'],
};

export async function catalogDiff(
  session: Session,
  _: readonly string[],
  wishes: { readonly source?: readonly string[] },
): Promise<void> {
  const { terminal, signal } = session;
  const sources = await catalogChanges(await session.engine(), { signal, sources: wishes.source });
  terminal.document(sources);
  if (sources.length === 0) terminal.note('There is no catalog source on the web.');
  for (const source of sources) {
    terminal.data(headline(source), 'bold');
    for (const { image, change, fields = [] } of source.changes) {
      const [mark, format] = MARKS[change];
      terminal.data(`  ${mark} ${image}`, format);
      for (const field of fields) terminal.data(`      ${fieldWords(field)}`);
    }
  }
}

function headline({ source, at, first, images }: SourceChanges): string {
  if (at === undefined) return `${source}: never read; run "loopstick catalog sync"`;
  const when = `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
  return first ? `${source}, ${when}: first reading, ${plural(images, 'image')}` : `${source}, ${when}`;
}

function fieldWords({ field, before, after }: FieldChange): string {
  return `${field}: ${valueWords(before)} → ${valueWords(after)}`;
}

/** Lists of mirrors may be long; who wants all of it takes --json. */
function valueWords(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
