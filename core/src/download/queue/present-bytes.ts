import { partPaths } from '../part/part-paths.ts';
import { PieceMap } from '../part/piece-map.ts';
import { ResumeFile } from '../part/resume-file.ts';

/** How far a download came, as its part's `.resume` says; undefined when there is none that can be read. */
export async function presentBytes(
  destination: string,
): Promise<{ readonly done: number; readonly total: number } | undefined> {
  try {
    const state = await ResumeFile.peek(partPaths(destination).resume);
    if (state === undefined) return undefined;
    return { done: PieceMap.from(state.size, state.pieceSize, state.pieces).done, total: state.size };
  } catch {
    // Only the list is less exact: whoever goes on with it finds out what is there.
    return undefined;
  }
}
