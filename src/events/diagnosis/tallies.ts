import type { Answer, Cause, Judgement, SubjectKind } from './cause.ts';
import type { CauseReport, Finding } from './report.ts';

interface Tally {
  readonly counts: Record<Answer, number>;
  readonly found: Finding[];
  example: Finding | null;
}

/** How often each cause gave each answer, and the first cases of it. */
export class Tallies {
  readonly #tallies = new Map<string, Tally>();

  /** @param findingsMax cases of a cause that are listed */
  constructor(private readonly findingsMax: number) {}

  /** Counts what a cause says of one thing. */
  add(cause: Cause, kind: SubjectKind, id: string, judgement: Judgement): void {
    const { counts, found } = this.#tally(cause);
    const { answer } = judgement;
    counts[answer]++;
    if (answer === 'yes' && found.length < this.findingsMax) found.push(finding(cause, kind, id, judgement));
    else if (answer === 'cantTell') this.#tally(cause).example ??= finding(cause, kind, id, judgement);
  }

  /** What a cause says of all together. */
  report(cause: Cause): CauseReport {
    const { counts, found, example } = this.#tally(cause);
    return {
      cause: cause.name,
      title: cause.title,
      answer: counts.yes > 0 ? 'yes' : counts.cantTell > 0 ? 'cantTell' : 'no',
      counts,
      findings: counts.yes === 0 && example ? [example] : found,
    };
  }

  #tally({ name }: Cause): Tally {
    const known = this.#tallies.get(name);
    if (known) return known;
    const tally: Tally = { counts: { yes: 0, no: 0, cantTell: 0 }, found: [], example: null };
    this.#tallies.set(name, tally);
    return tally;
  }
}

/** A judgement as it is reported. */
export function finding(cause: Cause, kind: SubjectKind, id: string, judgement: Judgement): Finding {
  const { answer, sentence, events, advice = cause.advice } = judgement;
  return {
    cause: cause.name,
    title: cause.title,
    answer,
    subject: { kind, id },
    sentence,
    advice: answer === 'no' ? null : advice,
    events,
  };
}
