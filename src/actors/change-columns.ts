import { NumberColumn } from './number-column.ts';

/** Stands for the change before an actor's first. */
export const NO_CHANGE = 0xffff_ffff;

/**
 * At which records each actor came to another state, 16 bytes a change. A change has the one before it and one far before it, so that
 * any other is found in steps that grow with the logarithm of their number (E. W. Myers, An Applicative Random-Access Stack, 1983).
 */
export class ChangeColumns {
  private readonly records = new NumberColumn();
  private readonly befores = new NumberColumn();
  private readonly jumps = new NumberColumn();
  /** How many changes the actor had before. */
  private readonly depths = new NumberColumn();

  /** Takes an actor's change at a record, and its change before; returns the number of the change. */
  add(record: number, before: number): number {
    const change = this.records.length;
    this.records.push(record);
    this.befores.push(before);
    this.jumps.push(before === NO_CHANGE ? change : this.jumpOver(before));
    this.depths.push(before === NO_CHANGE ? 0 : this.depths.at(before) + 1);
    return change;
  }

  recordOf(change: number): number {
    return this.records.at(change);
  }

  /** The same actor's change before; NO_CHANGE for its first. */
  beforeOf(change: number): number {
    return this.befores.at(change);
  }

  /** From a change whose record is meant back to the earliest one: of an actor's records all from some point on are meant. */
  earliest(change: number, isMeant: (record: number) => boolean): number {
    let found = change;
    for (let before = this.befores.at(found); before !== NO_CHANGE; before = this.befores.at(found)) {
      const jump = this.jumps.at(found);
      if (isMeant(this.records.at(jump))) found = jump;
      else if (isMeant(this.records.at(before))) found = before;
      else break;
    }
    return found;
  }

  /** Two jumps of one length become one of twice that. */
  private jumpOver(before: number): number {
    const jump = this.jumps.at(before);
    const next = this.jumps.at(jump);
    const depth = this.depths.at(jump);
    return this.depths.at(before) - depth === depth - this.depths.at(next) ? next : before;
  }
}
