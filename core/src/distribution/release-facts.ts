import { lineSchema } from '../catalog/atoms.ts';
import { versionFits } from './description-atoms.ts';
import type { DistributionDescription, ReleaseRule } from './description.ts';
import { Template } from './template.ts';

/** What is known of a release beside its images. */
export type ReleaseFacts = Omit<ReleaseRule, 'version'>;

/**
 * All that is known of a version: for each field, what the first rule says that fits and says it.
 * @param name of the distribution
 * @param listed the codename that the vendor's own list gives, where no rule does
 */
export function factsOf(
  { releases }: Pick<DistributionDescription, 'releases'>,
  name: string,
  version: string,
  listed: string | undefined,
): ReleaseFacts {
  const said = releases.filter((rule) => versionFits(rule.version, version));
  const first = <F extends keyof ReleaseFacts>(field: F): ReleaseFacts[F] =>
    said.find((rule) => rule[field] !== undefined)?.[field];
  const codename = first('codename') ?? (lineSchema(64).safeParse(listed).success ? listed : undefined);
  const given = [['name', name] as const, ['version', version] as const];
  const names = new Map([...given, ...(codename === undefined ? [] : [['codename', codename] as const])]);
  const titles = said.flatMap(({ title }) => (title === undefined ? [] : (new Template(title).fill(names) ?? [])));
  return withoutMissing({
    codename,
    title: titles[0],
    lts: first('lts'),
    released: first('released'),
    endOfLife: first('endOfLife'),
  });
}

function withoutMissing(facts: ReleaseFacts): ReleaseFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
