import { createMemoryIso, recogniseIso, type IsoContents } from '@loopstick/core';

import type { IsoSample } from '../suite/options.ts';
import type { Stage } from '../suite/stage.ts';

export function isoOf({ label, files, uuid }: IsoSample): IsoContents {
  return createMemoryIso(label, files, uuid);
}

/** As the engine takes it: what names files that are not there is refused. */
export async function recognise({ engine }: Stage, sample: IsoSample): ReturnType<typeof recogniseIso> {
  const iso = { ...isoOf(sample), file: `${sample.label}.iso` };
  return recogniseIso(engine, iso, AbortSignal.timeout(60_000));
}
