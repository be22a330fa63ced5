import { durationText } from '../../events/duration-text.ts';
import type { Quantiles } from '../../events/metrics/durations.ts';
import type { MetricsBin, ProcessBin, SpreadFigures } from '../../events/metrics/metrics-report.ts';
import type { Outcome } from '../../events/query.ts';
import { bytesText, thousands } from '../format/format.ts';
import type { Colour } from '../format/state-colour.ts';

/** One line, or one layer of the bars. */
interface MetricSeries {
  readonly label: string;
  readonly colour: Exclude<Colour, 'hollow'>;
  /** Null where the interval has nothing of it. */
  readonly value: (bin: MetricsBin) => number | null;
}

/** A chart of the metrics page. */
export interface MetricChart {
  readonly id: string;
  readonly title: string;
  /** Counts are bars that are stacked; quantiles are lines. */
  readonly kind: 'bars' | 'lines';
  /** What is measured is there in between, too: the line goes on while the program is idle, and ends where it did not run. */
  readonly isContinuous?: true;
  /** Its numbers are best read in powers of 1 024. */
  readonly isBinary?: true;
  readonly format: (value: number) => string;
  readonly series: readonly MetricSeries[];
}

const outcomes = (...wanted: readonly Outcome[]): MetricSeries['value'] => {
  return (bin) => wanted.reduce((sum, outcome) => sum + (bin.outcomes[outcome] ?? 0), 0);
};

const quantiles = (of: (bin: MetricsBin) => Quantiles | null): readonly MetricSeries[] => [
  { label: 'p50', colour: 'well', value: (bin) => of(bin)?.p50 ?? null },
  { label: 'p95', colour: 'running', value: (bin) => of(bin)?.p95 ?? null },
  { label: 'p99', colour: 'waiting', value: (bin) => of(bin)?.p99 ?? null },
];

/** Steps of an axis of bytes, and of one of counts, of which there is no half. */
const POWERS_OF_TWO = Array.from({ length: 50 }, (_, power) => 2 ** power);
const WHOLE_STEPS = Array.from({ length: 15 }, (_, power) =>
  [1, 2, 5].map((one) => one * 10 ** power),
).flat();

/** The steps in which a chart's axis goes up, ascending; undefined where any will do. */
export function axisSteps({ isBinary, kind }: Pick<MetricChart, 'isBinary' | 'kind'>): number[] | undefined {
  return isBinary ? POWERS_OF_TWO : kind === 'bars' ? WHOLE_STEPS : undefined;
}

/** The charts, in the order in which they are read. */
export const METRIC_CHARTS: readonly MetricChart[] = [
  {
    id: 'statements',
    title: 'Statements by outcome',
    kind: 'bars',
    format: thousands,
    series: [
      { label: 'succeeded', colour: 'well', value: outcomes('succeeded') },
      { label: 'failed', colour: 'failed', value: outcomes('failed') },
      { label: 'cancelled or timed out', colour: 'waiting', value: outcomes('cancelled', 'timedOut') },
      { label: 'refused', colour: 'running', value: outcomes('refused') },
      { label: 'lost', colour: 'quiet', value: outcomes('lost.notRun', 'lost.mayHaveCompleted') },
    ],
  },
  {
    id: 'duration',
    title: 'Duration',
    kind: 'lines',
    format: durationText,
    series: quantiles((bin) => bin.duration),
  },
  {
    id: 'firstRow',
    title: 'Time to first row',
    kind: 'lines',
    format: durationText,
    series: quantiles((bin) => bin.firstRow),
  },
  {
    id: 'rows',
    title: 'Rows',
    kind: 'bars',
    format: thousands,
    series: [{ label: 'rows', colour: 'running', value: (bin) => bin.rows }],
  },
  {
    id: 'bytes',
    title: 'Bytes of rows',
    kind: 'bars',
    isBinary: true,
    format: bytesText,
    series: [{ label: 'bytes', colour: 'running', value: (bin) => bin.bytes }],
  },
  {
    id: 'cancels',
    title: 'Cancels',
    kind: 'bars',
    format: thousands,
    series: [
      { label: 'confirmed by the server', colour: 'well', value: (bin) => bin.cancels.confirmed },
      { label: 'the statement was faster', colour: 'running', value: (bin) => bin.cancels.won },
      { label: 'not confirmed', colour: 'failed', value: (bin) => bin.cancels.unknown },
    ],
  },
  {
    id: 'cancel',
    title: 'Cancel to confirmation',
    kind: 'lines',
    format: durationText,
    series: quantiles((bin) => bin.cancel),
  },
  {
    id: 'connections',
    title: 'Connections',
    kind: 'bars',
    format: thousands,
    series: [
      { label: 'opened', colour: 'well', value: (bin) => bin.connections.opened },
      { label: 'lost', colour: 'failed', value: (bin) => bin.connections.lost },
      { label: 'not opened', colour: 'waiting', value: (bin) => bin.connections.notOpened },
    ],
  },
  {
    id: 'tunnels',
    title: 'Tunnels',
    kind: 'bars',
    format: thousands,
    series: [
      { label: 'opened', colour: 'well', value: (bin) => bin.tunnels.opened },
      { label: 'reopened', colour: 'well', value: (bin) => bin.tunnels.reopened },
      { label: 'lost', colour: 'failed', value: (bin) => bin.tunnels.lost },
      { label: 'not opened', colour: 'waiting', value: (bin) => bin.tunnels.notOpened },
    ],
  },
  {
    id: 'refusals',
    title: 'Refusals',
    kind: 'bars',
    format: thousands,
    series: [
      {
        label: 'refused',
        colour: 'failed',
        value: (bin) => Object.values(bin.refusals).reduce((sum, count) => sum + count, 0),
      },
    ],
  },
  {
    id: 'recorded',
    title: 'Write-ahead record on disk',
    kind: 'lines',
    format: durationText,
    series: quantiles((bin) => bin.recorded),
  },
  {
    id: 'events',
    title: 'Records on the tape',
    kind: 'bars',
    format: thousands,
    series: [{ label: 'records', colour: 'quiet', value: (bin) => bin.events }],
  },
];

