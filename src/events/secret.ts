const SHOWN = '[secret]';
/** Code units turned into text at once: a call takes so many arguments, not any number. */
const CHUNK_UNITS = 4096;

/**
 * A word that must not be seen: a password, a passphrase, a key. Everything that makes text or data of a value gives
 * `[secret]` or nothing: templates, JSON, inspection, logs, errors, structured clones. `reveal` is the one way to it.
 *
 * The value is stored in UTF-16 code units, so that any text comes back as it was and the memory can be overwritten.
 * A string that `reveal` has made is beyond reach: it lasts until it is collected.
 */
export class Secret {
  readonly #units: Uint16Array;
  #wiped = false;

  constructor(text: string) {
    this.#units = new Uint16Array(text.length);
    for (let i = 0; i < text.length; i++) this.#units[i] = text.charCodeAt(i);
    Object.freeze(this);
  }

  /**
   * The value itself. Call it where the value is used, and keep the answer in no field.
   * @throws Error once the secret is wiped
   */
  reveal(): string {
    if (this.#wiped) throw new Error('This secret was wiped.');
    let text = '';
    for (let at = 0; at < this.#units.length; at += CHUNK_UNITS)
      text += String.fromCharCode(...this.#units.subarray(at, at + CHUNK_UNITS));
    return text;
  }

  /** Whether both hold the same value. Takes as long for a near miss as for a far one. A wiped one equals none. */
  equals(other: Secret): boolean {
    if (this.#wiped || other.#wiped) return false;
    const [mine, theirs] = [this.#units, other.#units];
    let difference = mine.length ^ theirs.length;
    for (let i = 0; i < theirs.length; i++) difference |= (mine[i % (mine.length || 1)] ?? 0) ^ theirs[i]!;
    return difference === 0;
  }

  /** Another secret of the same value, wiped on its own. @throws Error once this one is wiped */
  copy(): Secret {
    if (this.#wiped) throw new Error('This secret was wiped.');
    const copy = new Secret('\0'.repeat(this.#units.length));
    copy.#units.set(this.#units);
    return copy;
  }

  /** Overwrites the value. */
  wipe(): void {
    this.#units.fill(0);
    this.#wiped = true;
  }

  get wiped(): boolean {
    return this.#wiped;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [Symbol.toPrimitive](): string {
    return SHOWN;
  }

  /** What Node's `util.inspect` and `console.log` show (Node documentation, `util.inspect.custom`). */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return SHOWN;
  }
}
