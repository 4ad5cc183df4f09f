import type { Connection } from './connection.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Origin } from './origin.ts';
import type { OriginJudge } from './origin-judge.ts';
import type { TransferState } from './state.ts';

/** What has just been connected shows first what it can do. */
const SETTLE_MS = 1_500;

/** Which connections are given up, for another one or for none. What they have is kept. */
export class Turnover {
  readonly #state: Pick<TransferState, 'clock'>;
  readonly #connections: ReadonlySet<Connection>;
  readonly #judge: OriginJudge;
  readonly #dispatcher: Dispatcher;
  readonly #isRanked: boolean;

  /** @param isRanked whether a mirror strategy says which origins are wanted most */
  constructor(
    state: Pick<TransferState, 'clock'>,
    connections: ReadonlySet<Connection>,
    judge: OriginJudge,
    dispatcher: Dispatcher,
    isRanked: boolean,
  ) {
    this.#state = state;
    this.#connections = connections;
    this.#judge = judge;
    this.#dispatcher = dispatcher;
    this.#isRanked = isRanked;
  }

  /**
   * A mirror that had to pause gets a connection back from one that has several and is slower; one that the strategy
   * prefers by now gets it from the one that it wants least.
   */
  swap(): void {
    const connections = [...this.#connections];
    if (connections.some(({ isRetired }) => isRetired)) return;
    const { origin } = this.#judge.pick(true);
    // Who would not get anything to do does not get a connection either.
    if (origin === undefined || origin.connections > 0 || this.#dispatcher.isTooSlow(origin)) return;
    const slower = connections.filter((one) => one.origin.connections > 1 && one.peak < origin.peak);
    const settled = connections.filter(({ openedAt }) => this.#state.clock() - openedAt > SETTLE_MS);
    const victim = slower.at(-1) ?? (this.#isRanked ? leastWanted(settled, origin) : undefined);
    victim?.retire();
  }

  /** When there may be no more connections, the slowest one is worth more where others are faster. */
  move(): void {
    const { origin } = this.#judge.pick(true);
    if (origin !== undefined) this.#dispatcher.slowerThan(origin)?.retire();
  }

  /**
   * After a trial in vain: second connections to a mirror go, then those that bring clearly less than others, and of
   * the rest the newest.
   */
  retireBeyond(most: number): void {
    if (this.#connections.size <= most) return;
    const met = new Map<Origin, number>();
    const ranked = [...this.#connections].map((connection) => {
      const before = met.get(connection.origin) ?? 0;
      met.set(connection.origin, before + 1);
      return { connection, before, magnitude: Math.round(Math.log2(Math.max(1, connection.speed.value ?? 0))) };
    });
    ranked.sort((a, b) => a.before - b.before || b.magnitude - a.magnitude);
    for (const { connection } of ranked.slice(most)) connection.retire();
  }

  /** Those of an origin that is given up. */
  retireAllOf(origin: Origin): void {
    for (const connection of this.#connections) if (connection.origin === origin) connection.retire();
  }
}

/** The connection of a mirror that is ranked below this one, the lowest first. */
function leastWanted(connections: readonly Connection[], origin: Origin): Connection | undefined {
  const place = ({ rank, benched }: Origin): number => (benched ? Infinity : rank);
  const below = connections.filter((one) => place(one.origin) > place(origin));
  return below.sort((a, b) => place(b.origin) - place(a.origin))[0];
}
