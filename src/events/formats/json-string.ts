/** Characters that a terminal obeys or that turn its text round: C1 controls, DEL, bidirectional controls, line separators. */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * JSON text as it is when nothing in it is obeyed by a terminal. The characters stand in strings alone, where their escapes
 * mean the same.
 */
export function safeJson(json: string): string {
  return json.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
