import { parseWatchedLine, watchedLine, watchedSmbios, type WatchedEvent } from '../../src/trial/watched-boot.ts';
import { describe, expect, it } from 'vitest';

const EVENTS: WatchedEvent[] = [
  { type: 'menu' },
  { type: 'entry', id: 'debian-12-text' },
  { type: 'start', id: 'debian-12-text' },
  { type: 'failed', id: 'debian-12-text', what: 'initrd' },
];

describe('the protocol of a watched boot', () => {
  it.each(EVENTS)('reads back what it writes: $type', (event) => {
    expect(parseWatchedLine(watchedLine(event))).toEqual(event);
  });

  it('reads lines as a serial terminal gets them', () => {
    expect(parseWatchedLine('\u001b[0m\u001b[37m\u001b[H\u001b[J\u001b[1;1Hloopstick: entry deb\r')).toEqual({
      type: 'entry',
      id: 'deb',
    });
    expect(parseWatchedLine('\rloopstick: menu\r\n')).toEqual({ type: 'menu' });
  });

  it.each([
    '',
    'loopstick:',
    'loopstick: menu x',
    'loopstick: entry',
    'loopstick: start a b',
    'loopstick: failed a',
    'x loopstick: menu',
  ])('takes "%s" for nothing', (line) => {
    expect(parseWatchedLine(line)).toBeUndefined();
  });

  it('asks QEMU for it', () => {
    expect(watchedSmbios()).toBe('type=1,product=loopstick-check,sku=loopstick-menu');
    expect(watchedSmbios('a-1')).toBe('type=1,product=loopstick-check,sku=a-1');
    expect(watchedSmbios('a,b')).toBe('type=1,product=loopstick-check,sku=a,,b');
  });
});
