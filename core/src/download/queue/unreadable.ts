import type { Database } from './database.ts';
import { parseRecord } from './job-record.ts';

/**
 * Removes entries that nobody works on and that make no sense here, as those of a newer program may: they can be neither
 * cancelled nor resumed. What is there of their files stays. Returns how many those were.
 * @param before of the last change
 */
export function removeUnreadable(database: Database, before: Date): number {
  return database.write((run) => {
    const old = database.all(
      'SELECT jobs.*, NULL AS identity FROM jobs WHERE owner IS NULL AND updated_at < ?',
      before.getTime(),
    ) as { readonly id: string }[];
    const unreadable = old.filter((row) => parseRecord(row) === undefined);
    for (const { id } of unreadable) run('DELETE FROM jobs WHERE id = ?', id);
    return unreadable.length;
  });
}
