import { z } from 'zod';

import { idSchema } from '../catalog/atoms.ts';
import { nearest } from '../catalog/nearest.ts';
import { failure, type LoopstickError } from './errors.ts';
import { settingsSchema } from './settings.ts';
import { SETTINGS_ERRORS } from './settings-errors.ts';
import { parseBytes } from './units.ts';
import { withoutSecrets } from './without-secrets.ts';

/** One setting: where it is, and what may be there. */
export interface SettingKey {
  /** With dots: `downloads.retry.attempts`. `*` at the end stands for a name that the user chooses. */
  readonly key: string;
  /** What a single value is. */
  readonly type: 'string' | 'number' | 'boolean';
  /** It has any number of such values. */
  readonly list: boolean;
  /** Of these one, where there is a choice. */
  readonly choices?: readonly string[] | undefined;
  /** It is an amount of bytes: `5M` is understood. */
  readonly bytes: boolean;
}

/** A JSON value as a setting may have it. */
export type SettingValue = string | number | boolean | readonly (string | number | boolean)[];

/** What is used of a JSON Schema (2020-12), the form in which zod tells what a schema expects. */
interface Described {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly additionalProperties?: Described | boolean;
  readonly items?: Described;
  readonly enum?: readonly string[];
  readonly unit?: string;
}

/** All settings, as their schema describes them. */
export function settingKeys(): SettingKey[] {
  return keysBelow(z.toJSONSchema(settingsSchema, { io: 'input' }) as Described, []);
}

/** @throws LoopstickError SETTINGS_UNKNOWN_KEY with the nearest names */
export function settingKey(key: string): SettingKey {
  const keys = settingKeys();
  const found = keys.find((known) => known.key === key || nameIn(known.key, key) !== undefined);
  if (found !== undefined) return { ...found, key };
  throw unknownKey(key, keys);
}

/**
 * The name that the user has chosen in such a key has to be one that a distribution can have.
 * @throws LoopstickError SETTINGS_BAD_NAME
 */
export function requireName(key: string): void {
  const [name] = settingKeys().flatMap((known) => nameIn(known.key, key) ?? []);
  if (name !== undefined && !idSchema.safeParse(name).success) throw failure(SETTINGS_ERRORS.badName, { key, name });
}

/** The steps to a key's place in the document. The name at the end of an open key may hold dots itself. */
export function settingPath(key: string): string[] {
  const open = settingKeys().find((known) => nameIn(known.key, key) !== undefined);
  if (open === undefined) return key.split('.');
  const parent = open.key.slice(0, -2);
  return [...parent.split('.'), key.slice(parent.length + 1)];
}

/**
 * What a person typed, as the setting wants it. Whether it is in bounds, the schema says when it is written.
 * @throws LoopstickError SETTINGS_BAD_VALUE
 */
export function settingValue(setting: SettingKey, words: readonly string[]): SettingValue {
  if (setting.list) return words.map((word) => single(setting, word));
  const [word = '', ...more] = words;
  if (more.length > 0) throw badValue(setting, words.join(' '), 'it takes one value');
  return single(setting, word);
}

function single(setting: SettingKey, word: string): string | number | boolean {
  const { type, choices, bytes } = setting;
  if (choices?.includes(word) === false) throw badValue(setting, word, `it is one of ${choices.join(', ')}`);
  if (type === 'string') return word;
  if (type === 'boolean') {
    if (word === 'true' || word === 'false') return word === 'true';
    throw badValue(setting, word, 'it is true or false');
  }
  const number = bytes ? parseBytes(word) : /^-?\d+(\.\d+)?$/.test(word.trim()) ? Number(word) : undefined;
  if (number !== undefined) return number;
  throw badValue(setting, word, bytes ? 'it is not an amount of bytes such as 5M' : 'it is not a number');
}

function keysBelow(described: Described, path: readonly string[]): SettingKey[] {
  const { type, properties, additionalProperties: open } = described;
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([name, inner]) => keysBelow(inner, [...path, name]));
  }
  if (type === 'object' && typeof open === 'object') return keysBelow(open, [...path, '*']);
  const value = type === 'array' ? described.items : described;
  const kind = value?.type === 'integer' ? 'number' : value?.type;
  if (kind !== 'string' && kind !== 'number' && kind !== 'boolean') return [];
  const key = path.join('.');
  return [{ key, type: kind, list: type === 'array', choices: value?.enum, bytes: value?.unit === 'bytes' }];
}

/** What stands for the asterisk of an open key; undefined when the key is another. */
function nameIn(known: string, key: string): string | undefined {
  if (!known.endsWith('.*')) return undefined;
  const parent = known.slice(0, -1);
  return key.startsWith(parent) && key.length > parent.length ? key.slice(parent.length) : undefined;
}

function unknownKey(key: string, keys: readonly SettingKey[]): LoopstickError {
  const names = keys.map((known) => known.key);
  // Who leaves out the first part, or knows only the last, is understood as well.
  const last = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
  const similar = nearest(last(key), names.map(last), 1);
  const guesses = [...nearest(key, names), ...names.filter((name) => similar.includes(last(name)))];
  const [guess] = guesses;
  const advice = guess === undefined ? 'Run "loopstick config list" to see all of them.' : `Did you mean "${guess}"?`;
  return failure(SETTINGS_ERRORS.unknownKey, { key, advice });
}

function badValue({ key }: SettingKey, value: string, problem: string): LoopstickError {
  return failure(SETTINGS_ERRORS.badValue, { key, value: withoutSecrets(value), problem });
}
