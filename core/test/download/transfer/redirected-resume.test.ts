/** Going on with a file that redirects led to another server for. */
import { describe, expect, it } from 'vitest';

import { codeOf, createRoom, download, expectDone, IMPATIENT } from '../support.ts';
import { scripted } from './scripted.ts';

const MIB = 1024 * 1024;
const SIZE = 6 * MIB + 99;
const UNKNOWN = { digests: {}, size: undefined };

describe('a file without a digest that comes through a redirect', () => {
  it.each([
    ['is gone on with where the same server has the same tag', 'node-0', '"a"', 2 * MIB],
    ['is begun anew where another server has the same tag', 'node-1', '"a"', 0],
    ['is begun anew where the same server has another tag', 'node-0', '"b"', 0],
  ])('%s', async (_, node, tag, resumed) => {
    const room = await createRoom(SIZE);
    const other = Buffer.from(room.content.map((byte) => byte ^ 0xff));
    const isSame = resumed > 0;
    let isSecond = false;
    const mirror = scripted(room, 'odd', ({ start, end, ifRange }) => {
      const [etag, at] = isSecond ? [tag, node] : ['"a"', 'node-0'];
      return {
        etag,
        address: `odd://${at}.example/image.iso`,
        bytes: isSecond && !isSame ? other : room.content,
        isWhole: ifRange !== undefined && ifRange !== etag,
        // It breaks off once, and for good then.
        ...(!isSecond && end !== 1 && { cut: start === 0 ? 2 * MIB : 0 }),
      };
    });
    const patience = { ...IMPATIENT, idleMs: 10_000, openMs: 10_000 };
    expect(await codeOf(download(room, [mirror], UNKNOWN, { patience }))).toBe('DOWNLOAD_ALL_MIRRORS_FAILED');
    isSecond = true;
    expect(await download(room, [mirror], UNKNOWN, { patience })).toMatchObject({ resumed });
    await expectDone(room, isSame ? room.content : other);
  });
});
