import type { TapeFact } from '../../events/tape.ts';
import { TAPE_DAMAGES_MAX } from '../limits.ts';
import { ChainReader, type RecordCheck, type Tail } from './chain-reader.ts';
import { CHAIN_START } from './line.ts';
import { scan } from './scan.ts';
import { readSegments, type Segment, segmentsFrom } from './segment.ts';
import { type Damage, isTapeGone, TapeError } from './tape-error.ts';

/** What a check of the whole tape found. */
export interface TapeReport {
  /** No damage. A tail that is not sealed is none: a process is writing, or died while it did. */
  readonly ok: boolean;
  /** 0 where the tape is empty. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly records: number;
  readonly segments: number;
  readonly bytes: number;
  readonly damages: readonly Damage[];
  /** Damages beyond TAPE_DAMAGES_MAX. */
  readonly damagesMore: number;
  /** What stands after the last whole line, or after the last seal. */
  readonly tail: Tail;
}

type TapeCut = Extract<TapeFact, { type: 'tape.cut' }>;

/**
 * Checks all of a tape: each line's CRC, that seqs go up by one, the SHA-256 chain over batches and segments,
 * and that a tape whose beginning is gone says so itself by a `tape.cut`. With `from` it begins at the
 * segment that holds that record, takes its header's word for what came before, and counts the records from
 * there on. Needs no lock: where retention cuts what was to be checked, it begins again with what is left. What it
 * can't see is whole batches missing at the very end, as nothing after them tells of them.
 *
 * @throws TapeError `tape.version`, or the errno of what can't be read
 */
export async function verifyTape(folder: string, from?: number, check?: RecordCheck): Promise<TapeReport> {
  for (let all = await readSegments(folder); ; ) {
    try {
      return await verifySegments(folder, all, from, check);
    } catch (error) {
      const before = all[0]?.number;
      all = await readSegments(folder);
      if (!isTapeGone(error) || all[0]?.number === before) throw error;
    }
  }
}

async function verifySegments(
  folder: string,
  all: readonly Segment[],
  from: number | undefined,
  check: RecordCheck | undefined,
): Promise<TapeReport> {
  const segments = from === undefined ? all : segmentsFrom(all, from);
  const numbers = segments.map(({ number }) => number);
  const reader = new ChainReader(null, check);
  const damages: Damage[] = [];
  const cuts: TapeCut[] = [];
  let records = 0;
  let firstSeq = 0;
  let untold = 0;
  const tell = (damage: Damage) => {
    if (damages.length < TAPE_DAMAGES_MAX) damages.push(damage);
    else untold++;
  };
  for await (const finding of scan(folder, numbers, reader)) {
    if ('damage' in finding) {
      tell(finding.damage);
      continue;
    }
    const wanted = finding.records.filter(({ seq }) => from === undefined || seq >= from);
    records += wanted.length;
    if (firstSeq === 0 && wanted.length > 0) firstSeq = wanted[0]!.seq;
    for (const { event } of finding.records) if (event.type === 'tape.cut') cuts.push(event);
  }
  const header = segments[0]?.header;
  if (header && segments.length === all.length) {
    const isStart = header.segment === 1 && header.afterSeq === 0 && header.chain === CHAIN_START;
    // A crash while segments were deleted leaves some that the cut already covers.
    const covers = ({ throughSeq, chain }: TapeCut) =>
      throughSeq >= header.afterSeq &&
      segments.some(({ header: at }) => at?.afterSeq === throughSeq && at.chain === chain);
    if (!isStart && !cuts.some(covers))
      tell({ segment: header.segment, line: 1, offset: 0, code: 'tape.beginning' });
  }
  const damagesMore = untold + reader.untold;
  return {
    ok: damages.length === 0 && damagesMore === 0,
    firstSeq,
    lastSeq: reader.seq,
    records,
    segments: segments.length,
    bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
    damages,
    damagesMore,
    tail: reader.tail,
  };
}

/**
 * Checks a tape from record `from` on.
 *
 * @throws TapeError `tape.range` where the tape has no such record
 */
export async function verifyFrom(folder: string, from: number, check?: RecordCheck): Promise<TapeReport> {
  const report = await verifyTape(folder, from, check);
  if (from < report.firstSeq || from > report.lastSeq)
    throw new TapeError(
      'tape.range',
      `There is no record ${from}: the tape has ${report.firstSeq} to ${report.lastSeq}, as far as it was read`,
    );
  return report;
}
