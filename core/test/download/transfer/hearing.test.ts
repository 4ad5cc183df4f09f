/** How those who can be asked are asked, when a file is wrong. */
import { describe, expect, it } from 'vitest';

import { Examination } from '../../../src/download/transfer/examination.ts';
import { canTestify } from '../../../src/download/transfer/hearing.ts';
import { examine } from '../../../src/download/transfer/trial.ts';
import { createScene, type Scene } from './scene.ts';
import type { Asked, Said } from './scripted.ts';

const MIB = 1024 * 1024;
const SIZE = 3 * MIB;

/** One piece each of three, of which the second is wrong; a fourth has sent nothing. */
async function scene(third: (asked: Asked, index: number) => Said, fourth: () => Said = () => ({})) {
  const made = await createScene(SIZE, [() => ({}), () => ({ bytes: wrong(made) }), third, fourth]);
  const examination = new Examination(made.state.map, () => 0.5);
  for (const piece of [0, 1, 2]) await made.put(piece, piece, piece === 1 ? wrong(made) : undefined);
  const examined = examine(made.state, examination, {
    most: 8,
    isRight: async () => (await made.state.part.read(0, SIZE)).equals(made.room.content),
    onHeard: () => undefined,
  });
  return { ...made, examination, examined };
}

function wrong({ room }: Scene): Buffer {
  const bytes = Buffer.from(room.content);
  bytes.writeUInt8(bytes.readUInt8(MIB + 5) ^ 1, MIB + 5);
  return bytes;
}

describe('a hearing', () => {
  it('makes the file right with what others have, and accounts for it', async () => {
    const { examined, state, examination } = await scene(() => ({}));
    expect(await examined).toBe(true);
    expect(state.map.originOf(1)).not.toBe(1);
    expect(examination.evidence.map(({ sender }) => sender)).toContain(1);
    expect(await state.part.holds(state.map, 1)).toBe(true);
    expect(state.origins.map(({ host }) => host.connections)).toEqual([0, 0, 0, 0]);
  });

  it('ends when the file is right, though somebody has not answered yet', async () => {
    const { examined, state } = await scene(
      () => ({}),
      () => ({ isSilent: true }),
    );
    Object.assign(state.patience, { openMs: 600_000, idleMs: 600_000 });
    expect(await examined).toBe(true);
  });

  it('asks once more whoever broke off', async () => {
    const { examined, asked } = await scene(
      (_, index) => (index === 0 ? { cut: 0 } : {}),
      () => ({ unsatisfiable: MIB }),
    );
    expect(await examined).toBe(true);
    expect(asked[2]?.length).toBeGreaterThan(1);
  });

  it('does without whoever asked for patience, or sends whole files only', async () => {
    const { examined, origins } = await scene(() => ({}));
    await examined;
    const [first, second] = origins;
    expect(origins.every(canTestify)).toBe(true);
    first?.host.park(1_000);
    if (second !== undefined) second.streamOnly = true;
    expect(origins.map(canTestify)).toEqual([false, false, true, true]);
  });
});
