import type { Hit, ShapeSummary, SpanSummary } from '../../events/replay-view.ts';

/** A figure of both spans. */
export interface Pair {
  readonly name: string;
  readonly good: number;
  readonly bad: number;
}

/** A shape's durations in both spans; null where a span has no statement of it. */
export interface ShapePair {
  readonly shape: string;
  readonly good: ShapeSummary | null;
  readonly bad: ShapeSummary | null;
}

/** How a span differs from one that went well. */
export interface SpanDifference {
  /** Statements by how they ended. */
  readonly outcomes: readonly Pair[];
  /** Shapes, those whose slow statements differ most first. */
  readonly shapes: readonly ShapePair[];
  /** Transitions that one of them took and the other did not. */
  readonly onlyBad: readonly Hit[];
  readonly onlyGood: readonly Hit[];
  /** Causes of trouble that hold in the bad one alone, by title. */
  readonly causes: readonly string[];
}

/** Compares two spans, be they of one tape or of two. */
export function differenceOf(good: SpanSummary, bad: SpanSummary): SpanDifference {
  const names = new Set([...Object.keys(good.outcomes), ...Object.keys(bad.outcomes)]);
  const [ofGood, ofBad] = [shapesOf(good), shapesOf(bad)];
  const shapes = [...new Set([...ofGood.keys(), ...ofBad.keys()])].map((shape) => ({
    shape,
    good: ofGood.get(shape) ?? null,
    bad: ofBad.get(shape) ?? null,
  }));
  const known = new Set(good.causes.map(({ title }) => title));
  return {
    outcomes: [...names]
      .sort()
      .map((name) => ({ name, good: good.outcomes[name] ?? 0, bad: bad.outcomes[name] ?? 0 })),
    shapes: shapes.sort((a, b) => slowdownOf(b) - slowdownOf(a)),
    onlyBad: without(bad.hits, good.hits),
    onlyGood: without(good.hits, bad.hits),
    causes: bad.causes.map(({ title }) => title).filter((title) => !known.has(title)),
  };
}

function shapesOf({ shapes }: SpanSummary): Map<string, ShapeSummary> {
  return new Map(shapes.map((shape) => [shape.shape, shape]));
}

function slowdownOf({ good, bad }: ShapePair): number {
  return Math.abs((bad?.p95Ms ?? 0) - (good?.p95Ms ?? 0));
}

/** A transition's kind, whatever the version of its machine. */
function keyOf({ machine, from, event, to }: Hit): string {
  return `${machine.split('@')[0]} ${from} ${event} ${to}`;
}

function without(hits: readonly Hit[], others: readonly Hit[]): Hit[] {
  const known = new Set(others.map(keyOf));
  return hits.filter((hit) => !known.has(keyOf(hit)));
}
