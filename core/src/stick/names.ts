/** Names on the stick: made from names of the outside, safe on a kernel command line, in GRUB and for debugfs. */

/** A file name of letters, digits, `.`, `_` and `-`, which starts with a letter or digit and ends in `.iso`. */
export function safeIsoName(name: string): string {
  const stem = name
    .replace(/\.iso$/i, '')
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
    .slice(0, 100);
  return `${stem === '' ? 'image' : stem}.iso`;
}

/** Lower-case words joined by hyphens, for ids. */
export function slug(text: string): string {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? ['image'];
  return words.join('-').slice(0, 80).replace(/-$/, '');
}

/** The name, or the first of `name-2`, `name-3`, … that is not taken yet; the result is taken from then on. */
export function unique(name: string, taken: Set<string>, extension = ''): string {
  const stem = extension !== '' && name.endsWith(extension) ? name.slice(0, -extension.length) : name;
  let candidate = `${stem}${extension}`;
  // FAT and people alike take names that differ in case only for one.
  for (let number = 2; taken.has(candidate.toLowerCase()); number++) candidate = `${stem}-${number}${extension}`;
  taken.add(candidate.toLowerCase());
  return candidate;
}
