import { isLoopstickError } from '../../engine/errors.ts';
import { VERIFY_ERRORS } from '../../verify/verify-errors.ts';
import type { Examination } from './examination.ts';
import { Hearing } from './hearing.ts';
import type { TransferState } from './state.ts';

/**
 * One round of an examination. While others are asked, the file is compared with its digest whenever something in it was
 * replaced: who has one wrong byte is not asked about all the rest. That takes at most half of the time.
 *
 * @param most connections
 * @returns whether the file is right now
 * @throws the system's own errors; the signal's reason
 */
export async function examine(
  state: TransferState,
  examination: Examination,
  { most, isRight, onHeard }: { readonly most: number; isRight(): Promise<boolean>; onHeard(): void },
): Promise<boolean> {
  const { map, clock } = state;
  /** The state of the file, as a number, that is known to be wrong, and the one that is right. */
  const known = { wrong: examination.isChanged ? -1 : map.dropped, right: -1 };
  let judging: Promise<void> | undefined;
  let judgedAt = -Infinity;
  let judgingMs = 0;
  const judge = async (): Promise<void> => {
    const [at, since] = [map.dropped, clock()];
    const answer = await isRight().catch((error: unknown) => {
      // Something was replaced meanwhile.
      if (map.dropped !== at && isLoopstickError(error, VERIFY_ERRORS.fileChanged.code)) return undefined;
      throw error;
    });
    judgedAt = clock();
    judgingMs = judgedAt - since;
    if (answer === undefined || at !== map.dropped) return;
    known[answer ? 'right' : 'wrong'] = at;
    if (answer) hearing.end();
  };
  const hearing = new Hearing(state, examination, () => {
    onHeard();
    if (judging !== undefined || map.dropped === known.wrong || clock() < judgedAt + judgingMs) return;
    judging = judge().finally(() => {
      judging = undefined;
    });
    // Whoever waits for it in the end is told.
    judging.catch(() => undefined);
  });
  await hearing.run(most).finally(() => judging);
  while (map.dropped !== known.right && map.dropped !== known.wrong) await judge();
  examination.judged();
  return map.dropped === known.right;
}
