import type { Envelope } from '../../events/envelope.ts';
import type { ChainReader, Finding, Position } from './chain-reader.ts';
import { readRawLines } from './raw-lines.ts';
import { segmentPath } from './segment.ts';
import { type Damage, TapeDamage, TapeError } from './tape-error.ts';

/**
 * Walks over segments, oldest first, and gives what `reader` says of them. Ends quietly after the last;
 * `reader` then holds where the tape stands.
 *
 * @param from where the scan begins, if that is known; otherwise the first segment's own word is taken.
 */
export async function* scan(
  folder: string,
  segments: readonly number[],
  reader: ChainReader,
  from: Position | null = null,
): AsyncGenerator<Finding, void> {
  let before = from?.segment ?? null;
  for (const [index, segment] of segments.entries()) {
    if (before !== null && segment !== before + 1) reader.missing(before + 1);
    before = segment;
    reader.beginSegment(segment);
    try {
      for await (const lines of readRawLines(segmentPath(folder, segment))) {
        for (const raw of lines) reader.line(raw);
        yield* reader.take();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        throw new TapeError('tape.gone', `segment ${segment} was cut while it was to be read`);
      throw error;
    }
    reader.endSegment(index === segments.length - 1);
    yield* reader.take();
  }
}

/**
 * The records `from` … `to` of a scan. Damage that ends before the batch of `from` begins is passed by; any
 * other throws TapeDamage at its place, after the whole records before it were given.
 */
export async function* recordsOf(
  findings: AsyncIterable<Finding>,
  from: number,
  to: number,
): AsyncGenerator<readonly Envelope[], void> {
  if (from > to) return;
  let damage: Damage | null = null;
  for await (const finding of findings) {
    if ('damage' in finding) {
      damage ??= finding.damage;
      continue;
    }
    const { records, proven } = finding;
    if (records.at(-1)!.seq < from) {
      if (proven) damage = null;
      continue;
    }
    if (damage !== null) {
      if (!proven || records[0]!.seq > from) throw new TapeDamage(damage);
      damage = null;
    }
    yield records.filter(({ seq }) => seq >= from && seq <= to);
    if (records.at(-1)!.seq >= to) return;
  }
  if (damage !== null) throw new TapeDamage(damage);
}
