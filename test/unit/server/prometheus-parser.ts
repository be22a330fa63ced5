interface Sample {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: number;
}

/** A family of metrics as a scraper reads it. */
export interface Family {
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: Sample[];
}

const LABEL = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)",?/;
const SUFFIXES = { counter: [''], gauge: [''], histogram: ['_bucket', '_sum', '_count'] } as const;

/**
 * Reads Prometheus' text format 0.0.4, strictly: every family has its HELP and its TYPE before its samples and stands together, every
 * sample is of the family before it, no two are the same series, buckets are cumulative and end with `+Inf`.
 *
 * @throws Error at the first line that is not so
 */
export function parsePrometheus(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, Family>();
  const series = new Set<string>();
  let help: readonly string[] | null = null;
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    if (line.startsWith('# HELP ')) help = matched(line, /^# HELP (\S+) (.+)$/);
    else if (line.startsWith('# TYPE ')) {
      const [name, type] = matched(line, /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram)$/) as [
        string,
        never,
      ];
      if (help?.[0] !== name) throw new Error(`TYPE without its HELP: ${line}`);
      if (families.has(name)) throw new Error(`a family twice: ${line}`);
      if (type === 'counter' && !name.endsWith('_total')) throw new Error(`no _total: ${line}`);
      families.set(name, { help: help[1]!, type, samples: [] });
      current = name;
    } else {
      const sample = sampleOf(line);
      const family = familyOf(families, current, sample);
      const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
      if (series.has(key)) throw new Error(`a series twice: ${line}`);
      series.add(key);
      family.samples.push(sample);
    }
  }
  for (const [name, family] of families) if (family.type === 'histogram') checkBuckets(name, family);
  return families;
}

function familyOf(families: ReadonlyMap<string, Family>, current: string, { name }: Sample): Family {
  const family = families.get(current);
  if (!family || !SUFFIXES[family.type].some((suffix) => name === `${current}${suffix}`))
    throw new Error(`a sample of another family: ${name}`);
  return family;
}

function matched(line: string, pattern: RegExp): readonly string[] {
  const match = pattern.exec(line);
  if (!match) throw new Error(`not as the format has it: ${line}`);
  return match.slice(1);
}

function sampleOf(line: string): Sample {
  const [name, pairs = '', value] = matched(
    line,
    /^([a-zA-Z_:][\w:]*)(?:\{((?:[^"{}]|"(?:[^"\\]|\\.)*")*)\})? ([0-9.e+-]+)$/,
  ) as [string, string | undefined, string];
  const labels: Record<string, string> = {};
  let rest = pairs;
  while (rest !== '') {
    const [label, text] = matched(rest, LABEL) as [string, string];
    if (Object.hasOwn(labels, label)) throw new Error(`a label twice: ${line}`);
    labels[label] = text.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one));
    rest = rest.replace(LABEL, '');
  }
  if (Number.isNaN(Number(value))) throw new Error(`not a value: ${line}`);
  return { name, labels, value: Number(value) };
}

function checkBuckets(name: string, { samples }: Family): void {
  const groups = new Map<string, { bounds: number[]; counts: number[]; count?: number; sum?: number }>();
  for (const { name: sample, labels, value } of samples) {
    const { le, ...others } = labels;
    const key = JSON.stringify(Object.entries(others).sort());
    const group = groups.get(key) ?? { bounds: [], counts: [] };
    groups.set(key, group);
    if (sample === `${name}_count`) group.count = value;
    else if (sample === `${name}_sum`) group.sum = value;
    else {
      group.bounds.push(le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le));
      group.counts.push(value);
    }
  }
  for (const { bounds, counts, count, sum } of groups.values()) {
    const rises = (values: readonly number[], strictly: boolean): boolean =>
      values.every(
        (value, index) => index === 0 || value - values[index - 1]! >= (strictly ? Number.MIN_VALUE : 0),
      );
    if (!rises(counts, false)) throw new Error(`${name}: its buckets are not cumulative`);
    if (!rises(bounds, true) || bounds.at(-1) !== Number.POSITIVE_INFINITY)
      throw new Error(`${name}: its bounds do not rise to +Inf`);
    if (counts.at(-1) !== count || sum === undefined)
      throw new Error(`${name}: its count is not that of +Inf`);
  }
}
