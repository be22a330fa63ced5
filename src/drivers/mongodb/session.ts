import { randomBytes } from 'node:crypto';
import { Binary, Long } from 'mongodb';
import type { TransactionStatus } from '../../events/connection.ts';
import { commandName, type Document } from './statement/operation.ts';

/**
 * The server session of a connection and the transaction in it (MongoDB specifications, "Driver Sessions" and "Transactions").
 * The server begins a transaction with its first command, so one that was started and not used is known here only.
 *
 *   none ──start──→ open ──commit, abort──→ none
 *                    │ error of a command: the server aborts it
 *                    └──→ failed ──abort──→ none
 */
export class Session {
  readonly id: Binary;
  private state: TransactionStatus = 'none';
  /** Transactions of a session are numbered upwards. */
  private number = 0n;
  private options: Document = new Map();
  /** The server knows of the transaction. */
  private begun = false;

  /** `isSupported` is false for a server that has no sessions. */
  constructor(private readonly isSupported: boolean) {
    const bytes = randomBytes(16);
    // A random UUID, version 4 (RFC 9562, section 5.4).
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    this.id = new Binary(bytes, Binary.SUBTYPE_UUID);
  }

  get transaction(): TransactionStatus {
    return this.state;
  }

  /** Null where the server has no sessions. */
  get lsid(): { readonly id: Binary } | null {
    return this.isSupported ? { id: this.id } : null;
  }

  start(options: Document): void {
    this.number++;
    this.options = options;
    this.state = 'open';
    this.begun = false;
  }

  /** A command with what says the session and the transaction that it belongs to. */
  decorated(command: Document): Record<string, unknown> {
    const fields: Record<string, unknown> = Object.fromEntries(command);
    if (!this.isSupported) return fields;
    fields.lsid = { id: this.id };
    if (this.state !== 'open' || OUTSIDE.has(commandName(command))) return fields;
    fields.txnNumber = Long.fromBigInt(this.number);
    fields.autocommit = false;
    if (this.begun) return fields;
    fields.startTransaction = true;
    const readConcern = this.options.get('readConcern');
    if (readConcern !== undefined) fields.readConcern = readConcern;
    this.begun = true;
    return fields;
  }

  /** A command of the open transaction failed: the server has aborted it, or will when it is asked to. */
  failed(): void {
    if (this.state === 'open') this.state = 'failed';
  }

  /** What ends the transaction on the server; null where the server knows nothing of it. */
  ending(step: 'commit' | 'abort'): Record<string, unknown> | null {
    if (!this.begun) return null;
    const writeConcern = this.options.get('writeConcern');
    const maxTimeMS = step === 'commit' ? this.options.get('maxCommitTimeMS') : undefined;
    return {
      [`${step}Transaction`]: 1,
      lsid: { id: this.id },
      txnNumber: Long.fromBigInt(this.number),
      autocommit: false,
      ...(writeConcern === undefined ? {} : { writeConcern }),
      ...(maxTimeMS === undefined ? {} : { maxTimeMS }),
    };
  }

  /** The transaction has ended. */
  ended(): void {
    this.state = 'none';
    this.begun = false;
  }
}

/** Commands that belong to no transaction even while one is open: of the server, not of data. */
const OUTSIDE: ReadonlySet<string> = new Set([
  'hello',
  'buildInfo',
  'ping',
  'killOp',
  'serverStatus',
  'currentOp',
]);
