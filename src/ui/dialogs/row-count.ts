import { html, type ReactiveControllerHost, type TemplateResult } from 'lit';
import type { Accepted, Refusal } from '../../events/command.ts';
import type { Counting } from '../../events/judgement.ts';
import type { SendCommand } from '../api/command-request.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { countText } from './confirmation-text.ts';

/** How many rows a dangerous statement would touch, counted on request. */
export class RowCount {
  /** What became of the count that was asked for; null before. */
  private found: 'running' | Refusal | NonNullable<Accepted['counted']> | null = null;
  /** The count that was asked for last: only its answer is shown. */
  private asked = 0;

  constructor(
    private readonly host: Pick<ReactiveControllerHost, 'requestUpdate'>,
    private readonly send: SendCommand,
  ) {}

  get isRunning(): boolean {
    return this.found === 'running';
  }

  /** Forgets it: the statement is another one. */
  clear(): void {
    this.asked++;
    this.found = null;
  }

  /** The button that counts the rows of a query and what came of it, or why they can't be counted. */
  line(queryId: string, counting: Counting, mayCount: boolean): TemplateResult {
    const { found, isRunning } = this;
    if ('reason' in counting)
      return html`<p class="note rows">The affected rows can’t be counted. ${escapeInvisible(counting.reason)}</p>`;
    const isRefused = found !== null && found !== 'running' && 'code' in found;
    return html`<div class="rows">
      <button
        class="button"
        type="button"
        ?disabled=${isRunning || !mayCount}
        @click=${() => this.ask(queryId)}
      >
        ${isRunning ? 'Counting…' : 'Count the rows'}
      </button>
      <span role="status" class=${isRefused ? 'alert' : ''}>${countText(found)}</span>
    </div>`;
  }

  private async ask(queryId: string): Promise<void> {
    const asked = ++this.asked;
    this.found = 'running';
    this.host.requestUpdate();
    const answer = await this.send({ type: 'query.count', queryId });
    if (asked !== this.asked) return;
    this.found = 'refused' in answer ? answer.refused : (answer.counted ?? null);
    this.host.requestUpdate();
  }
}
