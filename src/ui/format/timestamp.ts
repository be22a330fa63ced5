// Swedish dates are ISO 8601 with a space: the same day to every reader, and in the order of time.
const MINUTES = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short' });
const SECONDS = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });

/** `2026-11-29 11:26` of a time in milliseconds since 1970 UTC, by the local clock. */
export function minuteStamp(at: number): string {
  return MINUTES.format(at);
}

/** The same to the second: `2026-11-29 11:26:02`. */
export function stamp(at: number): string {
  return SECONDS.format(at);
}

/** `11:26:02`. */
export function timeOfDay(at: number): string {
  return dayAndTime(at)[1];
}

/** From when to when, with one date where both are of the same day: `2026-11-29 11:26:02 – 11:27:19`. */
export function stampRange(from: number, to: number): string {
  const [day, time] = dayAndTime(to);
  return `${stamp(from)} – ${day === dayAndTime(from)[0] ? time : stamp(to)}`;
}

function dayAndTime(at: number): [day: string, time: string] {
  return stamp(at).split(' ') as [string, string];
}