const spread = (of: (process: ProcessBin) => SpreadFigures | null): readonly MetricSeries[] => {
  const figures = ({ process }: MetricsBin): SpreadFigures | null => process && of(process);
  return [
    { label: 'p50', colour: 'well', value: (bin) => figures(bin)?.p50 ?? null },
    { label: 'p99', colour: 'running', value: (bin) => figures(bin)?.p99 ?? null },
    { label: 'highest', colour: 'waiting', value: (bin) => figures(bin)?.max ?? null },
  ];
};

/** The history of the process's own figures, beside what they are now. */
export const PROCESS_CHARTS: readonly MetricChart[] = [
  {
    id: 'memory',
    title: 'Memory',
    kind: 'lines',
    isContinuous: true,
    isBinary: true,
    format: bytesText,
    series: [
      { label: 'resident', colour: 'running', value: ({ process }) => process?.rssBytes ?? null },
      { label: 'heap', colour: 'well', value: ({ process }) => process?.heapBytes ?? null },
    ],
  },
  {
    id: 'loop',
    title: 'Event loop delay',
    kind: 'lines',
    format: durationText,
    series: spread(({ loop }) => loop),
  },
  {
    id: 'lag',
    title: 'Tape lag: record to disk',
    kind: 'lines',
    format: durationText,
    series: spread(({ lag }) => lag),
  },
  {
    id: 'sync',
    title: 'Disk sync',
    kind: 'lines',
    format: durationText,
    series: spread(({ sync }) => sync),
  },
];

/** A series with what it amounts to. */
interface LegendFigure {
  readonly series: MetricSeries;
  readonly value: number;
}

/** What a series amounts to over the whole span: the sum of counts, the highest of the quantiles; null where it has nothing. */
export function total(chart: MetricChart, series: MetricSeries, bins: readonly MetricsBin[]): number | null {
  const values = bins.map(series.value).filter((value) => value !== null);
  if (values.length === 0) return null;
  return chart.kind === 'bars' ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
}

/** The figures of a chart's legend over these intervals: of those series that have any. */
export function legend(chart: MetricChart, bins: readonly MetricsBin[]): readonly LegendFigure[] {
  return chart.series.flatMap((series) => {
    const value = total(chart, series, bins);
    return value === null || (value === 0 && chart.kind === 'bars') ? [] : [{ series, value }];
  });
}

/** A chart in a sentence, for those who can't see it. */
export function chartSentence(chart: MetricChart, bins: readonly MetricsBin[]): string {
  const parts = legend(chart, bins).map(
    ({ series, value }) => `${series.label} ${chart.kind === 'lines' ? 'up to ' : ''}${chart.format(value)}`,
  );
  return `${chart.title}: ${parts.length > 0 ? parts.join(', ') : 'nothing in this span'}`;
}
