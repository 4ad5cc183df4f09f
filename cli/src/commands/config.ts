import { resolve } from 'node:path';

import {
  changeSetting,
  createContext,
  loadSettings,
  namedHost,
  readSettingsDocument,
  requireCountry,
  settingKey,
  settingKeys,
  settingPath,
  settingsFile,
  settingValue,
  valueAt,
  withoutSecrets,
  type SettingKey,
  type SettingValue,
} from '@loopstick/core';

import { table } from '../output/table.ts';
import type { Session } from '../session.ts';

/** A setting as it is now. */
interface Shown {
  readonly key: string;
  /** Missing when it is not set and has no default. */
  readonly value?: unknown;
  /** Nobody has said so: it is the default. */
  readonly default: boolean;
}

export async function configList({ terminal }: Session): Promise<void> {
  const { config } = createContext().paths;
  const settings = await loadSettings(config);
  const document = await readSettingsDocument(config);
  const keys = settingKeys().flatMap(({ key }) => (key.endsWith('.*') ? named(key, document) : [key]));
  const all = keys.map((key) => shown(key, settings, document));
  terminal.document(all);
  const rows = all.map((setting) => [setting.key, inOneLine(setting.value), setting.default ? 'default' : 'set']);
  for (const line of table(['SETTING', 'VALUE', 'FROM'], rows)) terminal.data(line);
}

export async function configGet({ terminal }: Session, [key = '']: readonly string[]): Promise<void> {
  const setting = settingKey(key);
  const { config } = createContext().paths;
  const now = shown(setting.key, await loadSettings(config), await readSettingsDocument(config));
  terminal.document(now);
  if (now.value === undefined) terminal.note(`${key} is not set.`);
  for (const value of textsOf(now.value)) terminal.data(value);
}

export async function configSet(session: Session, [key = '', ...words]: readonly string[]): Promise<void> {
  const setting = settingKey(key);
  const value = await checked(setting, settingValue(setting, words));
  await requirePart(session, key, value);
  await change(session, setting, value);
}

export async function configUnset(session: Session, [key = '']: readonly string[]): Promise<void> {
  await change(session, settingKey(key), undefined);
}

export async function configPath({ terminal }: Session): Promise<void> {
  const path = settingsFile(createContext().paths.config);
  terminal.document({ path });
  terminal.data(path);
  return Promise.resolve();
}

async function change(
  { terminal, signal }: Session,
  setting: SettingKey,
  value: SettingValue | undefined,
): Promise<void> {
  const context = createContext();
  const settings = await changeSetting(context, setting, value, signal);
  const now = shown(setting.key, settings, await readSettingsDocument(context.paths.config));
  terminal.document(now);
  terminal.data(`${now.key}: ${inOneLine(now.value)}${now.default ? ' (default)' : ''}`);
}

function shown(key: string, settings: unknown, document: unknown): Shown {
  const path = settingPath(key);
  return { key, value: shownValue(valueAt(settings, path)), default: valueAt(document, path) === undefined };
}

/** Addresses of mirrors may hold passwords. */
function shownValue(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (Array.isArray(value)) return value.map(shownValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shownValue(inner)]));
}

/** The settings that stand below a key whose last part the user chooses. */
function named(key: string, document: unknown): string[] {
  const parent = key.slice(0, -2);
  return Object.keys(valueAt(document, parent.split('.')) ?? {}).map((name) => `${parent}.${name}`);
}

const HOST_LISTS = ['mirrors.prefer', 'mirrors.ban'];
/** They are taken from the settings file's folder, which is not where the person stands. */
const FOLDER_LISTS = ['plugins.paths', 'library.search'];

/** As it is to be kept. @throws LoopstickError MIRROR_BAD_HOST, MIRROR_BAD_COUNTRY */
async function checked({ key }: SettingKey, value: SettingValue): Promise<SettingValue> {
  const words = [value].flat().map(String);
  if (HOST_LISTS.includes(key)) return [...new Set(words.map(namedHost))];
  if (FOLDER_LISTS.includes(key)) return words.map((path) => (path.startsWith('~/') ? path : resolve(path)));
  // What has not even its form, the schema refuses.
  if (key === 'mirrors.country' && /^[a-z]{2}$/i.test(String(value))) await requireCountry(String(value));
  return value;
}

/** What a plugin has to offer is there, or this says what there is. @throws LoopstickError PLUGIN_NOT_FOUND */
async function requirePart(session: Session, key: string, value: SettingValue): Promise<void> {
  if (key === 'mirrors.strategy') await (await session.engine()).mirrorStrategy(String(value));
  if (key === 'stick.bootloader') await (await session.engine()).bootloader(String(value));
}

function inOneLine(value: unknown): string {
  return textsOf(value).join(', ') || '-';
}

function textsOf(value: unknown): string[] {
  return [value ?? []].flat().map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
}
