import { Type } from '@sinclair/typebox';
import { FailureText } from '../../events/failure.ts';
import type { StatementEnd, SubmittedText } from '../../events/history.ts';
import { Environment } from '../../events/profile.ts';
import { AfterCancel, Outcome } from '../../events/query.ts';
import { Cut } from '../../events/result.ts';
import { Count, Id, Milliseconds, part } from '../../events/schema.ts';
import { schemaCheck } from '../../events/schema-check.ts';
import type { HistoryKeys } from './history-keys.ts';
import { isNewer } from './newer-file.ts';
import { BlockReader, type Line, parseLine } from './sealed-block.ts';
import { bornAtOf, type Segments } from './segments.ts';

/** A statement as it is sealed. */
export const Started = part({
  queryId: Id,
  at: Count,
  profileId: Id,
  profileName: Type.String(),
  environment: Environment,
  text: Type.String(),
  params: Type.Array(Type.Union([Type.String(), Type.Null()])),
  /** The length of the whole, in UTF-16 units, where it was cut. */
  cutFrom: Type.Optional(Count),
});
export type Started = SubmittedText & { readonly cutFrom?: number };

const Ended = part({
  queryId: Id,
  outcome: Outcome,
  serverMs: Type.Union([Milliseconds, Type.Null()]),
  rows: Type.Union([Count, Type.Null()]),
  cut: Type.Optional(Cut),
  afterCancel: Type.Optional(AfterCancel),
  failure: Type.Union([FailureText, Type.Null()]),
});

const startedCheck = schemaCheck(Started);
const endedCheck = schemaCheck(Ended);

/** A record that was read, and where it stands. */
export type Read = (
  | { readonly kind: 's'; readonly value: Started }
  | { readonly kind: 'e'; readonly value: StatementEnd }
) & { readonly place: string };

/** What a file gave. */
export interface SegmentRead {
  readonly records: readonly Read[];
  /** The bytes at which lines begin that are not what was written, or before which some are missing. */
  readonly damagedAt: readonly number[];
  /** Statements under keys that are not here, by key. */
  readonly sealed: ReadonlyMap<string, number>;
  /** A newer program wrote it, so nothing of it was read. */
  readonly isNewer: boolean;
}

/** Names a line by its block and counter: it stays the same when lines before it go. */
export function placeOf(head: string, counter: number): string {
  return `${head} ${counter}`;
}

const NOTHING = { records: [], damagedAt: [], sealed: new Map<string, number>() };

/**
 * Opens those lines of a file that can be opened. The others are reported; the rest is read. Null where the
 * file is gone.
 */
export async function readSegment(
  segments: Segments,
  name: string,
  keys: Pick<HistoryKeys, 'privateKey'>,
): Promise<SegmentRead | null> {
  const lines = await segments.lines(name);
  if (lines === null) return null;
  const scan = new Scan(keys);
  let at = 0;
  for (const [index, text] of lines.entries()) {
    const whole = index === 0 ? bornAtOf(text) !== null : scan.take(text);
    if (!whole) scan.damagedAt.push(at);
    at += text.length + 1;
  }
  scan.end();
  // Lines that open by today's format show that only the version is damaged.
  const isUnread = scan.records.length === 0 && scan.sealed.size === 0;
  if (isNewer(lines[0] ?? '') && isUnread) return { ...NOTHING, isNewer: true };
  return scan;
}

/** Goes through a file's lines. */
class Scan implements SegmentRead {
  readonly records: Read[] = [];
  readonly damagedAt: number[] = [];
  readonly sealed = new Map<string, number>();
  readonly isNewer = false;
  readonly #keys: Pick<HistoryKeys, 'privateKey'>;
  #head: (Line & { type: 'key' }) | null = null;
  /** Null under a key that is not here. */
  #block: BlockReader | null = null;
  /** The counter of the next line; after damage it may be a later one. */
  #next = 0;
  #afterDamage = false;

  constructor(keys: Pick<HistoryKeys, 'privateKey'>) {
    this.#keys = keys;
  }

  /** Takes a line. False where it is not what was written, or lines before it are missing. */
  take(text: string): boolean {
    const line = parseLine(text);
    const whole = line !== null && (line.type === 'key' ? this.#begin(line) : this.#record(line));
    this.#afterDamage = !whole && line?.type !== 'key';
    return whole;
  }

  end(): void {
    this.#block?.end();
  }

  #begin(head: Line & { type: 'key' }): boolean {
    this.#block?.end();
    this.#block = null;
    this.#head = head;
    this.#next = 0;
    const privateKey = this.#keys.privateKey(head.keyId);
    try {
      if (privateKey) this.#block = new BlockReader(head, privateKey);
      return true;
    } catch {
      // No point of the curve: the line was damaged, and what is sealed after it can't be opened.
      this.#head = null;
      return false;
    } finally {
      privateKey?.wipe();
    }
  }

  /**
   * A counter counts only once what stands under it was opened, so that a damaged one does not make the
   * others wrong.
   */
  #record(line: Exclude<Line, { type: 'key' }>): boolean {
    const { counter } = line;
    if (this.#head === null || counter < this.#next) return false;
    if (line.type === 'sealed' && !this.#open(line, this.#head)) return false;
    const whole = counter === this.#next || this.#afterDamage;
    if (whole || line.type === 'sealed') this.#next = counter + 1;
    return whole;
  }

  #open(line: Line & { type: 'sealed' }, head: Line & { type: 'key' }): boolean {
    if (this.#block === null) {
      if (line.kind === 's') this.sealed.set(head.keyId, (this.sealed.get(head.keyId) ?? 0) + 1);
      return true;
    }
    const value = this.#block.open(line);
    const place = placeOf(head.text, line.counter);
    if (line.kind === 's' && startedCheck.Check(value)) this.records.push({ kind: 's', value, place });
    else if (line.kind === 'e' && endedCheck.Check(value)) this.records.push({ kind: 'e', value, place });
    else return false;
    return true;
  }
}
