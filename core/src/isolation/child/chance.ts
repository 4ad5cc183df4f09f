/**
 * Numbers from 0 to 1 that follow from four whole ones: chance that comes from the engine, so that the same chance gives
 * the same answer. The generator is sfc32 of PractRand, which is in the public domain.
 */
export function chanceFrom(seed: readonly number[]): () => number {
  let [a = 0, b = 0, c = 0, counter = 1] = seed;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // The first numbers are too much like the seed.
  for (let warmUp = 0; warmUp < 12; warmUp++) next();
  return next;
}
