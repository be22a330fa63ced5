import type { RowSink } from '../drivers/driver.ts';

/**
 * A sink for a driver, which calls it from its socket: what it throws must not end the process. `defect` is called with the
 * first error; from then on rows are read and thrown away.
 */
export function guardedSink(sink: RowSink, defect: (error: unknown) => void): RowSink {
  let isBroken = false;
  const guard = <A extends unknown[], R>(take: (...args: A) => R, instead: R) => {
    return (...args: A): R => {
      if (isBroken) return instead;
      try {
        return take(...args);
      } catch (error) {
        isBroken = true;
        defect(error);
        return instead;
      }
    };
  };
  return {
    columns: guard(sink.columns.bind(sink), undefined),
    moreColumns: guard(sink.moreColumns.bind(sink), undefined),
    columnsLearned: guard(sink.columnsLearned.bind(sink), undefined),
    rows: guard(sink.rows.bind(sink), true),
    notice: guard(sink.notice.bind(sink), undefined),
  };
}
