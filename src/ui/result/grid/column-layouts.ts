import type { Column } from '../../../events/result.ts';
import { ColumnLayout, type TextMeasure } from './column-layout.ts';

/** Results whose layouts are remembered. */
const LAYOUTS_MAX = 50;

/**
 * How the user arranged the columns of a tab's results. A result whose columns have the names and types of an earlier one's gets
 * its layout, as when the same statement is run again.
 */
export class ColumnLayouts {
  private readonly byColumns = new Map<string, ColumnLayout>();

  /** The layout of another result. */
  of(columns: readonly Column[], measure: TextMeasure): ColumnLayout {
    return this.remember(new ColumnLayout(columns, measure, this.byColumns.get(keyOf(columns))));
  }

  /** The layout of a result whose columns are known better, or that has more of them. What the user changes in it goes first. */
  extended(layout: ColumnLayout, columns: readonly Column[], measure: TextMeasure): ColumnLayout {
    const { touched } = layout;
    const earlier = touched ? layout : (this.byColumns.get(keyOf(columns)) ?? layout);
    const next = new ColumnLayout(columns, measure, earlier);
    next.touched = touched;
    return this.remember(next);
  }

  private remember(layout: ColumnLayout): ColumnLayout {
    const key = keyOf(layout.columns);
    this.byColumns.delete(key);
    this.byColumns.set(key, layout);
    if (this.byColumns.size > LAYOUTS_MAX) this.byColumns.delete(this.byColumns.keys().next().value!);
    return layout;
  }
}

function keyOf(columns: readonly Column[]): string {
  return JSON.stringify(columns.map(({ name, type }) => [name, type]));
}
