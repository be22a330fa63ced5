import type { Secret } from '../../events/secret.ts';
import { NONCE_BYTES, seal, unseal } from '../vault/seal.ts';
import { agree, agreedKey, type PublicKey, publicKeyOf } from './key-pair.ts';

/** What a sealed line is: a statement, its end, or a draft. In the open, and bound to what is sealed. */
export type Kind = 's' | 'e' | 'd';

/** A line of a file of sealed texts. */
export type Line =
  /**
   * Begins a block: the lines after it are sealed under the key that its one-time key and the reader's agree
   * on.
   */
  | { readonly type: 'key'; readonly keyId: string; readonly ephemeral: PublicKey; readonly text: string }
  | { readonly type: 'sealed'; readonly kind: Kind; readonly counter: number; readonly sealed: Buffer }
  /** What was sealed under this counter was deleted by the user. */
  | { readonly type: 'deleted'; readonly counter: number };

const KEY = /^key 1 ([0-9a-f]{16}) ([A-Za-z0-9_-]{43})$/;
const SEALED = /^([sed]) (0|[1-9]\d{0,14}) /;
const DELETED = /^x (0|[1-9]\d{0,14})$/;

/** A line as it is in the file, without its line feed; null for what is none. */
export function parseLine(text: string): Line | null {
  const key = KEY.exec(text);
  if (key) return { type: 'key', keyId: key[1]!, ephemeral: publicKeyOf(key[2]!)!, text };
  const [begin, kind, counter] = SEALED.exec(text) ?? [];
  if (begin !== undefined) {
    const sealed = Buffer.from(text.slice(begin.length), 'base64');
    // The seal shows whether these are the bytes; that nothing stands behind them their number shows.
    if (text.length - begin.length !== Math.ceil(sealed.length / 3) * 4) return null;
    return { type: 'sealed', kind: kind as Kind, counter: Number(counter), sealed };
  }
  const deleted = DELETED.exec(text);
  return deleted ? { type: 'deleted', counter: Number(deleted[1]) } : null;
}

/** What stands in the place of a line that was deleted. */
export function deletedLine(counter: number): string {
  return `x ${counter}`;
}

/**
 * Seals texts for a reader who is not there, each under the next counter: no nonce comes twice under one key.
 */
export class BlockWriter {
  readonly keyId: string;
  /** The line that stands before the first sealed one. */
  readonly head: string;
  readonly #key: Buffer;
  #counter = 0;

  constructor(reader: PublicKey) {
    const { ephemeral, key } = agree(reader);
    this.keyId = reader.keyId;
    this.head = `key 1 ${reader.keyId} ${ephemeral.x}`;
    this.#key = key;
  }

  /** The line that holds `value`. */
  line(kind: Kind, value: object): string {
    const counter = this.#counter++;
    const plain = Buffer.from(JSON.stringify(value), 'utf8');
    const sealed = seal(this.#key, nonceOf(counter), plain, associatedOf(this.head, kind));
    plain.fill(0);
    return `${kind} ${counter} ${sealed.toString('base64')}`;
  }

  /** Forgets the key. */
  end(): void {
    this.#key.fill(0);
  }
}

/** Opens the lines of a block. */
export class BlockReader {
  readonly #key: Buffer;
  readonly #head: string;

  constructor(head: Line & { type: 'key' }, privateKey: Secret) {
    this.#key = agreedKey(privateKey, head.ephemeral);
    this.#head = head.text;
  }

  /** What a line holds, or undefined where it is not what was sealed. */
  open({ kind, counter, sealed }: Line & { type: 'sealed' }): unknown {
    const plain = unseal(this.#key, nonceOf(counter), sealed, associatedOf(this.#head, kind));
    if (plain === null) return undefined;
    try {
      return JSON.parse(plain.toString('utf8'));
    } catch {
      return undefined;
    } finally {
      plain.fill(0);
    }
  }

  end(): void {
    this.#key.fill(0);
  }
}

function associatedOf(head: string, kind: Kind): string {
  return `${head}\n${kind}`;
}

function nonceOf(counter: number): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeBigUInt64BE(BigInt(counter), NONCE_BYTES - 8);
  return nonce;
}
