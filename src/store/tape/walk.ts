import type { Envelope } from '../../events/envelope.ts';
import type { Position, Proof, Step } from './proof.ts';
import { readRawLines } from './raw-lines.ts';
import { segmentPath } from './segment.ts';
import { type Damage, TapeDamage, TapeError } from './tape-error.ts';

/**
 * Walks over segments, oldest first, and gives what `proof` says of them. Ends quietly after the last; `proof` then
 * holds where the tape stands.
 *
 * @param from where the walk begins, if that is known; otherwise the first segment's own word is taken.
 */
export async function* walk(
  folder: string,
  segments: readonly number[],
  proof: Proof,
  from: Position | null = null,
): AsyncGenerator<Step, void> {
  let before = from?.segment ?? null;
  for (const [index, segment] of segments.entries()) {
    if (before !== null && segment !== before + 1) proof.missing(before + 1);
    before = segment;
    proof.beginSegment(segment);
    try {
      for await (const lines of readRawLines(segmentPath(folder, segment))) {
        for (const raw of lines) proof.line(raw);
        yield* proof.take();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        throw new TapeError('tape.gone', `segment ${segment} was cut while it was to be read`);
      throw error;
    }
    proof.endSegment(index === segments.length - 1);
    yield* proof.take();
  }
}

/**
 * The records `from` … `to` of a walk. Damage that ends before the batch of `from` begins is passed by; any other
 * throws TapeDamage at its place, after the whole records before it were given.
 */
export async function* recordsOf(
  steps: AsyncIterable<Step>,
  from: number,
  to: number,
): AsyncGenerator<readonly Envelope[], void> {
  if (from > to) return;
  let damage: Damage | null = null;
  for await (const step of steps) {
    if ('damage' in step) {
      damage ??= step.damage;
      continue;
    }
    const { records, proven } = step;
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
