/**
 * Watched boot: how a program tests the very stick that a user gets, byte for byte.
 *
 * The watcher (`loopstick boot --check`) starts a virtual machine whose SMBIOS "System Information" (type 1) names
 * WATCHED_PRODUCT as its product; in the SKU field it names one menu item, or WATCHED_MENU when only the menu itself is
 * to be looked at. The bootloader's menu reads both fields.
 * On any other machine, and so on every real one, none of this is active. On a match the menu
 *
 * 1. moves to the first serial port, 115200 baud, 8N1, for its output and its input; for WATCHED_MENU it stays on the
 *    screen as well, so that a picture can be taken;
 * 2. writes `loopstick: entry <id>` for every item, in the menu's order, then `loopstick: menu`, and shows the menu;
 * 3. starts the item that the SKU names one second later. With any other SKU it waits for ever;
 * 4. writes `loopstick: start <id>` as an item starts and adds its `serialArgs` to the kernel's arguments;
 * 5. writes `loopstick: failed <id> <what>` when the item cannot be started; `<what>` is one of WATCHED_FAILURES.
 *
 * Each is a line of its own, possibly between a terminal's escape sequences.
 *
 * A menu that can do nothing of this is watched by typing: its plan says by what text it is known on the firmware's
 * console and which keys start an item (TypedMenu in engine/contract/boot-plan.ts). Then 2 to 5 do not apply.
 */

/** The product name that turns watching on. */
export const WATCHED_PRODUCT = 'loopstick-check';

/** The product name that only makes the menu start the item in the SKU field, on the screen and without a report. */
export const START_PRODUCT = 'loopstick-start';

/** The SKU that asks for no item: the menu is shown, on the screen too, and waits. No item has this id. */
export const WATCHED_MENU = 'loopstick-menu';

/** Why an item did not start: the part that is missing or that could not be read or does not fit this machine. */
export const WATCHED_FAILURES = [
  'stick',
  'iso',
  'kernel',
  'initrd',
  'menu',
  'start',
  'firmware',
  'filesystem',
] as const;
export type WatchedFailure = (typeof WATCHED_FAILURES)[number];

export type WatchedEvent =
  | { readonly type: 'menu' }
  | { readonly type: 'entry' | 'start'; readonly id: string }
  | { readonly type: 'failed'; readonly id: string; readonly what: string };

/** The value of QEMU's `-smbios` option that asks for a watched boot of one item, or of the menu alone. */
export function watchedSmbios(id: string = WATCHED_MENU): string {
  // QEMU's option syntax: a comma inside a value is doubled.
  return `type=1,product=${WATCHED_PRODUCT},sku=${id.replaceAll(',', ',,')}`;
}

/** The value of `-smbios` that starts one item as if a person had chosen it. */
export function startSmbios(id: string): string {
  return `type=1,product=${START_PRODUCT},sku=${id.replaceAll(',', ',,')}`;
}

/** The text that stands for an event, without a line end. */
export function watchedLine(event: WatchedEvent): string {
  if (event.type === 'menu') return 'loopstick: menu';
  return `loopstick: ${event.type} ${event.id}${event.type === 'failed' ? ` ${event.what}` : ''}`;
}

/** The event that one line of the serial console stands for, if it does. */
export function parseWatchedLine(line: string): WatchedEvent | undefined {
  const text = withoutEscapes(line);
  const [, type, id, what] = /^loopstick: (menu|entry|start|failed)(?: (\S+))?(?: (\S+))?$/.exec(text) ?? [];
  if (type === 'menu' && id === undefined) return { type };
  if ((type === 'entry' || type === 'start') && id !== undefined && what === undefined) return { type, id };
  if (type === 'failed' && id !== undefined && what !== undefined) return { type, id, what };
  return undefined;
}

/** A line of a serial console without ECMA-48 control sequences, control characters and blanks at its ends. */
function withoutEscapes(line: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  return line.replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|[@-_])|[\u0000-\u001f\u007f]/g, '').trim();
}
