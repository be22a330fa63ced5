import { type Danger, type DangerKind, isWorse, type Judgement } from '../events/judgement.ts';
import type { Verdict } from '../events/query.ts';
import { DANGERS_MAX } from './limits.ts';

/** A place in the text, in UTF-16 units. */
export interface Place {
  readonly at: number;
  readonly length?: number;
}

/** What a classifier finds as it goes through a text: the worst verdict, its first reason, and the dangers. */
export class Findings {
  verdict: Verdict = 'read';
  statements = 0;
  /** A statement only sets what no wall depends on. */
  onlySets = false;
  private reason: string | null = null;
  private place: Place | null = null;
  private readonly dangers: { kind: DangerKind; place: Place; reason: string }[] = [];
  private readonly asks = new Set<string>();

  constructor(private readonly text: string) {}

  /** Something here is no read. The first reason of the worst verdict stays. `what` says it without its place. */
  raise(verdict: Verdict, place: Place | null, what: string): void {
    if (!isWorse(verdict, this.verdict)) return;
    this.verdict = verdict;
    this.reason = what;
    this.place = place;
  }

  danger(kind: DangerKind, place: Place, reason: string): void {
    if (this.dangers.length >= DANGERS_MAX) return;
    if (this.dangers.some((one) => one.kind === kind && one.place.at === place.at)) return;
    this.dangers.push({ kind, place, reason });
  }

  /** Whether a danger was found at `place` or behind it. */
  hasDangerFrom(place: Place): boolean {
    return this.dangers.some((one) => one.place.at >= place.at);
  }

  /** Takes over what was found of one statement of the text. */
  take(other: Findings): void {
    if (isWorse(other.verdict, this.verdict)) {
      this.verdict = other.verdict;
      this.reason = other.reason;
      this.place = other.place;
    }
    this.onlySets ||= other.onlySets;
    for (const { kind, place, reason } of other.dangers) this.danger(kind, place, reason);
    for (const name of other.asks) this.asks.add(name);
  }

  /** Where the verdict's reason is. */
  get reasonPlace(): Place | null {
    return this.place;
  }

  ask(name: string): void {
    this.asks.add(name);
  }

  judgement(shape: string | null): Judgement {
    const alone = this.onlySets && this.statements === 1 && this.verdict === 'session';
    const harmless = alone && this.dangers.length === 0 ? { harmlessSetting: true as const } : {};
    const position = this.place ? this.character(this.place.at) : null;
    return {
      verdict: this.verdict,
      dangers: this.dangers.map((one) => this.toDanger(one)),
      reason: this.reason && position ? `${this.reason}, at ${position}.` : this.reason && `${this.reason}.`,
      position,
      statements: this.statements,
      ...harmless,
      shape,
      asks: [...this.asks],
    };
  }

  private toDanger({ kind, place, reason }: { kind: DangerKind; place: Place; reason: string }): Danger {
    const position = this.character(place.at);
    const length = place.length && this.character(place.at + place.length) - position;
    return length ? { kind, position, length, reason } : { kind, position, reason };
  }

  /** The 1-based character of a UTF-16 offset: a surrogate pair is one character. */
  private character(at: number): number {
    const before = this.text.slice(0, at);
    return at + 1 - (before.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
  }
}
