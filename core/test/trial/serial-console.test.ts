import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { SerialConsole } from '../../src/trial/serial-console.ts';

const MENU = 'loopstick: entry a-one\r\nloopstick: entry b-two\r\nloopstick: menu\r\n';
const START = '\u001b[0mloopstick: start a-one\r\n';
const KERNEL = '[    0.000000] Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org)\r\n';
const INIT = '[    2.100000] Run /init as init process\r\n';

const follow = (text: string, markers = {}): SerialConsole => {
  const console = new SerialConsole('a-one', markers);
  console.add(text);
  return console;
};

describe('SerialConsole', () => {
  it('follows a boot stage by stage', () => {
    expect(follow('SeaBIOS\r\n').stage).toBe('nothing');
    expect(follow(MENU)).toMatchObject({ stage: 'menu', listed: ['a-one', 'b-two'], started: false });
    expect(follow(MENU + START)).toMatchObject({ stage: 'menu', started: true });
    expect(follow(MENU + START + KERNEL).stage).toBe('kernel');
    expect(follow(MENU + START + KERNEL + INIT).stage).toBe('kernel');
    expect(follow(`${MENU + START + KERNEL + INIT}[    2.2] a driver\r\n`).stage).toBe('kernel');
    expect(follow(`${MENU + START + KERNEL + INIT}Welcome\r\n`).stage).toBe('userland');
  });

  it('takes only the marker for userland when there is one', () => {
    const markers = { userland: ['Starting system log daemon'] };
    expect(follow(`${MENU + START + KERNEL + INIT}Welcome\r\n`, markers).stage).toBe('kernel');
    expect(follow(`${MENU + START + KERNEL + INIT}Starting system log daemon: syslogd`, markers).stage).toBe(
      'userland',
    );
  });

  it('does not take the text of the menu for the boot of an entry', () => {
    expect(
      follow(`Linux version 6 live\r\n${MENU}Starting system log daemon`, { userland: ['Starting system log'] }).stage,
    ).toBe('menu');
  });

  it('follows a menu that is watched by typing', () => {
    const console = new SerialConsole('a-one', {}, 'Reboot Into Firmware Interface');
    console.add('\u001b[01;01HLinux version 6\u001b[17;33H  Reboot Into Firm');
    expect(console.stage).toBe('nothing');
    console.add('ware Interface  ');
    expect(console).toMatchObject({ stage: 'menu', started: false });
    console.typed();
    // What was on the screen before is no kernel's message.
    console.add('console=ttyS0');
    expect(console.stage).toBe('menu');
    console.add(`\r\n${KERNEL}`);
    expect(console.stage).toBe('kernel');
  });

  it('gives the reason when a boot ends', () => {
    expect(follow(`${MENU + START}loopstick: failed a-one initrd\r\n`).failure).toContain('initrd');
    expect(follow(`${MENU + START + KERNEL}[ 1.0] Kernel panic - not syncing: VFS\r\n`).failure).toContain('panic');
    expect(follow(`${MENU + START}loopstick: failed b-two initrd\r\n`).failure).toBeUndefined();
  });

  it('does not depend on how the text is cut', () => {
    const text = `${MENU + START + KERNEL + INIT}Welcome\r\nto userland\r\n`;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (cuts) => {
        const console = new SerialConsole('a-one', {});
        for (let at = 0, turn = 0; at < text.length; turn++) {
          const length = cuts[turn % cuts.length] ?? 1;
          console.add(text.slice(at, at + length));
          at += length;
        }
        expect(console).toMatchObject({ stage: 'userland', listed: ['a-one', 'b-two'] });
      }),
    );
  });
});
