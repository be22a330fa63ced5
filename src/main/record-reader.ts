import type { ReplayIndex } from '../actors/replay-index.ts';
import type { Envelope } from '../events/envelope.ts';
import { KIB, MIB } from '../events/limits.ts';
import { readSpan } from '../store/tape/tape.ts';

/** Bytes behind the last record's beginning within which its line ends. */
const LAST_LINE_BYTES = 4 * MIB;
/** Between two wanted records: what is between them is read too, rather than the file opened again. */
const GAP_BYTES_MAX = 64 * KIB;
/** One reading, apart from its last record. */
const SPAN_BYTES_MAX = 4 * MIB;

/** Reads records of a tape's folder by where its index has them. */
export class RecordReader {
  constructor(
    private readonly folder: string,
    private readonly index: ReplayIndex,
  ) {}

  /** Reads records by their indexes, which go up: those of one segment that are near each other at once. */
  async read(indexes: readonly number[]): Promise<Envelope[]> {
    const { index } = this;
    const records: Envelope[] = [];
    for (let at = 0; at < indexes.length; ) {
      const { segment, offset } = index.placeOf(indexes[at]!);
      const wanted = new Set<number>();
      let last = indexes[at]!;
      for (; at < indexes.length; at++) {
        const place = index.placeOf(indexes[at]!);
        const isNear = place.offset - index.placeOf(last).offset <= GAP_BYTES_MAX;
        if (place.segment !== segment || !isNear || place.offset - offset > SPAN_BYTES_MAX) break;
        last = indexes[at]!;
        wanted.add(index.seqOf(last));
      }
      const next = last + 1 < index.length ? index.placeOf(last + 1) : undefined;
      const to = next?.segment === segment ? next.offset : index.placeOf(last).offset + LAST_LINE_BYTES;
      for (const record of await readSpan(this.folder, { segment, from: offset, to }))
        if (wanted.has(record.seq)) records.push(record);
    }
    return records;
  }

  /** Reads the records from one index up to another, without it. */
  readRange(from: number, to: number): Promise<Envelope[]> {
    return this.read(Array.from({ length: to - from }, (_, offset) => from + offset));
  }
}
