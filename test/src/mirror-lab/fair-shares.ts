/** Who wants some of it: at most so much, out of the pool with this number. */
export interface Claim {
  readonly most: number;
  readonly pool: number;
}

/**
 * Divides what the pools have, and no more than `all` together, as fairly as can be (max-min): nobody gets more than
 * another one but where that one could not take more. So do connections share a line on the whole.
 * @returns a share for each claim, in the order of the claims
 */
export function fairShares(claims: readonly Claim[], pools: readonly number[], all: number): number[] {
  const shares = claims.map(() => 0);
  const left = pools.map((amount) => Math.max(0, amount));
  let rest = Math.max(0, all);
  let open = claims.map((_, index) => index);
  while (open.length > 0) {
    const inPool = left.map(() => 0);
    for (const index of open) inPool[poolOf(index)] = (inPool[poolOf(index)] ?? 0) + 1;
    let step = rest / open.length;
    for (const index of open) {
      const pool = poolOf(index);
      step = Math.min(step, room(index), (left[pool] ?? 0) / (inPool[pool] ?? 1));
    }
    for (const index of open) {
      shares[index] = (shares[index] ?? 0) + step;
      left[poolOf(index)] = (left[poolOf(index)] ?? 0) - step;
      rest -= step;
    }
    const before = open.length;
    open = open.filter((index) => !isSmall(room(index)) && !isSmall(left[poolOf(index)] ?? 0) && !isSmall(rest));
    // Rounding may leave a little everywhere.
    if (open.length === before && isSmall(step)) break;
  }
  return shares;

  function poolOf(index: number): number {
    return claims[index]?.pool ?? 0;
  }

  function room(index: number): number {
    return Math.max(0, (claims[index]?.most ?? 0) - (shares[index] ?? 0));
  }
}

/** In bytes. */
function isSmall(amount: number): boolean {
  return amount < 1e-6;
}
