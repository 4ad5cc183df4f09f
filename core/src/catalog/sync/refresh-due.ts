import type { Engine } from '../../engine/engine.ts';
import { isDue, readSchedule } from './schedule.ts';

/** Whether it is time to sync by itself, as the settings and the sources want it. Cheap: it reads one small file. */
export async function isRefreshDue({ context, settings }: Pick<Engine, 'context' | 'settings'>): Promise<boolean> {
  return isDue(await readSchedule(context), context.now(), settings.catalog.refreshHours);
}
