import type { ReactiveControllerHost } from 'lit';
import type { Span } from './geometry.ts';
import type { GridCanvas } from './grid-canvas.ts';
import { dialogFailed, type Notice, type NoticeAction, rowsFailed } from './grid-notice.ts';

/** What draws rows. */
type DrawnRows = Pick<GridCanvas, 'feed' | 'sourceRows' | 'drawSoon'>;

/** The one notice at the foot of a grid, which is its host. */
export class GridNotices {
  private current: Notice | null = null;

  constructor(
    private readonly host: Pick<ReactiveControllerHost, 'requestUpdate'> & Pick<HTMLElement, 'focus'>,
  ) {}

  get shown(): Notice | null {
    return this.current;
  }

  show(notice: Notice | null): void {
    if (notice === this.current) return;
    this.current = notice;
    this.host.requestUpdate();
  }

  /** Closes the notice, by the user, who then goes on in the grid. */
  get close(): NoticeAction {
    return {
      label: 'Close',
      act: () => {
        this.show(null);
        this.host.focus();
      },
    };
  }

  /** Says that rows in view could not be read, as long as that is so. */
  rowsDrawn(canvas: DrawnRows, rows: Span): void {
    const failure = canvas.feed?.failureIn(rows);
    if (!failure && this.current?.about === 'rows') this.show(null);
    if (!failure || this.current) return;
    const act = (): void => {
      canvas.feed?.retry();
      canvas.drawSoon();
      this.host.focus();
    };
    this.show(rowsFailed(failure, canvas.sourceRows, { label: 'Retry', act }));
  }

  /** Says why a dialog could not be opened. */
  dialogFailed(what: string, error: Error, retry: () => void): void {
    this.show(dialogFailed(what, error.message, [{ label: 'Retry', act: retry }, this.close]));
  }
}
