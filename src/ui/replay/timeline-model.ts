import type { Timeline } from '../../events/replay-view.ts';
import type { TapeAnswer } from './tape-answer.ts';
import { clampedSpan, type TimeSpan } from './time-span.ts';

/** What the timeline shows. One request is under way at a time; the newest span replaces those that wait. */
export class TimelineModel {
  timeline: Timeline | null = null;
  span: TimeSpan = { from: 0, to: 1 };
  private wanted: TimeSpan | null = null;
  private isDrawing = false;

  constructor(
    private readonly changed: () => void,
    private readonly answer: TapeAnswer,
  ) {}

  /** Shows a span, as far as it lies on the whole tape. */
  show(span: TimeSpan, whole: TimeSpan): void {
    this.span = clampedSpan(span, whole);
    this.wanted = this.span;
    this.changed();
    if (!this.isDrawing) void this.draw();
  }

  clear(): void {
    this.timeline = null;
    this.wanted = null;
  }

  private async draw(): Promise<void> {
    this.isDrawing = true;
    while (this.wanted) {
      const { from, to } = this.wanted;
      this.wanted = null;
      const timeline = await this.answer<Timeline>(`timeline?from=${Math.floor(from)}&to=${Math.ceil(to)}`);
      if (timeline === undefined) continue;
      this.timeline = timeline;
      this.changed();
    }
    this.isDrawing = false;
  }
}
