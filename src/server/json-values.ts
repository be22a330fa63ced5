const [QUOTE, COMMA, OPENING_BRACKET, BACKSLASH, OPENING_BRACE] = [0x22, 0x2c, 0x5b, 0x5c, 0x7b];

/**
 * Whether a JSON text may have more values than `valuesMax`, which is found long before it is parsed: parsing 18 MB of brackets takes
 * most of a minute, in which nothing else is answered. Each value but the first stands behind a comma or in a bracket of its own.
 */
export function hasMoreValues(text: Buffer, valuesMax: number): boolean {
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at];
    if (byte === QUOTE) at = endOfString(text, at);
    else if (byte === COMMA || byte === OPENING_BRACKET || byte === OPENING_BRACE) values++;
    if (values > valuesMax) return true;
  }
  return false;
}

/** Where the string ends that begins at `start`; the text's length where it does not end. */
function endOfString(text: Buffer, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === BACKSLASH) at++;
    else if (text[at] === QUOTE) return at;
  }
  return text.length;
}
