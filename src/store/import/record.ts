/** An object of another program's JSON, whose fields may be anything. */
export type Fields = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field that is text, or a number written as one; undefined for anything else, and for empty text. */
export function textOf(record: Fields, name: string): string | undefined {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A field that says yes: true, 1, `"1"`, `"true"` (a form's and SQLite's ways to say it). */
export function yesOf(record: Fields, name: string): boolean {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  return value === true || value === 1 || value === '1' || value === 'true';
}

/** An object inside; an empty one where there is none. */
export function recordOf(record: Fields, name: string): Fields {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  return isRecord(value) ? value : {};
}

/** JSON, or undefined where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
