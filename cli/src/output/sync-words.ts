/** How the state of a catalog source is put into words. */
import type { ChangeCounts, SourceSync } from '@loopstick/core';

import type { Format } from './style.ts';

/** One line about one source, and its colour. */
export function syncLine(status: SourceSync, now: Date): [string, Format | undefined] {
  const { source, state, error } = status;
  const words = `${source.padEnd(36)}  ${state.padEnd(9)}  ${detail(status, now)}`;
  if (state === 'failed') return [`${words}${error === undefined ? '' : `. ${error.message}`}`, 'red'];
  return [words, state === 'updated' ? 'green' : undefined];
}

function detail({ state, changes, images, carried, confirmed, expires }: SourceSync, now: Date): string {
  const amount = images === undefined ? 'nothing is known' : plural(images, 'image');
  const old =
    expires !== undefined && Date.parse(expires) <= now.getTime() ? `, out of date since ${day(expires)}` : '';
  const part =
    carried === undefined ? '' : `, but something could not be had: ${plural(carried, 'image')} kept from before`;
  if (state === 'updated' && changes !== undefined) return `${amount}: ${changeWords(changes)}${part}${old}`;
  if (state === 'unchanged') return `${amount}${part}${old}`;
  return images === undefined ? amount : `${amount} of ${ageOf(confirmed, now)}${old}`;
}

function changeWords({ added, removed, changed }: ChangeCounts): string {
  const parts = [
    [added, 'added'],
    [removed, 'removed'],
    [changed, 'changed'],
  ] as const;
  const words = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return words.join(', ') || 'the same images';
}

/** `3 hours ago`; `never` when it is missing. */
export function ageOf(time: string | undefined, now: Date): string {
  if (time === undefined) return 'never';
  const minutes = Math.floor((now.getTime() - Date.parse(time)) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 120) return `${plural(minutes, 'minute')} ago`;
  if (minutes < 48 * 60) return `${plural(Math.floor(minutes / 60), 'hour')} ago`;
  return `${plural(Math.floor(minutes / 60 / 24), 'day')} ago`;
}

/** As it stands in JSON: errors by what they say. */
export function syncObject({ error, ...status }: SourceSync): object {
  if (error === undefined) return status;
  const { code, message, hint } = error;
  return { ...status, error: { code, message, hint } };
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function day(time: string): string {
  return time.slice(0, 10);
}
