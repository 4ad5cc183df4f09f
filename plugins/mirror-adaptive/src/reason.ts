import { formatBytes, rememberedTrouble, type Nearness, type SpeedBelief } from '@loopstick/core';

import type { Standing } from './standing.ts';

/** One line: what a mirror's place is owed to. */
export function reasonFor(standing: Standing, overtakes: boolean): string {
  const { candidate, collapsed } = standing;
  const parts = [
    candidate.preferred === undefined ? '' : `number ${candidate.preferred + 1} of those you prefer`,
    speedOf(standing),
    collapsed ? 'collapsed' : '',
    overtakes ? 'clearly faster than one in use' : '',
    troubleOf(standing),
  ];
  return parts.filter((part) => part !== '').join(', ');
}

const EVIDENCE: Readonly<Record<SpeedBelief['from'], string>> = {
  download: 'measured in this download',
  probe: 'in a small test',
  history: 'remembered from earlier downloads',
};

function speedOf({ belief, candidate, nearness, inUse }: Standing): string {
  if (belief !== undefined) return `${formatBytes(belief.mean)}/s ${EVIDENCE[belief.from]}`;
  const known = inUse ? 'not measured so far' : candidate.history === undefined ? 'unknown so far' : 'speed unknown';
  return `${known}: ${NEAR[nearness](candidate.country ?? candidate.continent)}, number ${candidate.position + 1} of the sources`;
}

const NEAR: Readonly<Record<Nearness, (where: string | undefined) => string>> = {
  country: (where = '') => `same country (${where})`,
  continent: (where = '') => `same continent (${where})`,
  far: (where = '') => `another continent (${where})`,
  unknown: () => 'no distance known',
};

function troubleOf({ candidate, success }: Standing): string {
  const { probe, progress } = candidate;
  if (probe?.state === 'failed' && progress?.speed === undefined) {
    return `failed a test${probe.problem === undefined ? '' : ` (${probe.problem})`}`;
  }
  const failures = progress?.failures ?? 0;
  if (failures > 0) return `failed ${failures === 1 ? 'once' : `${failures} times`} in this download`;
  const remembered = rememberedTrouble(candidate) ?? '';
  if (success >= 0.6) return remembered;
  return `${remembered === '' ? '' : `${remembered}, `}works with a likelihood of ${Math.round(success * 100)} %`;
}
