import { hasJustBegun, type MirrorCandidate } from '@loopstick/core';

type Evidence = (candidate: MirrorCandidate) => number | undefined;

const remembered: Evidence = ({ history }) => history?.speed?.mean;
const probed: Evidence = ({ probe }) => probe?.speed;

/**
 * A mirror with its speeds as they would be now: where all that were used in this download fall short of what was seen
 * of them before, the user's own line is the limit, and the others would fall short as well. Otherwise each would look
 * better than those in use until it is in use itself, and connections would wander from one to the next. One that falls
 * short alone changes nothing, as the best of them counts.
 */
export function atPresent(candidate: MirrorCandidate, all: readonly MirrorCandidate[]): MirrorCandidate {
  const others = all.filter((each) => each !== candidate && each.progress?.speed !== undefined && !hasJustBegun(each));
  const { history, probe } = candidate;
  return {
    ...candidate,
    ...(history?.speed !== undefined && {
      history: { ...history, speed: { ...history.speed, mean: history.speed.mean * shortfall(others, remembered) } },
    }),
    ...(probe?.speed !== undefined && { probe: { ...probe, speed: probe.speed * shortfall(others, probed) } }),
  };
}

/** From 0 to 1; the fewer have been seen, the nearer to 1. */
function shortfall(used: readonly MirrorCandidate[], evidence: Evidence): number {
  const ratios = used.flatMap((each) => {
    const [then, now] = [evidence(each), each.progress?.speed];
    return then === undefined || now === undefined || !(then > 0) || !(now > 0) ? [] : [now / then];
  });
  if (ratios.length === 0) return 1;
  return Math.min(1, Math.max(...ratios)) ** (ratios.length / (ratios.length + 1));
}
