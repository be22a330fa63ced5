import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { SUM_ROWS_MAX } from '../../../events/limits.ts';
import type { SummedCells } from '../../../events/result.ts';
import { json } from '../../api/request.ts';
import { thousands } from '../../format/format.ts';
import type { SelectedCells } from './grid-events.ts';

/** How long a selection stays the same before its numbers are added up. */
const REST_MS = 150;

/** What a sum is of. */
const WANTED = ['selected', 'resultId', 'edits'] as const;

/**
 * What the cells that are selected add up to, by the program, which has all the rows. Hears `qt-selection` of the grid that stands in the
 * same tree.
 */
export class QtSelectionSum extends LitElement {
  static override properties = {
    resultId: { type: String },
    edits: { type: Number },
    selected: { state: true },
    summed: { state: true },
  };
  static override styles = css`
    :host { overflow: hidden; text-overflow: ellipsis; font-variant-numeric: tabular-nums; }
    b { font-weight: 600; color: var(--qt-fg); }
  `;

  /** The result whose grid is in view; empty or no result's where none is. */
  declare resultId: string;
  /** Edits of the rows that are not applied, which only the page knows. */
  declare edits: number | undefined;
  /** More than one cell; null for no such selection. */
  declare protected selected: SelectedCells | null;
  declare protected summed: SummedCells | null;
  private root: Node | undefined;
  private rest: ReturnType<typeof setTimeout> | undefined;
  private asking: AbortController | undefined;

  constructor() {
    super();
    this.resultId = '';
    this.edits = 0;
    this.selected = null;
    this.summed = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.root = this.getRootNode();
    this.root.addEventListener('qt-selection', this.hear);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.root?.removeEventListener('qt-selection', this.hear);
    this.stop();
  }

  private readonly hear = (event: Event): void => {
    this.selected = (event as CustomEvent<SelectedCells | null>).detail;
  };

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('resultId')) this.selected = null;
    if (!WANTED.some((name) => changed.has(name))) return;
    this.stop();
    this.summed = null;
    const { selected, resultId, edits } = this;
    if (!selected || edits || selected.numeric.length === 0 || selected.rows > SUM_ROWS_MAX) return;
    this.rest = setTimeout(() => void this.ask(selected, resultId), REST_MS);
  }

  private stop(): void {
    clearTimeout(this.rest);
    this.asking?.abort();
  }

  /** Without an answer, as of a result that was dropped, the cells are counted and not added up. */
  private async ask({ from, rows, numeric }: SelectedCells, resultId: string): Promise<void> {
    const asking = new AbortController();
    this.asking = asking;
    const { signal } = asking;
    const query = `from=${from}&count=${rows}&columns=${numeric}`;
    const summed = await json<SummedCells>(`/api/results/${resultId}/sum?${query}`, { signal }).catch(
      () => null,
    );
    if (!signal.aborted && summed?.rows === rows) this.summed = summed;
  }

  protected override render() {
    const { selected, summed } = this;
    if (!selected) return nothing;
    return html`<span title=${this.words} data-testid="selection-sum"><b>${thousands(selected.cells)}</b> cells${
      summed?.sum
        ? html` · sum <b>${grouped(summed.sum)}</b> · avg <b>${grouped(summed.average!)}</b>`
        : nothing
    }</span>`;
  }

  /** What is added up, or why nothing is. */
  private get words(): string {
    const { selected, summed, edits } = this;
    if (summed?.sum)
      return `Sum ${grouped(summed.sum)} of ${thousands(summed.numbers)} ${summed.numbers === 1 ? 'number' : 'numbers'}; the average is rounded`;
    if (edits) return 'Not added up: there are edits that are not applied';
    return selected!.rows > SUM_ROWS_MAX ? `Not added up: more than ${thousands(SUM_ROWS_MAX)} rows` : '';
  }
}

/** `4 310.50`. */
function grouped(number: string): string {
  const [whole = '', fraction] = number.split('.');
  return thousands(whole) + (fraction === undefined ? '' : `.${fraction}`);
}

customElements.define('qt-selection-sum', QtSelectionSum);
