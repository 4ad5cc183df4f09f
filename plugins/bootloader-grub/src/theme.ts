import { themeString } from './escape.ts';

/** The look of the graphical menu: GRUB's theme file and its pictures (GRUB manual, "Theme file format"). */

/** Name of the theme's folder inside GRUB's. */
export const THEME_FOLDER = 'theme';

// Pictures of one pixel, which GRUB stretches: #1f5fbf, #4a5a70 and #1a2330.
const PIXELS = {
  'selected_c.png': 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mOQj98PAAHeAT60WFnNAAAAAElFTkSuQmCC',
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
terminal-left: "8%"
terminal-top: "8%"
terminal-width: "84%"
terminal-height: "84%"

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
  item_padding = 14
  item_spacing = 2
  scrollbar = true
  scrollbar_width = 6
  scrollbar_thumb = "thumb_*.png"
}

+ label {
  id = "__timeout__"
  left = 10%
  top = 80%
  width = 80%
  color = "#c8d3df"
  text = "The marked entry starts in %d s. Any key stops the clock."
}

+ progress_bar {
  id = "__timeout__"
  left = 10%
  top = 80%+24
  width = 80%
  height = 4
  show_text = false
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
