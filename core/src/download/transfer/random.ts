import type { Engine } from '../../engine/engine.ts';

/** Numbers from 0 to 1. */
export function randomOf({ context }: Pick<Engine, 'context'>): () => number {
  return () => Buffer.from(context.random(4)).readUInt32LE() / 2 ** 32;
}
