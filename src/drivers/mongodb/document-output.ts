import { setImmediate } from 'node:timers/promises';
import { BSON } from 'mongodb';
import type { FailureText } from '../../events/failure.ts';
import { DOCUMENT_COLUMN_NAMES_UNITS_MAX, DOCUMENT_COLUMNS_MAX } from '../../events/limits.ts';
import type { RowSink } from '../driver.ts';
import { ExtendedJsonWriter } from './bson-text.ts';
import { DocumentColumns, idColumn } from './document-columns.ts';
import type { Document, DocumentOrigin } from './statement/operation.ts';

/** Bytes that are handed to the sink at a time; a single document is always whole. */
const CHUNK_BYTES = 256 * 1024;

/** Hands documents to a sink as rows, with their columns before them. */
export class DocumentOutput {
  private readonly columns: DocumentColumns;
  private readonly text = new ExtendedJsonWriter();
  private columnsTold = false;

  constructor(
    private readonly sink: RowSink,
    private readonly origin: DocumentOrigin | null,
    /** Waits until the sink takes more. */
    private readonly room: () => Promise<void>,
  ) {
    this.columns = new DocumentColumns(origin);
  }

  /**
   * Hands over a batch, and lets others have their turn after each chunk of it. The fields of the first one are the first columns.
   * @throws BsonError
   */
  async write(documents: readonly Uint8Array[]): Promise<void> {
    if (!this.columnsTold) {
      for (const document of documents) this.columns.see(document);
      if (documents.length > 0) this.tellColumns();
    }
    let count = 0;
    for (const document of documents) {
      this.columns.see(document);
      this.text.row(document);
      count++;
      if (this.text.length < CHUNK_BYTES) continue;
      if (this.hand(count)) await setImmediate();
      else await this.room();
      count = 0;
    }
    if (count > 0 && !this.hand(count)) await this.room();
  }

  /** One document of our own making. */
  async writeOne(document: Document): Promise<void> {
    await this.write([BSON.serialize(document as unknown as BSON.Document)]);
  }

  /** Says the columns of a result that has no documents, and the types that came late. */
  finish(): void {
    if (!this.columnsTold) this.sink.columns([idColumn(this.origin)], 'ejson');
    this.columnsTold = true;
    const learned = this.columns.learned();
    if (learned) this.sink.columnsLearned(learned);
  }

  private hand(count: number): boolean {
    this.tellColumns();
    const { bytes, isGiven } = this.text.take();
    return this.sink.rows(bytes, count, isGiven);
  }

  private tellColumns(): void {
    const fresh = this.columns.fresh();
    if (!this.columnsTold) this.sink.columns(fresh.length > 0 ? fresh : [idColumn(this.origin)], 'ejson');
    else if (fresh.length > 0) this.sink.moreColumns(fresh);
    this.columnsTold = true;
    if (this.columns.leftOut()) this.sink.notice(COLUMNS_LEFT_OUT);
  }
}

const COLUMNS_LEFT_OUT: FailureText = {
  code: 'result.columns',
  source: 'client',
  severity: 'WARNING',
  message: `The documents have more fields than have columns here: ${DOCUMENT_COLUMNS_MAX} at most, with names of ${DOCUMENT_COLUMN_NAMES_UNITS_MAX} characters together. The rest is in the whole document.`,
};
