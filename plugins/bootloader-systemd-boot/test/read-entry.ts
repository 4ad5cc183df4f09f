/** What systemd-boot makes of an entry: a list of keys with their values (boot.c, line_get_key_value, of release 252). */
export function readEntry(text: string): [key: string, value: string][] {
  return text
    .split('\0', 1)[0]!
    .split(/[\n\r]+/)
    .map((each) => each.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((each) => each !== '' && !each.startsWith('#'))
    .flatMap((each) => {
      const [, key, rest] = /^([^ \t]+)[ \t]+(.+)$/s.exec(each) ?? [];
      if (key === undefined || rest === undefined) return [];
      return [[key, rest.startsWith('"') && rest.endsWith('"') ? rest.slice(1, -1) : rest]];
    });
}
