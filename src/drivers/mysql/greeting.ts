/** Capabilities without which nothing that this driver sends would be understood (MySQL manual, "Capabilities Flags"). */
const PROTOCOL_41 = 0x0200;
const SECURE_CONNECTION = 0x8000;
const PLUGIN_AUTH = 0x0008_0000;

const PROTOCOL_VERSION = 10;
const VERSION_BYTES_MAX = 255;
/** Connection id, the first part of the challenge, a filler and the lower capabilities. */
const BEFORE_CHARSET_BYTES = 4 + 8 + 1 + 2;
/** Charset, status, upper capabilities, length of the challenge, and ten reserved bytes. */
const AFTER_CHARSET_BYTES = 1 + 2 + 2 + 1 + 10;
/** The second part of the challenge, its NUL included. */
const CHALLENGE_REST_BYTES = 13;

/** What a server's first packet says that a sign-in depends on. */
interface Greeting {
  /** The way of signing in that the server prefers; empty where it names none. */
  readonly plugin: string;
}

/**
 * Protocol::HandshakeV10 (MySQL manual, "Connection Phase Packets"). Null for what does not have its shape, and for a server that
 * does not speak version 4.1 of the protocol.
 */
export function readGreeting(bytes: Buffer, start: number, end: number): Greeting | null {
  if (bytes[start] !== PROTOCOL_VERSION) return null;
  const version = bytes.subarray(start + 1, Math.min(end, start + 2 + VERSION_BYTES_MAX)).indexOf(0);
  if (version < 0) return null;
  const middle = start + 1 + version + 1 + BEFORE_CHARSET_BYTES;
  const rest = middle + AFTER_CHARSET_BYTES;
  if (rest > end) return null;
  const capabilities = bytes.readUInt16LE(middle - 2) | (bytes.readUInt16LE(middle + 3) << 16);
  if (!(capabilities & PROTOCOL_41) || !(capabilities & SECURE_CONNECTION)) return null;
  const challenge = capabilities & PLUGIN_AUTH ? bytes[middle + 5]! : 0;
  const name = rest + Math.max(CHALLENGE_REST_BYTES, challenge - 8);
  if (!(capabilities & PLUGIN_AUTH)) return name <= end ? { plugin: '' } : null;
  return name < end ? { plugin: nulText(bytes, name, end) } : null;
}

/** String<NUL>; its NUL may be missing where it stands last, as old servers leave it out. */
export function nulText(bytes: Buffer, start: number, end: number): string {
  const nul = bytes.subarray(start, end).indexOf(0);
  return bytes.toString('latin1', start, nul < 0 ? end : start + nul);
}
