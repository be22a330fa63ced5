/** SHA-256 of a text in UTF-8, in lower-case hexadecimal digits. The page is on a loopback address, which counts as secure (W3C, Secure Contexts). */
export async function sha256Hex(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
