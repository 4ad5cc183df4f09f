/** What a schema cannot say of a description: names that are used are given, and keys and ids stand there once. */
import type { BootRule } from './boot-schema.ts';
import type { DistributionDescription } from './description.ts';
import type { DiscoverRule, ImageRule, ListRule } from './list-schema.ts';
import type { MirrorListRule } from './mirror-list-schema.ts';
import { Pattern, PatternError } from './pattern.ts';
import { ADDRESS_NAMES, Template } from './template.ts';

type Place = (string | number)[];

interface Issue {
  readonly path: Place;
  readonly message: string;
}

/** Collects what is wrong, with the place. */
class Issues {
  readonly all: Issue[] = [];

  add(path: Place, message: string): void {
    this.all.push({ path, message });
  }

  /** Each name of the template has to be given. */
  uses(text: string | undefined, given: ReadonlySet<string>, path: Place): void {
    const missing = text === undefined ? undefined : names(text, Template).find((name) => !given.has(name));
    if (missing !== undefined) this.add(path, `uses {${missing}}, which nothing gives here`);
  }

  /** Each of these is there once. */
  once(values: readonly string[], path: Place): void {
    const twice = values.findIndex((value, at) => values.indexOf(value) < at);
    if (twice !== -1) this.add([...path, twice], 'is there twice');
  }
}

/** What is not well-formed has been reported already. */
function names(text: string, Kind: typeof Pattern | typeof Template): readonly string[] {
  try {
    return new Kind(text).names;
  } catch (error) {
    if (error instanceof PatternError) return [];
    throw error;
  }
}

export function checkDescription(description: DistributionDescription): Issue[] {
  const issues = new Issues();
  const { distribution, siblings, keys, releases, lists, mirrorLists, boot } = description;
  const ids = [distribution, ...siblings].map(({ id }) => id);
  if (new Set(ids).size < ids.length) issues.add(['siblings'], 'has the same "id" twice');
  issues.once(
    keys.map(({ fingerprint }) => fingerprint),
    ['keys'],
  );
  issues.once(
    boot.map(({ name }) => name),
    ['boot'],
  );
  for (const [at, { title }] of releases.entries()) {
    issues.uses(title, new Set(['name', 'version', 'codename']), ['releases', at, 'title']);
  }
  for (const [at, list] of lists.entries()) {
    checkList(list, ['lists', at], issues);
    if (list.checksums?.signature !== undefined && keys.length === 0) {
      issues.add(['lists', at, 'checksums', 'signature'], 'needs a key in "keys"');
    }
  }
  issues.all.push(...checkMirrorLists(mirrorLists));
  for (const [at, rule] of boot.entries()) checkBoot(rule, ['boot', at], issues);
  return issues.all;
}

function checkList(list: ListRule, place: Place, issues: Issues): void {
  const { each, folders, discover, checksums } = list;
  const outer = new Set(Object.keys(each ?? {}));
  if (folders !== undefined) {
    issues.uses(folders.url, outer, [...place, 'folders', 'url']);
    issues.uses(folders.named?.base, outer, [...place, 'folders', 'named', 'base']);
    for (const name of [...names(folders.name, Pattern), 'folder']) outer.add(name);
  }
  if (discover === undefined && checksums === undefined) {
    issues.add(place, 'needs "discover" or "checksums"');
    return;
  }
  const rows = discover === undefined ? [] : checkDiscover(discover, outer, [...place, 'discover'], issues);
  const found = new Set([...outer, ...rows]);
  if (discover === undefined) {
    issues.uses(checksums?.url, outer, [...place, 'checksums', 'url']);
    if (checksums?.signature?.form === 'detached') {
      issues.uses(checksums.signature.url, outer, [...place, 'checksums', 'signature', 'url']);
    }
  }
  for (const name of ['file', 'url', 'folder', ...names(list.address ?? '', Pattern)]) found.add(name);
  for (const [at, image] of list.images.entries()) {
    const atImage = [...place, 'images', at];
    const given = new Set([...found, ...names(image.file, Pattern)]);
    issues.uses(list.of, given, [...place, 'of']);
    if (checksums?.signature !== undefined) checkSignedNames(list, image, { place, atImage }, issues);
    for (const field of Object.keys(image.where ?? {})) {
      if (!given.has(field)) issues.add([...atImage, 'where', field], 'is a name that nothing gives here');
    }
    for (const field of ['arch', 'version'] as const) {
      issues.uses(image[field] ?? `{${field}}`, given, [...atImage, field]);
    }
    for (const name of ['arch', 'version']) given.add(name);
    issues.uses(image.variant, given, [...atImage, 'variant']);
    issues.uses(image.codename, given, [...atImage, 'codename']);
    for (const [at, url] of (image.torrents ?? []).entries()) issues.uses(url, given, [...atImage, 'torrents', at]);
    issues.uses(image.imageSignature?.url, given, [...atImage, 'imageSignature', 'url']);
    // These are filled in for each image that the rule fits.
    if (discover !== undefined) {
      issues.uses(checksums?.url, given, [...place, 'checksums', 'url']);
      if (checksums?.signature?.form === 'detached') {
        issues.uses(checksums.signature.url, given, [...place, 'checksums', 'signature', 'url']);
      }
    }
    for (const [index, url] of (list.mirrors ?? []).entries()) issues.uses(url, given, [...place, 'mirrors', index]);
  }
}

