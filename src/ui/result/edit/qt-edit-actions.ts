import { html, LitElement, type PropertyValues } from 'lit';
import type { Command } from '../../../events/command.ts';
import type { QueryView } from '../../../events/views/query-view.ts';
import { sendCommand } from '../../api/command-request.ts';
import './qt-edit-bar.ts';
import type { QtEditPreview } from './qt-edit-preview.ts';
import type { ResultEdits } from './result-edits.ts';
import type { EditPlace } from './row-command.ts';

const IN_TRANSACTION = 'A transaction is open, and cancelling may abort it. Fetch all rows instead.';

/**
 * Previews, saves and discards a result's changes. Where the connection still waits for rows to be
 * read, a save waits for that. Fires `qt-run-again` with the query's id, and `qt-leave` where the button that
 * was pressed goes with what was staged.
 */
export class QtEditActions extends LitElement {
  static override properties = {
    editing: { attribute: false },
    revision: { type: Number },
    activeQuery: { attribute: false },
    inTransaction: { type: Boolean },
    place: { attribute: false },
    queryId: { type: String },
    saveWaits: { state: true },
  };

  declare editing: ResultEdits;
  declare revision: number;
  declare activeQuery: QueryView | undefined;
  declare inTransaction: boolean;
  /** Where edits run; null while no session is open. */
  declare place: EditPlace | null;
  /** The statement whose result it is. */
  declare queryId: string;
  declare protected saveWaits: boolean;

  constructor() {
    super();
    this.inTransaction = false;
    this.saveWaits = false;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // What waits is another result's.
    if (changed.has('editing') && changed.get('editing')) this.saveWaits = false;
  }

  protected override updated(): void {
    if (!this.saveWaits || this.activeQuery?.state === 'paused') return;
    if (this.activeQuery !== undefined) return;
    this.saveWaits = false;
    void this.save();
  }

  protected override render() {
    return html`<qt-edit-bar
        .editing=${this.editing}
        .revision=${this.revision}
        ?inTransaction=${this.inTransaction}
        ?saveWaits=${this.saveWaits}
        .paused=${this.inTransaction ? IN_TRANSACTION : ''}
        @qt-preview=${this.preview} @qt-save=${this.apply} @qt-discard=${this.discard}
        @qt-refresh=${this.again} @qt-fetch-all=${this.fetchAll} @qt-stop-reading=${this.stopReading}
      ></qt-edit-bar>
      <qt-edit-preview @qt-save=${this.apply}></qt-edit-preview>`;
  }

  private async preview(): Promise<void> {
    const { editing } = this;
    if (!this.place) return editing.say('The connection is not open.');
    if (!editing.can) return editing.say(editing.why);
    const [previews, loaded] = await Promise.all([
      editing.preview(this.place),
      // Needed for few results, so that it is not loaded with the page.
      import('./qt-edit-preview.ts').catch(() => null),
    ]);
    // Another result may be in view by now, whose changes its Apply would send.
    if (this.editing !== editing) return;
    if (!loaded) return editing.say('The preview can’t be loaded. Is Querytape running?');
    await this.querySelector<QtEditPreview>('qt-edit-preview')?.open(previews);
  }

  /** Sends what is staged; where nothing is, nothing happens. */
  async save(): Promise<void> {
    if (this.editing.edits.waiting.length === 0) return;
    if (!this.place) return this.editing.say('The connection is not open.');
    // An edit waits for the connection, and a paused result would let it wait forever.
    if (this.activeQuery?.state === 'paused') {
      this.saveWaits = true;
      return;
    }
    await this.editing.save(this.place);
  }

  private apply(): void {
    this.leave();
    void this.save();
  }

  private discard(): void {
    this.leave();
    this.editing.discard();
  }

  private leave(): void {
    this.dispatchEvent(new CustomEvent('qt-leave'));
  }

  private fetchAll(): void {
    if (this.activeQuery) void this.request({ type: 'query.fetchAll', queryId: this.activeQuery.queryId });
  }

  private stopReading(): void {
    if (this.activeQuery) void this.request({ type: 'query.cancel', queryId: this.activeQuery.queryId });
  }

  /** Sends a command, and says so where it is refused. */
  private async request(command: Command): Promise<void> {
    const answer = await sendCommand(this, command);
    if ('refused' in answer) this.editing.say(answer.refused.message);
  }

  private again(): void {
    const { queryId: detail } = this;
    this.leave();
    this.dispatchEvent(new CustomEvent('qt-run-again', { detail, bubbles: true, composed: true }));
  }
}

customElements.define('qt-edit-actions', QtEditActions);
