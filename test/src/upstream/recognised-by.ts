import {
  createEngine,
  parseSettings,
  recognitionSchema,
  type IsoContents,
  type LinuxEntry,
  type Recognition,
} from '@loopstick/core';

export interface Recognised {
  readonly recognition: Recognition | undefined;
  /** The entries of the recognition that start a kernel. */
  readonly entries: readonly LinuxEntry[];
  /** True when a recipe knows the ISO, and says that it cannot boot from a stick. */
  readonly rejected: boolean;
}

/** What the recipes of one plugin say of an ISO. */
export async function recognisedBy(plugin: string, iso: IsoContents): Promise<Recognised> {
  const engine = await createEngine({
    plugins: [plugin],
    settings: parseSettings({}, 'none'),
    context: { env: { LOOPSTICK_HOME: '/nonexistent' } },
  });
  let answer: unknown;
  await engine.recognise(iso, new AbortController().signal, ({ recognition }) => {
    answer = recognition;
    return true;
  });
  if (answer === undefined) return { recognition: undefined, entries: [], rejected: false };
  if (typeof answer === 'object' && answer !== null && 'rejected' in answer) {
    return { recognition: undefined, entries: [], rejected: true };
  }
  const recognition = recognitionSchema.parse(answer);
  return { recognition, entries: recognition.entries.filter((entry) => entry.type === 'linux'), rejected: false };
}
