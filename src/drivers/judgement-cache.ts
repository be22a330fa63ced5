import { createHash } from 'node:crypto';
import type { Engine } from '../events/engines/engine-name.ts';
import type { Judgement, StatementFacts } from '../events/judgement.ts';
import { JUDGEMENT_TEXT_UNITS_MAX, JUDGEMENTS_BYTES_MAX, JUDGEMENTS_MAX } from './limits.ts';

/** What an entry takes beside its judgement: its key, and its place in the map. */
const ENTRY_BYTES = 128;

interface Entry {
  readonly judgement: Judgement;
  readonly bytes: number;
}

/**
 * Judgements of the texts judged last. A judgement is a function of the engine, the text and the facts of the connection, so these
 * three are the key: a connection whose facts change (sql_mode, encoding, version, what the catalogue says of a function) asks for
 * another entry. What the profile and the policy make of a judgement is decided after it, each time, and is not in here.
 *
 * The key is a SHA-256 digest, so that no text is held by it; a judgement that holds literals is not stored at all.
 */
export class JudgementCache {
  readonly #countMax: number;
  readonly #bytesMax: number;
  /** By key, those used longest ago first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(countMax = JUDGEMENTS_MAX, bytesMax = JUDGEMENTS_BYTES_MAX) {
    this.#countMax = countMax;
    this.#bytesMax = bytesMax;
  }

  /** Judgements in it. */
  get size(): number {
    return this.#entries.size;
  }

  /** The key of a text under these facts; null for a text that is too long to be remembered. */
  keyOf(engine: Engine, text: string, facts: StatementFacts): string | null {
    if (text.length > JUDGEMENT_TEXT_UNITS_MAX) return null;
    // Each part ends where the next begins: JSON has no unescaped NUL, and an engine's name has none.
    const whole = `${engine}\0${JSON.stringify(facts)}\0${text}`;
    // In UTF-16, as UTF-8 would write each lone surrogate the same.
    return createHash('sha256').update(whole, 'utf16le').digest('base64');
  }

  get(key: string): Judgement | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.judgement;
  }

  put(key: string, judgement: Judgement): void {
    // How to count holds the statement's literals.
    if (judgement.counting !== undefined) return;
    const bytes = ENTRY_BYTES + 2 * JSON.stringify(judgement).length;
    if (bytes > this.#bytesMax) return;
    this.#drop(key);
    this.#entries.set(key, { judgement, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#countMax && this.#bytes <= this.#bytesMax) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}