/**
 * A signature vouches for names of files and their checksums. So what the catalog calls an image follows from the name
 * of its file alone: whoever serves the unsigned parts could pass one image off as another otherwise.
 */
function checkSignedNames(
  list: ListRule,
  image: ImageRule,
  { place, atImage }: { place: Place; atImage: Place },
  issues: Issues,
): void {
  const signed = new Set(['file', ...names(image.file, Pattern).filter((name) => !ADDRESS_NAMES.has(name))]);
  const follows = (text: string | undefined, path: Place): void => {
    const other = text === undefined ? undefined : names(text, Template).find((name) => !signed.has(name));
    if (other !== undefined)
      issues.add(path, `uses {${other}}, which is not in "file": the signature does not cover it`);
  };
  follows(list.of, [...place, 'of']);
  for (const field of Object.keys(image.where ?? {})) follows(`{${field}}`, [...atImage, 'where', field]);
  for (const field of ['arch', 'version'] as const) follows(image[field] ?? `{${field}}`, [...atImage, field]);
  for (const name of ['arch', 'version']) signed.add(name);
  follows(image.variant, [...atImage, 'variant']);
}

const STREAM_NAMES = ['sha256', 'size', 'arch', 'release', 'codename', 'title', 'type', 'series', 'serial'];

/** The names that its rows have. */
function checkDiscover(
  rule: DiscoverRule,
  given: ReadonlySet<string>,
  place: Place,
  issues: Issues,
): readonly string[] {
  const addresses = rule.format === 'static' ? rule.urls : [rule.url, ...('base' in rule ? [rule.base] : [])];
  for (const url of addresses) issues.uses(url, given, place);
  const file = (columns: readonly string[]): void => {
    if (!columns.includes('url') && !columns.includes('file')) issues.add(place, 'must give "url" or "file"');
  };
  switch (rule.format) {
    case 'json':
    case 'yaml':
      file(Object.keys(rule.fields));
      return Object.keys(rule.fields);
    case 'lines':
      file(rule.columns);
      issues.once(
        rule.columns.filter((column) => column !== '-'),
        [...place, 'columns'],
      );
      return rule.columns;
    case 'simplestreams':
      return STREAM_NAMES;
    case 'index':
    case 'static':
      return [];
  }
}

export function checkMirrorLists(rules: readonly MirrorListRule[]): Issue[] {
  const issues = new Issues();
  for (const [at, rule] of rules.entries()) checkMirrorList(rule, ['mirrorLists', at], issues);
  return issues.all;
}

function checkMirrorList({ from, list }: MirrorListRule, place: Place, issues: Issues): void {
  for (const pattern of from) {
    const given = new Set(names(pattern, Pattern));
    for (const field of ['url', 'path', 'tree'] as const) issues.uses(list?.[field], given, [...place, 'list', field]);
  }
}

const ISO_NAMES = ['iso_path', 'data_uuid', 'iso_label', 'iso_volume'];

function checkBoot(rule: BootRule, place: Place, issues: Issues): void {
  const { labels, find, line } = rule.recognise;
  const given = new Set<string>();
  for (const label of labels ?? []) for (const name of names(label, Pattern)) given.add(name);
  for (const { name, paths } of find ?? []) {
    given.add(name);
    for (const path of paths) for (const inner of names(path, Pattern)) given.add(inner);
  }
  for (const name of line === undefined ? [] : names(line.pattern, Pattern)) given.add(name);
  for (const field of ['rejected', 'title', 'version'] as const) issues.uses(rule[field], given, [...place, field]);
  issues.once(
    rule.entries.map(({ id }) => id),
    [...place, 'entries'],
  );
  const inArgs = new Set([...given, ...ISO_NAMES, ...(rule.own === undefined ? [] : ['own'])]);
  for (const [at, entry] of rule.entries.entries()) {
    const atEntry = [...place, 'entries', at];
    issues.uses(entry.title, given, [...atEntry, 'title']);
    issues.uses(entry.kernel, given, [...atEntry, 'kernel']);
    for (const [index, initrd] of entry.initrds.entries()) issues.uses(initrd, given, [...atEntry, 'initrds', index]);
    for (const [index, arg] of entry.args.entries()) issues.uses(arg, inArgs, [...atEntry, 'args', index]);
  }
}
