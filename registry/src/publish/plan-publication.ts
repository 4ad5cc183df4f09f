import { Metadata, Snapshot, TargetFile, Targets, Timestamp, type Root } from '@tufjs/models';

import { DESCRIPTION_TARGET } from '../tuf/roles.ts';
import { contentFile, type ContentFile } from './content.ts';
import type { SigningKey } from './keys.ts';
import type { PublishedMetadata } from './registry-folder.ts';
import type { RegistrySettings } from './registry-settings.ts';
import { fileOf, metaFile, signFor, SPECIFICATION, until } from './sign.ts';

export interface PublicationInput {
  readonly settings: RegistrySettings;
  readonly published: PublishedMetadata;
  readonly nextRoot: Metadata<Root> | undefined;
  readonly content: readonly ContentFile[];
  readonly keys: ReadonlyMap<string, SigningKey>;
  readonly now: Date;
  readonly renewTargets: boolean;
}

/** All that readers will be given, signed. */
export interface Publication {
  readonly root: Metadata<Root>;
  readonly targets: Metadata<Targets>;
  readonly snapshot: Metadata<Snapshot>;
  readonly timestamp: Metadata<Timestamp>;
  readonly content: readonly ContentFile[];
  readonly targetsSigned: boolean;
}

/**
 * Makes and signs what is to be published, and writes nothing yet: a key that is missing is missed before.
 * @throws LoopstickError REGISTRY_KEY_MISSING
 */
export function planPublication(input: PublicationInput): Publication {
  const { settings, published, keys, now } = input;
  const { days } = settings;
  const root = input.nextRoot ?? published.root;
  const content = [...input.content, descriptionFile(settings)];

  const kept = input.renewTargets ? undefined : stillGood(published, root, content, settings, now);
  const targets = kept ?? new Metadata(targetsOf(content, settings, (published.targets?.signed.version ?? 0) + 1, now));
  if (kept === undefined) signFor('targets', targets, root, keys);

  const snapshot = new Metadata(
    new Snapshot({
      specVersion: SPECIFICATION,
      version: (published.snapshot?.signed.version ?? 0) + 1,
      expires: until(now, days.snapshot),
      meta: { 'targets.json': metaFile(targets.signed.version, fileOf(targets)) },
    }),
  );
  signFor('snapshot', snapshot, root, keys);

  const timestamp = new Metadata(
    new Timestamp({
      specVersion: SPECIFICATION,
      version: (published.timestamp?.signed.version ?? 0) + 1,
      expires: until(now, days.timestamp),
      snapshotMeta: metaFile(snapshot.signed.version, fileOf(snapshot)),
    }),
  );
  signFor('timestamp', timestamp, root, keys);
  return { root, targets, snapshot, timestamp, content, targetsSigned: kept === undefined };
}

/** The description as readers get it. */
export function descriptionFile({ description }: RegistrySettings): ContentFile {
  return contentFile(DESCRIPTION_TARGET, Buffer.from(`${JSON.stringify(description, null, 2)}\n`));
}

/** True when these targets list just this content. */
function lists(targets: Targets, content: readonly ContentFile[]): boolean {
  return (
    Object.keys(targets.targets).length === content.length &&
    content.every(({ target, sha256 }) => targets.targets[target]?.hashes['sha256'] === sha256)
  );
}

function targetsOf(
  content: readonly ContentFile[],
  { description, days }: RegistrySettings,
  version: number,
  now: Date,
): Targets {
  const targets = content.map(({ target, bytes, sha256 }): [string, TargetFile] => {
    // As JSON has it: what is not set is not there.
    const custom = JSON.parse(JSON.stringify(description)) as Record<string, string>;
    const unrecognizedFields = target === DESCRIPTION_TARGET ? { custom } : {};
    return [target, new TargetFile({ path: target, length: bytes.length, hashes: { sha256 }, unrecognizedFields })];
  });
  const expires = until(now, days.targets);
  return new Targets({ specVersion: SPECIFICATION, version, expires, targets: Object.fromEntries(targets) });
}

/** The published targets, if nothing has to be signed anew by keys that are kept offline. */
function stillGood(
  { targets }: PublishedMetadata,
  root: Metadata<Root>,
  content: readonly ContentFile[],
  { days }: RegistrySettings,
  now: Date,
): Metadata<Targets> | undefined {
  if (targets === undefined || !lists(targets.signed, content)) return undefined;
  // A reader that comes as late as the timestamp allows must not find them expired.
  if (targets.signed.isExpired(new Date(until(now, days.timestamp)))) return undefined;
  try {
    root.verifyDelegate('targets', targets);
    return targets;
  } catch {
    return undefined;
  }
}
