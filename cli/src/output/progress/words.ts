import { formatBytes, type MirrorShare, type Step, type TransferReport } from '@loopstick/core';

export const VERBS: Readonly<Record<Step, string>> = {
  download: 'Downloading',
  hash: 'Checking',
  inspect: 'Looking inside',
  plan: 'Planning',
  format: 'Formatting',
  copy: 'Copying to',
  boot: 'Installing boot code on',
  verify: 'Reading back',
  finish: 'Finishing',
};

export function percent(done: number, total: number): number {
  return total === 0 ? 100 : Math.floor(Math.min(1, done / total) * 100);
}

/** `41 s left`, `3 min 5 s left`, `2 h 10 min left`. */
export function timeLeft(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  if (minutes === 0) return `${whole} s left`;
  if (minutes < 60) return `${minutes} min ${whole % 60} s left`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

/** `34 MiB/s, 41 s left`; what is unknown is left out. */
export function paceOf({ speed, eta }: TransferReport): string[] {
  return [...(speed > 0 ? [`${formatBytes(speed)}/s`] : []), ...(eta === undefined ? [] : [timeLeft(eta)])];
}

const TOP_MIRRORS = 3;

/** Who delivered how much in this run: `a.example 62 %, b.example 38 %`. Empty when there is only one. */
export function sharesOf(mirrors: readonly MirrorShare[]): string {
  const all = mirrors.reduce((sum, { bytes }) => sum + bytes, 0);
  if (mirrors.length < 2 || all === 0) return '';
  const best = [...mirrors].sort((a, b) => b.bytes - a.bytes);
  const top = best.slice(0, TOP_MIRRORS).map(({ mirror, bytes }) => `${hostOf(mirror)} ${percent(bytes, all)} %`);
  const others = best.length - top.length;
  return top.join(', ') + (others > 0 ? ` and ${others} more` : '');
}

export function connectionsOf({ connections }: TransferReport): string {
  return connections === 1 ? '1 connection' : `${connections} connections`;
}

function hostOf(mirror: string): string {
  return URL.canParse(mirror) ? new URL(mirror).host : mirror;
}
