import type { RangeRequest, Reach } from '@loopstick/core';

import type { PeerAddress } from '../format/address.ts';
import type { Announcement, TrackerAnswer } from './announcement.ts';
import { askHttpTracker } from './http-tracker.ts';
import { mayName, reachOfAddress, withinReach } from './reach.ts';
import { askUdpTracker } from './udp-tracker.ts';

const LEAST_INTERVAL_MS = 60_000;
const LONGEST_INTERVAL_MS = 3_600_000;
const FAREWELL_MS = 2_000;

export interface TrackersOptions {
  readonly infoHash: string;
  readonly peerId: string;
  readonly port: number;
  /** How far whoever named the trackers may lead us. */
  readonly reach: Reach;
  /** Bytes that are still wanted. */
  readonly left: () => number;
  readonly mayFollow: RangeRequest['mayFollow'];
  readonly onPeers: (peers: readonly PeerAddress[]) => void;
}

/** Asks the trackers of one torrent for peers, again and again until it is ended. */
export class Trackers {
  readonly #options: TrackersOptions;
  readonly #ended = new AbortController();
  readonly #asked = new Set<string>();
  readonly #answered = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #waiting = 0;

  constructor(options: TrackersOptions) {
    this.#options = options;
  }

  /** Whether one of them has not said yet whom it knows. */
  get isSearching(): boolean {
    return this.#waiting > 0;
  }

  add(trackers: readonly string[]): void {
    for (const tracker of trackers) {
      if (this.#asked.has(tracker) || !this.#isAllowed(tracker)) continue;
      this.#asked.add(tracker);
      this.#waiting++;
      void this.#ask(tracker, 'started').finally(() => this.#waiting--);
    }
  }

  /** Says goodbye to those who have heard of us; nobody waits for it. */
  end(): void {
    if (this.#ended.signal.aborted) return;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#ended.abort(new Error('the torrent was left'));
    for (const tracker of this.#answered) {
      void this.#send(tracker, 'stopped', AbortSignal.timeout(FAREWELL_MS)).catch(() => undefined);
    }
  }

  #isAllowed(tracker: string): boolean {
    if (!URL.canParse(tracker) || !/^(?:https?|udp):\/\/[^/]/i.test(tracker)) return false;
    const { protocol, port, username } = new URL(tracker);
    if (username !== '' || (protocol === 'udp:' && port === '')) return false;
    return mayName(this.#options.reach, reachOfAddress(tracker));
  }

  async #ask(tracker: string, event: Announcement['event']): Promise<void> {
    let wait = LONGEST_INTERVAL_MS / 2;
    try {
      const { peers, interval } = await this.#send(tracker, event, this.#ended.signal);
      this.#answered.add(tracker);
      this.#options.onPeers(withinReach(peers, reachOfAddress(tracker)));
      wait = interval * 1000;
    } catch {
      // One tracker less; whether that leaves nobody, the swarm will say.
    }
    if (this.#ended.signal.aborted) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        void this.#ask(tracker, this.#answered.has(tracker) ? undefined : 'started');
      },
      Math.min(LONGEST_INTERVAL_MS, Math.max(LEAST_INTERVAL_MS, wait)),
    );
    timer.unref();
    this.#timers.add(timer);
  }

  #send(tracker: string, event: Announcement['event'], signal: AbortSignal): Promise<TrackerAnswer> {
    const { infoHash, peerId, port, left, mayFollow } = this.#options;
    const announcement = { infoHash, peerId, port, left: left(), event };
    if (mayFollow?.(tracker.replace(/^udp:/i, 'http:')) === false)
      return Promise.reject(new Error('its host is banned'));
    if (/^udp:/i.test(tracker)) return askUdpTracker(tracker, announcement, signal);
    return askHttpTracker(tracker, announcement, { signal, mayFollow });
  }
}
