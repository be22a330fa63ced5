import type { FormatName } from '../../../events/formats/format.ts';
import { writeClipboard } from '../../controls/clipboard.ts';
import { type CopyEnd, type CopyRequest, copyRectangle } from './copier.ts';
import { copying, copyNotice } from './copy-notice.ts';
import type { GridCanvas } from './grid-canvas.ts';
import type { Notice, NoticeAction } from './grid-notice.ts';
import { rectangle } from './selection.ts';

/** Wait before a copy says that it is at work. */
const QUIET_MS = 300;

/** What copies ask of their grid. */
interface CopyOrders {
  readonly notice: (notice: Notice | null) => void;
  readonly copied: (cells: number, format: FormatName) => void;
  readonly export: () => void;
  readonly close: () => NoticeAction;
  readonly again: (format: FormatName, spreadsheet: boolean) => Promise<void>;
}

/** One copy at a time: a new one replaces the one under way. */
export class GridCopies {
  #copying: AbortController | undefined;

  constructor(private readonly orders: CopyOrders) {}

  get underWay(): boolean {
    return this.#copying !== undefined;
  }

  stop(): void {
    this.#copying?.abort();
  }

  /**
   * Copies what is selected. `missing` says why the result has more rows than are here; empty where all are.
   * Resolves as `copy`.
   */
  async copySelection(
    canvas: GridCanvas,
    format: FormatName,
    options: CopyRequest['options'],
    missing: string,
  ): Promise<void> {
    const { selection, layout, feed, bounds } = canvas;
    if (!selection || !feed) return;
    const range = rectangle(selection, bounds);
    const indices = layout.order.slice(range.left, range.right);
    await this.copy({
      format,
      rectangle: range,
      columns: indices.map((index) => layout.columns[index]!),
      indices,
      rows: canvas.read({ from: range.top, to: range.bottom }),
      missing: range.bottom >= bounds.rows ? missing : '',
      options,
    });
  }

  /** Resolves once it is on the clipboard, or a notice says why it isn't. */
  async copy(request: CopyRequest): Promise<void> {
    this.stop();
    const stop = new AbortController();
    this.#copying = stop;
    const begun = performance.now();
    const { top, bottom } = request.rectangle;
    const end = await copyRectangle(request, stop.signal, (rows) => {
      if (stop.signal.aborted || performance.now() - begun < QUIET_MS) return;
      this.orders.notice(copying(rows, bottom - top, { label: 'Cancel', act: () => stop.abort() }));
    });
    if (this.#copying !== stop) return;
    this.#copying = undefined;
    this.#ended(end, request);
  }

  #ended(end: CopyEnd, request: CopyRequest): void {
    const { format, missing } = request;
    this.orders.notice(
      copyNotice(end, missing, {
        export: { label: 'Export…', act: () => this.orders.export() },
        again: { label: 'Copy again', act: () => void this.#again(end, request) },
        close: this.orders.close(),
      }),
    );
    if (end.type === 'copied') this.orders.copied(end.cells, format);
  }

  async #again(end: CopyEnd, request: CopyRequest): Promise<void> {
    if (end.type !== 'blocked') {
      return this.orders.again(request.format, request.options.spreadsheet ?? false);
    }
    const copied = await writeClipboard(end.text);
    this.#ended(copied ? { type: 'copied', cells: end.cells } : end, request);
  }
}
