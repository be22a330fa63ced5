import type { KeptProblem } from '../../events/history.ts';
import { isSystemCode, systemSentence } from '../../events/system-error.ts';
import { KEPT_PROBLEMS_MAX } from '../limits.ts';
import type { LostRecords } from './history-writer.ts';
import type { SegmentRead } from './segment-reader.ts';

/** What is not in a page of the history though it was run, in words. */
export class HistoryProblems {
  readonly #lost: LostRecords;
  readonly #damages: KeptProblem[] = [];
  readonly #newer: KeptProblem[] = [];
  readonly #sealed = new Map<string, number>();

  constructor(lost: LostRecords) {
    this.#lost = lost;
  }

  /** Takes what reading a file told. */
  found(name: string, { damagedAt, sealed, isNewer }: SegmentRead): void {
    if (isNewer)
      this.#newer.push({
        code: 'history.newer',
        message: `${name} was written by a newer Querytape and is left as it is. Update Querytape to read its statements.`,
      });
    for (const [keyId, count] of sealed) this.#sealed.set(keyId, (this.#sealed.get(keyId) ?? 0) + count);
    if (damagedAt.length === 0) return;
    const places = damagedAt.length === 1 ? 'one place' : `${damagedAt.length} places`;
    this.#damages.push({
      code: 'history.damaged',
      message: `${name} is damaged in ${places}, first at byte ${damagedAt[0]}. What stood there is lost; the rest is shown.`,
    });
  }

  list(): KeptProblem[] {
    const lost =
      this.#lost.records === 0 ? [] : [{ code: 'history.notKept', message: lostWords(this.#lost) }];
    const sealed = [...this.#sealed].map(([keyId, count]) => ({
      code: 'history.otherKey',
      message: `${counted(count, 'older statement')} can’t be read: the key (${keyId}) is in another vault. Put that vault back to read them, or delete the whole history.`,
    }));
    const all = [...lost, ...this.#newer, ...sealed, ...this.#damages];
    if (all.length <= KEPT_PROBLEMS_MAX) return all;
    const more = all.length - KEPT_PROBLEMS_MAX + 1;
    return [
      ...all.slice(0, KEPT_PROBLEMS_MAX - 1),
      { code: 'history.damaged', message: `And ${more} problems more.` },
    ];
  }
}

function lostWords({ records, code, isOver }: LostRecords): string {
  const lost = `${counted(records, 'record')} could not be stored since the start`;
  if (isOver) return `${lost} (${code}). New ones are stored again.`;
  return isSystemCode(code) ? `${lost}. ${systemSentence(code)}` : `${lost} (${code}).`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
