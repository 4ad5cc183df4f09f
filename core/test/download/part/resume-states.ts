import fc from 'fast-check';

import { MIXED, NONE, type PieceTable, type ResumeState } from '../../../src/download/part/resume-codec.ts';

/** A state of a file of a few pieces, sound unless the changes make it otherwise. */
export function resumeState(changes: Partial<ResumeState> = {}): ResumeState {
  return {
    size: 2_500_000,
    pieceSize: 1_048_576,
    digests: { sha256: 'ab'.repeat(32) },
    urls: ['https://one.example/image.iso', 'https://two.example/image.iso'],
    clean: false,
    origins: [{ url: 'https://one.example/image.iso', etag: '"1"' }],
    pieces: {
      fill: Uint32Array.of(1_048_576, 5, 0),
      crc: Uint32Array.of(0xffff_ffff, 7, 0),
      origin: Uint16Array.of(0, MIXED, NONE),
    },
    ...changes,
  };
}

const url = fc.string({ maxLength: 60, unit: 'binary' });
const origins = fc.array(
  fc.record(
    {
      url,
      etag: fc.string({ maxLength: 20 }),
      lastModified: fc.string({ maxLength: 40 }),
    },
    { requiredKeys: ['url'], noNullPrototype: true },
  ),
  { maxLength: 8 },
);

/** Any state that a download of up to 20 pieces can be in. */
export const anyState: fc.Arbitrary<ResumeState> = fc
  .record({ pieceSize: fc.integer({ min: 1, max: 0xffff_ffff }), count: fc.nat(20), origins })
  .chain(({ pieceSize, count, origins: known }) =>
    fc.record({
      size: count === 0 ? fc.constant(0) : fc.integer({ min: (count - 1) * pieceSize + 1, max: count * pieceSize }),
      pieceSize: fc.constant(pieceSize),
      digests: fc.record(
        { md5: hex(128), sha1: hex(160), sha256: hex(256), sha512: hex(512) },
        { requiredKeys: [], noNullPrototype: true },
      ),
      urls: fc.array(url, { maxLength: 8 }),
      clean: fc.boolean(),
      origins: fc.constant(known),
      seeds: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(0xffff_ffff), fc.nat(9)), {
        minLength: count,
        maxLength: count,
      }),
    }),
  )
  .map(({ seeds, ...state }) => ({ ...state, pieces: table(state, seeds) }));

function hex(bits: number): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength: bits / 8, maxLength: bits / 8 }).map((bytes) => Buffer.from(bytes).toString('hex'));
}

function table(
  state: Pick<ResumeState, 'size' | 'pieceSize' | 'origins'>,
  seeds: readonly (readonly [number, number, number])[],
): PieceTable {
  const sources = [MIXED, NONE, ...state.origins.keys()];
  return {
    fill: Uint32Array.from(seeds, ([part], piece) =>
      Math.floor(part * Math.min(state.pieceSize, state.size - piece * state.pieceSize)),
    ),
    crc: Uint32Array.from(seeds, ([, crc]) => crc),
    origin: Uint16Array.from(seeds, ([, , source]) => sources[source % sources.length] ?? NONE),
  };
}
