import { themeString } from './escape.ts';

/** The look of the graphical menu: GRUB's theme file and its pictures (GRUB manual, "Theme file format"). */

/** Name of the theme's folder inside GRUB's. */
export const THEME_FOLDER = 'theme';

// Pictures of plain colour, #1f5fbf, #4a5a70 and #1a2330, one pixel high, which GRUB stretches. `_c` is the middle of a
// box and one pixel wide; `_w` and `_e` are its left and right margins, and their 12 pixels are kept.
const PIXELS = {
  'selected_c.png': 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mOQj98PAAHeAT60WFnNAAAAAElFTkSuQmCC',
  'selected_w.png': 'iVBORw0KGgoAAAANSUhEUgAAAAwAAAABCAIAAABlidhuAAAADklEQVR42mOQj99PEAEAC5oO3YKR79AAAAAASUVORK5CYII=',
  'selected_e.png': 'iVBORw0KGgoAAAANSUhEUgAAAAwAAAABCAIAAABlidhuAAAADklEQVR42mOQj99PEAEAC5oO3YKR79AAAAAASUVORK5CYII=',
  'thumb_c.png': 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mPwiioAAAIGARVaWEOAAAAAAElFTkSuQmCC',
  'frame_c.png': 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mOQUjYAAADIAG6cSbMDAAAAAElFTkSuQmCC',
};

/** The theme's files by name. @param title what the stick is called */
export function themeFiles(title: string): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>([['theme.txt', Buffer.from(themeText(title), 'utf8')]]);
  for (const [name, base64] of Object.entries(PIXELS)) files.set(name, Buffer.from(base64, 'base64'));
  return files;
}

function themeText(title: string): string {
  return `\
title-text: ""
desktop-color: "#10161f"
terminal-left: "0"
terminal-top: "0"
terminal-width: "100%"
terminal-height: "100%"
terminal-border: "0"

+ label {
  left = 10%
  top = 8%
  width = 80%
  color = "#ffffff"
  text = ${themeString(title)}
}

+ label {
  left = 10%
  top = 8%+24
  width = 80%
  color = "#8fa3b8"
  text = "Choose what to start"
}

+ boot_menu {
  left = 10%
  top = 18%
  width = 80%
  height = 58%
  menu_pixmap_style = "frame_*.png"
  item_color = "#c8d3df"
  selected_item_color = "#ffffff"
  selected_item_pixmap_style = "selected_*.png"
  icon_width = 0
  icon_height = 0
  item_icon_space = 0
  item_height = 30
  item_padding = 20
  item_spacing = 2
  scrollbar = true
  scrollbar_width = 6
  scrollbar_thumb = "thumb_*.png"
}

+ progress_bar {
  id = "__timeout__"
  left = 10%
  top = 80%
  width = 80%
  height = 28
  text = "The marked entry starts in %d s. Any key stops the clock."
  text_color = "#ffffff"
  fg_color = "#1f5fbf"
  bg_color = "#1a2330"
  border_color = "#1a2330"
}

+ label {
  left = 10%
  top = 90%
  width = 80%
  color = "#8fa3b8"
  text = "Arrow keys: choose    Enter: start    e: edit    c: command line"
}
`;
}
