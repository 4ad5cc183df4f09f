const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

// RFC 9110, 5.6.7: the form to use, and the two obsolete ones that have to be understood.
const FORMS = [
  /^(?:mon|tue|wed|thu|fri|sat|sun), (?<day>\d{2}) (?<month>[a-z]{3}) (?<year>\d{4}) (?<time>\d{2}:\d{2}:\d{2}) gmt$/i,
  /^(?:mon|tues|wednes|thurs|fri|satur|sun)day, (?<day>\d{2})-(?<month>[a-z]{3})-(?<year>\d{2}) (?<time>\d{2}:\d{2}:\d{2}) gmt$/i,
  /^(?:mon|tue|wed|thu|fri|sat|sun) (?<month>[a-z]{3}) (?<day>[ \d]\d) (?<time>\d{2}:\d{2}:\d{2}) (?<year>\d{4})$/i,
];

/** Milliseconds since 1970 of an HTTP date; undefined for anything else. */
export function parseHttpDate(text: string | undefined): number | undefined {
  if (text === undefined || text.length > 40) return undefined;
  for (const form of FORMS) {
    const { day, month, year, time } = form.exec(text.trim())?.groups ?? {};
    if (day === undefined || month === undefined || year === undefined || time === undefined) continue;
    const at = MONTHS.indexOf(month.toLowerCase());
    const date = `${fullYear(year)}-${String(at + 1).padStart(2, '0')}-${day.trim().padStart(2, '0')}`;
    const ms = Date.parse(`${date}T${time}Z`);
    // Date.parse takes 31 February and 24:00:00 for the day after.
    return at >= 0 && !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(`${date}T${time}`) ? ms : undefined;
  }
  return undefined;
}

/** No server is from before the web. */
function fullYear(year: string): string {
  if (year.length === 4) return year;
  return Number(year) < 90 ? `20${year}` : `19${year}`;
}
