/** A clock is set right by so much without anybody noticing. */
const SLACK_MS = 5 * 60 * 1000;

/**
 * Whether something happened in this time before now. What lies in the future did not: the clock was wrong then or is
 * wrong now, and nobody knows how long ago it was.
 * @param moment ISO 8601
 */
export function isWithin(moment: string, now: Date, ms: number): boolean {
  const age = now.getTime() - Date.parse(moment);
  return age < ms && age >= -SLACK_MS;
}
