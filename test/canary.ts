import { randomBytes } from 'node:crypto';

/** A word that nothing else says: where it is found, it got there from where it was planted. */
export type Canary = string;

/** Letters and digits only, so that no quoting changes it and every language takes it as a name. */
export function canary(): Canary {
  return `kanari${randomBytes(6).toString('hex')}`;
}

/** A canary among every character that some notation has to escape. */
export function awkward(word: Canary): string {
  return `%41 "'\\/@:?#&=+;${word}'"\\é\u2028😀$$\`{}[]`;
}

/** The ways in which a text may be written down, each as bytes. */
function spellings(word: Canary): readonly (readonly [string, Buffer])[] {
  const bytes = Buffer.from(word);
  const each = (write: (unit: number) => string) => [...bytes].map(write).join('');
  const hex = (unit: number) => unit.toString(16).padStart(2, '0');
  // Which letters base64 gives depends on where in its groups of three the text begins; the first and last are its neighbours'.
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return ['base64', Buffer.from(text.slice(shift === 0 ? 0 : shift + 1, -1))] as const;
  });
  return [
    ['in clear', bytes],
    ['in hexadecimal', Buffer.from(bytes.toString('hex'))],
    ['in percent', Buffer.from(each((unit) => `%${hex(unit)}`))],
    ['in JSON escapes', Buffer.from(each((unit) => `\\u00${hex(unit)}`))],
    ['in UTF-16 LE', Buffer.from(word, 'utf16le')],
    ['in UTF-16 BE', Buffer.from(word, 'utf16le').swap16()],
    ['backwards', Buffer.from([...word].reverse().join(''))],
    ...base64,
  ];
}

/** Letter case hides nothing, but base64's own. */
function lowered(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').toLowerCase(), 'latin1');
}

/** How a text holds a canary, and what stands around it; empty where it does not. */
export function found(text: string | Buffer, words: readonly Canary[]): string[] {
  const bytes = Buffer.from(text as string);
  const low = lowered(bytes);
  return words.flatMap((word) =>
    spellings(word).flatMap(([how, spelling]) => {
      const [hay, needle] = how === 'base64' ? [bytes, spelling] : [low, lowered(spelling)];
      const at = hay.indexOf(needle);
      return at < 0 ? [] : [`${word} ${how}: …${hay.subarray(Math.max(0, at - 120), at + 60)}…`];
    }),
  );
}
