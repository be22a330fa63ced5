/** Characters that stand for themselves between single quotes whatever sql_mode says: no quote, no backslash. */
const PLAIN = /^[ -&(-[\]-~]*$/;

/**
 * A text as a literal of utf8mb4 that reads the same whatever sql_mode and the connection's character set say (MySQL manual,
 * "Character Set Introducers"): in hexadecimal, where a character could mean something else.
 */
export function literal(text: string): string {
  if (PLAIN.test(text)) return `_utf8mb4'${text}'`;
  return `_utf8mb4 0x${Buffer.from(text).toString('hex')}`;
}
