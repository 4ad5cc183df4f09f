import { START_PRODUCT, WATCHED_PRODUCT, watchedLine } from '@loopstick/core';

import { quote } from './escape.ts';

/**
 * The fixed parts of grub.cfg, in GRUB's script language. It looks like a shell's but has neither redirection nor
 * `case`, `&&` or `||`, and its functions know no local variables: all names start with `loopstick_`.
 */

/** Sets `loopstick_firmware` to a Firmware and `loopstick_watched` to yes or no (core's watched-boot.ts). */
export const DETECT: string = `\
if [ "$grub_platform" = pc ]; then
  set loopstick_firmware=bios
elif [ "$grub_cpu" = x86_64 ]; then
  set loopstick_firmware=uefi-x64
else
  set loopstick_firmware=uefi-ia32
fi

# Offsets in the SMBIOS structure "System Information": product name 0x05, SKU number 0x19.
set loopstick_watched=no
smbios --type 1 --get-string 5 --set loopstick_product
if [ "$loopstick_product" = ${quote(WATCHED_PRODUCT)} ]; then
  set loopstick_watched=yes
  smbios --type 1 --get-string 25 --set loopstick_wanted
elif [ "$loopstick_product" = ${quote(START_PRODUCT)} ]; then
  smbios --type 1 --get-string 25 --set loopstick_wanted
fi
`;

/** What entries call. Arguments: $1 the entry's id, $2 as each says. */
export const FUNCTIONS: string = `\
# $2: the title
function loopstick_begin {
  if [ "$loopstick_watched" = yes ]; then
    echo "${watchedLine({ type: 'start', id: '$1' })}"
  else
    echo "Starting $2"
    echo
  fi
}

# $2: the reason as one word, $3: the reason for a person
function loopstick_failed {
  echo
  echo "$3"
  if [ "$loopstick_watched" = yes ]; then
    echo "${watchedLine({ type: 'failed', id: '$1', what: '$2' })}"
  fi
}

# After an entry GRUB starts whatever kernel is loaded, even when its initrd could not be read. The only commands that
# make it forget a kernel are those that load another one; this one does so before it looks at its arguments. Its
# complaint about having none would only distract, so it is written black on black.
function loopstick_unload {
  set color_normal=black/black
  multiboot
  set color_normal=light-gray/black
}

# Like loopstick_failed, for what cannot work on this machine.
function loopstick_unsuitable {
  loopstick_failed "$1" "$2" "$3"
  if [ "$loopstick_watched" = no ]; then
    echo
    echo "Press Esc to go back to the menu."
    sleep --interruptible 30
  fi
}

# $2: the path of the ISO on the data partition, $3: the UUID of that partition
function loopstick_open {
  # A second "loopback" on a name fails, or (GRUB before 2.04) shows the first ISO's cached sectors.
  if [ "$loopstick_loop" = yes ]; then
    loopback --delete loop
    set loopstick_loop=no
  fi
  if search --no-floppy --fs-uuid --set=loopstick_data "$3"; then
    if loopback loop "($loopstick_data)$2"; then
      set loopstick_loop=yes
      set root=loop
      # The contract of loopback.cfg; without "export" a configfile does not see it.
      set iso_path="$2"
      export iso_path
      return 0
    fi
    loopstick_failed "$1" iso "The ISO of this entry could not be opened."
    return 1
  fi
  loopstick_failed "$1" stick "The data partition of this stick was not found."
  return 1
}

function loopstick_boot {
  boot
  loopstick_failed "$1" start "The firmware or GRUB refused to start this kernel."
  loopstick_unload
}
`;

/** Chooses the item that SMBIOS asks for; for a watched boot it also says which there are. */
export function announce(ids: readonly string[]): string {
  const choose = `\
if [ -n "$loopstick_wanted" ]; then
  for loopstick_id in ${ids.map(quote).join(' ')}; do
    if [ "$loopstick_watched" = yes ]; then
      echo "${watchedLine({ type: 'entry', id: '$loopstick_id' })}"
    fi
    if [ "$loopstick_id" = "$loopstick_wanted" ]; then
      set default="$loopstick_id"
      set timeout=1
    fi
  done
fi
`;
  // GRUB's `for` needs at least one word.
  return `\
${ids.length === 0 ? '' : choose}if [ "$loopstick_watched" = yes ]; then
  echo "${watchedLine({ type: 'menu' })}"
fi
`;
}
