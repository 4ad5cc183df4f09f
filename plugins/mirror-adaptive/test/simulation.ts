import type { MirrorCandidate, MirrorHistory, MirrorProbe, MirrorStrategy, ProbeOptions } from '@loopstick/core';

import { candidate, chance, NOW, usedUrls } from '../../../test/src/strategies/index.ts';

export interface FakeMirror {
  readonly name: string;
  /** Bytes a second at a time in seconds. */
  rate(seconds: number): number;
  readonly country?: string;
  readonly history?: MirrorHistory;
  /** Milliseconds to the first byte. */
  readonly delayMs?: number;
  readonly state?: MirrorProbe['state'];
}

export interface SimulationOptions {
  readonly size: number;
  readonly seed: number;
  /** Of the user's own line, in bytes a second. */
  readonly line?: number;
}

export interface Simulated {
  readonly seconds: number;
  /** Mirrors in use at a time in seconds. */
  inUse(seconds: number): readonly string[];
  /** Connections that were moved to another mirror. */
  readonly moves: number;
  readonly probes: readonly { readonly name: string; readonly options: ProbeOptions }[];
}

/** As in the transfer: that many mirrors are in use, and the strategy is asked that often. */
const CONNECTIONS = 3;
const ASK_EVERY = 2;
const STEP = 0.25;
const NOISE = 0.15;

interface State {
  bytes: number;
  speed: number | undefined;
  since: number | undefined;
  probe: MirrorProbe | undefined;
}

/**
 * A download in virtual time: connections speed up in their first second, rates are noisy, the line is shared, small
 * probes see less than there is, and connections move to the first mirrors of every answer.
 */
export async function simulate(
  strategy: MirrorStrategy,
  mirrors: readonly FakeMirror[],
  { size, seed, line = Infinity }: SimulationOptions,
): Promise<Simulated> {
  const random = chance(seed);
  const noise = (): number => 1 + NOISE * (2 * random() - 1);
  const states = new Map<string, State>(
    mirrors.map(({ name }) => [name, { bytes: 0, speed: undefined, since: undefined, probe: undefined }]),
  );
  const log: { at: number; names: readonly string[] }[] = [];
  const probes: { name: string; options: ProbeOptions }[] = [];
  const signal = new AbortController().signal;
  let [now, done, moves, probing] = [0, 0, 0, 0];

  const candidates = (): MirrorCandidate[] =>
    mirrors.map(({ name, country, history }, position) => {
      const { bytes, speed, since, probe } = states.get(name)!;
      const progress = { bytes, speed, connections: since === undefined ? 0 : 1 };
      const begun = done > 0 && { progress };
      return candidate(name, position, { country, history, probe, ...begun });
    });

  const probe = async (url: string, options: ProbeOptions): Promise<MirrorProbe> => {
    const mirror = mirrors.find(({ name }) => url.includes(`//${name}.`))!;
    const state = states.get(mirror.name)!;
    probes.push({ name: mirror.name, options });
    const { delayMs = 50 } = mirror;
    const seen = mirror.rate(now) * noise() * Math.min(1, 0.4 + options.bytes / 4e6);
    const speed = Math.min(seen, line / CONNECTIONS);
    const ms = Math.min(options.ms, delayMs + (options.bytes / speed) * 1000);
    const bytes = Math.max(0, Math.round(((ms - delayMs) / 1000) * speed));
    const answered = mirror.state ?? (bytes > 0 ? 'current' : 'failed');
    const measured = answered === 'current' ? { bytes, speed, firstByteMs: delayMs } : { bytes: 0 };
    state.probe = { url, state: answered, ...measured };
    done += measured.bytes;
    probing += ms / 1000 / 4;
    return state.probe;
  };

  const ask = async (): Promise<void> => {
    const ranked = await strategy.rank(candidates(), {
      ...{ size, remaining: size - done, place: { country: 'de', continent: 'eu' as const }, preferredOnly: false },
      ...{ now: NOW, random, signal },
      ...(done > 0 && { probe }),
    });
    const wanted = usedUrls(ranked).slice(0, CONNECTIONS);
    for (const [name, state] of states) {
      if (wanted.includes(name)) {
        if (state.since === undefined && done > 0) moves++;
        state.since ??= now;
      } else state.since = undefined;
    }
    log.push({ at: now, names: wanted });
  };

  const run = (seconds: number): void => {
    for (const end = now + seconds; now < end; now += STEP) {
      const used = mirrors.filter(({ name }) => states.get(name)!.since !== undefined);
      const rates = used.map(
        ({ name, rate }) => rate(now) * noise() * Math.min(1, 0.3 + now - states.get(name)!.since!),
      );
      const share = Math.min(1, line / rates.reduce((sum, rate) => sum + rate, 0));
      for (const [index, { name }] of used.entries()) {
        const state = states.get(name)!;
        const rate = rates[index]! * share;
        state.bytes += Math.round(rate * STEP);
        // Half-life of a second and a half; a new connection is measured anew.
        const fresh = state.speed === undefined || now - state.since! < STEP;
        state.speed = fresh ? rate : state.speed! + (rate - state.speed!) * (1 - 0.5 ** (STEP / 1.5));
        done += rate * STEP;
      }
    }
  };

  await ask();
  run(STEP);
  while (done < size && now < 3_600) {
    probing = 0;
    await ask();
    run(Math.max(ASK_EVERY, probing));
  }
  return { seconds: now, moves, probes, inUse: (at) => log.findLast((each) => each.at <= at)?.names ?? [] };
}
