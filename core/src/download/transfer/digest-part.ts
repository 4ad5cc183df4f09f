import type { Digests } from '../../verify/digests.ts';
import { digestWholeFile } from '../../verify/whole-file.ts';
import { Meter } from '../meter.ts';
import type { FillOptions } from './fill.ts';
import { wantedAlgorithms } from './outcome.ts';

/** The digests of everything that is in the part, which is read once more for it. Emits `progress` (step `hash`). */
export async function digestPart({ engine, job, part, signal }: FillOptions): Promise<Digests> {
  const meter = new Meter(engine, 'hash', job.label);
  const onProgress = meter.report.bind(meter);
  return (await digestWholeFile(part.path, wantedAlgorithms(job), { signal, onProgress })).digests;
}
