import { type Figure, isMissed } from './figure.ts';

/** A ratio of less than this between two runs on shared machines says nothing. */
const NOISE = 1.25;

/** Two runs of the bench, each one figure per line in JSON, as a table in Markdown: what grew or shrank by more than noise stands out. */
export function comparison(before: string, after: string): string {
  const earlier = new Map(figuresOf(before).map((figure) => [figure.name, figure]));
  const rows = figuresOf(after).map((figure) => row(figure, earlier.get(figure.name)));
  return `${['| figure | before | after | ratio | |', '|---|---:|---:|---:|---|', ...rows].join('\n')}\n`;
}

function row(figure: Figure, before: Figure | undefined): string {
  const { name, value, unit, aim } = figure;
  const ratio = before && before.value > 0 ? value / before.value : null;
  const moved = ratio === null ? 'new' : ratio >= NOISE ? 'more' : ratio <= 1 / NOISE ? 'less' : '';
  const missed = isMissed(figure) ? `aim ${aim} missed` : '';
  const cells = [
    name,
    before ? shown(before.value, unit) : '',
    shown(value, unit),
    ratio === null ? '' : ratio.toFixed(2),
    [moved, missed].filter((word) => word !== '').join(', '),
  ];
  return `| ${cells.join(' | ')} |`;
}

function shown(value: number, unit: string): string {
  return `${value >= 1000 ? Math.round(value) : value.toPrecision(3)} ${unit}`;
}

/** Figures by line. What npm or a build prints among them is left out. */
function figuresOf(text: string): Figure[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Figure);
}
