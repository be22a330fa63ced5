import type { ShapeSummary, SpanSummary, Step } from '../../events/replay-view.ts';

/** A figure of both spans. */
interface Pair {
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

/** A step of the bad span that the good one does not have, and what stands in its place there. */
export interface StepDifference {
  readonly bad: Step;
  /** What the same machine did in the same state, by the same event where it came; null where it was never in that state. */
  readonly good: Step | null;
  /** What is another: `event`, `state`, or a field of the event. */
  readonly differs: readonly string[];
}

/** How a span differs from one that went well. */
interface SpanDifference {
  /** Statements by how they ended. */
  readonly outcomes: readonly Pair[];
  /** Shapes, those whose slow statements differ most first. */
  readonly shapes: readonly ShapePair[];
  /** Steps of the bad one that the good one does not have, in the order of the bad one. */
  readonly differences: readonly StepDifference[];
  /** Steps of the good one alone. */
  readonly onlyGood: readonly Step[];
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
    differences: without(bad.steps, good.steps).map((step) => differenceAt(step, good.steps)),
    onlyGood: without(good.steps, bad.steps),
    causes: bad.causes.map(({ title }) => title).filter((title) => !known.has(title)),
  };
}

function shapesOf({ shapes }: SpanSummary): Map<string, ShapeSummary> {
  return new Map(shapes.map((shape) => [shape.shape, shape]));
}

function slowdownOf({ good, bad }: ShapePair): number {
  return Math.abs((bad?.p95Ms ?? 0) - (good?.p95Ms ?? 0));
}

function without(steps: readonly Step[], others: readonly Step[]): Step[] {
  const known = new Set(others.map(keyOf));
  return steps.filter((step) => !known.has(keyOf(step)));
}

function keyOf({ machine, from, event, to, words }: Step): string {
  return JSON.stringify([machine, from, event, to, words]);
}

function differenceAt(bad: Step, steps: readonly Step[]): StepDifference {
  const likeness = (step: Step): number => (step.event !== bad.event ? 0 : step.to !== bad.to ? 1 : 2);
  const [good] = steps
    .filter(({ machine, from }) => machine === bad.machine && from === bad.from)
    .sort((a, b) => likeness(b) - likeness(a) || b.times - a.times);
  return { bad, good: good ?? null, differs: good ? differing(bad, good) : [] };
}

/** Fields of events of two types are no pairs. */
function differing(bad: Step, good: Step): string[] {
  const state = bad.to === good.to ? [] : ['state'];
  if (bad.event !== good.event) return ['event', ...state];
  const [ofBad, ofGood] = [new Map(bad.words), new Map(good.words)];
  const fields = [...new Set([...ofBad.keys(), ...ofGood.keys()])];
  return [...state, ...fields.filter((field) => ofBad.get(field) !== ofGood.get(field))];
}
