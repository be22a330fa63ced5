import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Envelope } from '../../src/events/envelope.ts';
import { openTape, type TapeReport, verifyTape } from '../../src/store/tape/tape.ts';
import { renumbering } from '../unit/golden-tape.ts';

/** Small, so that a harm costs the check of a little. */
const SEGMENT_BYTES = 8 * 1024;
const BATCH_RECORDS = 7;
const NEWLINE = 10;

/** Writes a day as a tape of many segments, a few records to a batch. */
export async function writeDay(folder: string, day: readonly Envelope[]): Promise<void> {
  const fold = { initial: () => null, apply: () => null };
  const tape = await openTape({
    folder,
    fold,
    now: () => 0,
    ageMaxMs: () => 1e15,
    segmentBytes: SEGMENT_BYTES,
  });
  const append = renumbering((record) => tape.append(record));
  for (const [at, record] of day.entries()) {
    append(record);
    // The first record of the tape is its own.
    if (at % BATCH_RECORDS === BATCH_RECORDS - 1) await tape.durable(record.seq + 1);
  }
  await tape.close();
}

/** One segment of a day, and the folder in which it is harmed beside its neighbours. */
export class HarmedSegment {
  readonly #bytes: Buffer;
  /** Where each line begins; the end of the last one closes the list. */
  readonly starts: readonly number[];
  readonly #path: string;
  readonly #name: string;
  readonly #from: number;

  constructor(
    private readonly folder: string,
    day: string,
    readonly segment: number,
    readonly isLast: boolean,
  ) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    // The check begins at the middle one, and takes what stands before it on trust.
    for (const number of [segment - 1, segment, segment + 1])
      if (existsSync(join(day, nameOf(number))))
        copyFileSync(join(day, nameOf(number)), join(folder, nameOf(number)));
    this.#name = nameOf(segment);
    this.#path = join(folder, this.#name);
    this.#bytes = readFileSync(this.#path);
    const starts = [0];
    for (let at = this.#bytes.indexOf(NEWLINE); at !== -1; at = this.#bytes.indexOf(NEWLINE, at + 1))
      starts.push(at + 1);
    this.starts = starts;
    this.#from = this.#records().find(({ seq }) => seq !== undefined)!.seq!;
  }

  get byteCount(): number {
    return this.#bytes.length;
  }

  /** Lines that hold a record, from 1. */
  get records(): number[] {
    return this.#records().flatMap(({ seq }, at) => (seq === undefined ? [] : [at + 1]));
  }

  #records(): { readonly seq?: number }[] {
    const lines = this.#bytes.toString('utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as { seq?: number });
  }

  line(number: number): Buffer {
    return this.#bytes.subarray(this.starts[number - 1]!, this.starts[number]!);
  }

  /** The line of a byte, from 1. */
  lineAt(byte: number): number {
    return this.starts.findLastIndex((start) => start <= byte) + 1;
  }

  /** The line that seals the batch of a line. */
  sealOf(number: number): number {
    for (let at = number; at < this.starts.length; at++)
      if (this.line(at).subarray(0, 8).toString() === '{"seal":') return at;
    return this.starts.length - 1;
  }

  /** Checks the tape with a byte of the segment changed. */
  flipped(byte: number): Promise<TapeReport> {
    const bytes = Buffer.from(this.#bytes);
    bytes[byte]! ^= 1 << (byte % 8);
    return this.#check(bytes);
  }

  /** Checks the tape with other lines in the place of some. */
  replaced(from: number, count: number, lines: readonly Buffer[]): Promise<TapeReport> {
    const [start, end] = [this.starts[from - 1]!, this.starts[from - 1 + count]!];
    return this.#check(Buffer.concat([this.#bytes.subarray(0, start), ...lines, this.#bytes.subarray(end)]));
  }

  async #check(bytes: Buffer): Promise<TapeReport> {
    writeFileSync(this.#path, bytes);
    return verifyTape(this.folder, this.#from);
  }

  /** Whether a check found a harm of the lines from … to, no earlier than it is and no later than the seal over it. */
  isFound({ damages, tail }: TapeReport, from: number, to: number): boolean {
    const seal = this.sealOf(to);
    const isEnd = seal >= this.starts.length - 1;
    const [first] = damages;
    // What is bad at the very end may be a write that was cut short, and is reported as such.
    if (!first) return this.isLast && isEnd && (tail.tornLines > 0 || tail.unsealed > 0);
    if (first.segment === this.segment) return first.line >= from && first.line <= seal + 1;
    return isEnd && first.segment === this.segment + 1 && first.line <= 1;
  }
}

/** The numbers of a tape's segments, ascending. */
export function segmentsOf(folder: string): number[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b);
}

function nameOf(segment: number): string {
  return `${String(segment).padStart(8, '0')}.jsonl`;
}
