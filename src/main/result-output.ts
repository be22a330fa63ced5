import type { EjsonForm } from '../events/formats/documents.ts';
import type { Client } from './client.ts';
import { print } from './output.ts';
import { printTable } from './table.ts';

/** The formats of `run`. */
export const RUN_FORMATS = ['table', 'csv', 'json', 'ndjson'] as const;
type RunFormat = (typeof RUN_FORMATS)[number];

/**
 * Prints the results of a script, in order, as one document:
 *   table   an empty line between two
 *   csv     each with its header, an empty line between two
 *   ndjson  the rows of all, one after another
 *   json    the array of the rows, or where there are several results an array of such arrays; `[]` without any
 */
export class ResultOutput {
  private printed = 0;
  /** The first result as JSON, which stands alone or in an array, depending on whether another comes. */
  private held: string | null = null;

  constructor(
    private readonly client: Client,
    private readonly format: RunFormat,
    private readonly options: { readonly ejson: EjsonForm; readonly spreadsheet: boolean },
  ) {}

  /** Whether a result may be printed while its statement runs. */
  get canFollow(): boolean {
    return this.format === 'csv' || this.format === 'ndjson';
  }

  /** @throws Error where the result is not there any more */
  async add(resultId: string): Promise<void> {
    if (this.format === 'json' && this.printed === 0 && this.held === null) {
      this.held = resultId;
      return;
    }
    if (this.held !== null) {
      const first = this.held;
      this.held = null;
      await print('[');
      await this.one(first);
    }
    if (this.printed > 0) await print(SEPARATORS[this.format]);
    await this.one(resultId);
  }

  /** Ends the document. */
  async end(): Promise<void> {
    if (this.format !== 'json') return;
    if (this.held !== null) await this.one(this.held);
    else await print(this.printed === 0 ? '[]\n' : ']\n');
  }

  private async one(resultId: string): Promise<void> {
    this.printed++;
    if (this.format === 'table') return printTable(this.client, resultId);
    const { ejson, spreadsheet } = this.options;
    const options = `format=${this.format}&ejson=${ejson}${spreadsheet ? '&spreadsheet=true' : ''}`;
    const answer = await this.client.granted(`/api/results/${resultId}/export?${options}&follow=true`);
    for await (const piece of answer.body ?? []) await print(piece);
  }
}

const SEPARATORS: Readonly<Record<RunFormat, string>> = { table: '\n', csv: '\r\n', json: ',', ndjson: '' };
