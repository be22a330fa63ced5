import { isSystemCode, systemSentence } from '../../events/system-error.ts';
import { UnsafeFileError } from '../own-files.ts';

/**
 * A tape operation failed. `code` is the system's errno (`ENOSPC`, `EIO`, `EROFS` …) or one of ours:
 * `tape.closed`, `tape.full` (too much waits for the disk), `tape.long` (a record beyond TAPE_LINE_BYTES_MAX),
 * `tape.gone` (cut by retention), `tape.unknown` (a seq that was never given), `tape.version` (written by a newer
 * program), `tape.beginning` (what remains does not say which seq it goes on from), `tape.absent` (a folder
 * without segments), `tape.range` (a seq that the tape does not have).
 */
export class TapeError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message.includes(`(${code})`) ? message : `${message} (${code})`, options);
    this.name = 'TapeError';
    this.code = code;
  }
}

/** Whether retention has cut what was to be read. */
export function isTapeGone(error: unknown): boolean {
  return error instanceof TapeError && error.code === 'tape.gone';
}

/** Another live process writes this tape; code `tape.locked`. */
export class TapeLockedError extends TapeError {
  readonly pid: number;

  /** @param place `elsewhere` where it lives and has another pid here, or none */
  constructor(pid: number, place: 'here' | 'elsewhere' = 'here') {
    super('tape.locked', `process ${pid}${place === 'here' ? '' : ' of another container'} writes this tape`);
    this.name = 'TapeLockedError';
    this.pid = pid;
  }
}

/**
 * A place where the tape is not what was written. Lines count from 1; line 0 is a segment that is not there.
 */
export interface Damage {
  readonly segment: number;
  readonly line: number;
  /** Where the line begins in its file, in bytes. */
  readonly offset: number;
  /**
   * `line.crc`, `line.long`, `line.json`, `line.kind`, `record.seq`, `record.event`, `seal.seq`, `seal.chain`, `segment.header`,
   * `segment.number`, `segment.seq`, `segment.chain`, `segment.unsealed`, `segment.missing` or `tape.beginning`.
   */
  readonly code: string;
}

/** Reading came to a damaged place; `code` is the damage's. */
export class TapeDamage extends TapeError implements Damage {
  readonly segment: number;
  readonly line: number;
  readonly offset: number;

  constructor({ segment, line, offset, code }: Damage) {
    super(code, `segment ${segment} of the tape is damaged at line ${line}, byte ${offset}`);
    this.name = 'TapeDamage';
    this.segment = segment;
    this.line = line;
    this.offset = offset;
  }
}

/** The errno of what a file operation threw, or `EUNKNOWN`. Fits the vocabulary's `Code`. */
export function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[A-Za-z0-9_.-]{1,48}$/.test(code) ? code : 'EUNKNOWN';
}

/** `error` as a TapeError that keeps it as its cause. */
export function tapeError(error: unknown, message: string): TapeError {
  if (error instanceof TapeError) return error;
  // It says by itself what is wrong, and what to type.
  if (error instanceof UnsafeFileError) return new TapeError(error.code, error.message, { cause: error });
  const code = errnoOf(error);
  const words = isSystemCode(code) ? `${message}. ${systemSentence(code)}` : message;
  return new TapeError(code, words, { cause: error });
}
