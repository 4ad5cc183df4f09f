import {
  formatBytes,
  mirrorName,
  successProbability,
  type MirrorCandidate,
  type MirrorHistory,
  type MirrorProbe,
} from '@loopstick/core';

/** Host and port of an address: by this people know a mirror. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : mirrorName(url);
}

export function speedCell(speed: number | undefined): string {
  return speed === undefined ? '-' : `${formatBytes(speed)}/s`;
}

export function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

export const MIRROR_HEAD: readonly string[] = [
  ...['MIRROR', 'COUNTRY', 'FROM', 'SPEED', 'SUCCESS', 'LAST USED', 'SETTINGS'],
];

/** What is known of a mirror before anything is asked of it. */
export function mirrorRow(candidate: MirrorCandidate, isBanned: boolean): string[] {
  const { url, country, sources, history, preferred } = candidate;
  const wish = isBanned ? 'banned' : preferred === undefined ? '' : `preferred (${preferred + 1})`;
  return [
    hostOf(url),
    country?.toUpperCase() ?? '-',
    sources.join(', '),
    speedCell(history?.speed?.mean),
    history === undefined ? '-' : `${Math.round(successProbability({ ...candidate, probe: undefined }) * 100)} %`,
    history?.lastUsed.toISOString().slice(0, 10) ?? '-',
    wish,
  ];
}

/** The same for programs, as docs/json.md describes. Addresses may hold passwords, so only names are told. */
export function mirrorDocument(candidate: MirrorCandidate, isBanned: boolean): object {
  const { url, mirror, country, continent, sources, bandwidth, preferred, history } = candidate;
  return {
    ...{ url: mirrorName(url), mirror, country, continent, sources, bandwidth, preferred, banned: isBanned },
    history: history && historyDocument(history),
  };
}

export function historyDocument({ outcomes, speed, connectMs, firstByteMs, lastUsed }: MirrorHistory): object {
  return { outcomes, speed, connectMs, firstByteMs, lastUsed };
}

export function probeDocument({ state, connectMs, firstByteMs, speed, bytes, problem }: MirrorProbe): object {
  return { state, connectMs, firstByteMs, speed, bytes, problem };
}
