import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { CommandAnswer } from '../events/command.ts';
import type { Cell } from '../events/edit.ts';
import type { FailureText } from '../events/failure.ts';
import { sentences } from '../events/sentences.ts';
import type { QueryView } from '../events/views/query-view.ts';
import { changedCells, type Editable, keyAndOld } from './row-edits.ts';
import { shared } from './shared.css.ts';

/** What a form asks of the server; the tab adds who it is. */
export type RowWish = {
  readonly preview?: boolean;
  readonly namespace: string;
  readonly collection: string;
} & (
  | { readonly type: 'row.insert'; readonly values: Cell[] }
  | { readonly type: 'row.update'; readonly key: Cell[]; readonly old: Cell[]; readonly values: Cell[] }
  | { readonly type: 'row.delete'; readonly key: Cell[]; readonly old: Cell[] }
);

/** Who takes a form's wishes. */
export interface RowServer {
  send(wish: RowWish): Promise<CommandAnswer>;
  /** Waits until an edit has ended, and gives the server's words where it failed. */
  ended(queryId: string): Promise<{ readonly query: QueryView; readonly failure: FailureText | null }>;
}

interface Field {
  readonly column: string;
  readonly type: string;
  readonly key: boolean;
  readonly generated: boolean;
  readonly nullable: boolean;
  readonly value: string | null;
  /** Left to the server: an insert says nothing of it. */
  readonly left: boolean;
}

/**
 * One row as a form: changed, added or deleted by one statement, which is shown before it runs. Fires `qt-row-saved` with the
 * cells as they were sent, null for a deleted row.
 */
export class QtRowEditor extends LitElement {
  static override properties = {
    fields: { state: true },
    mode: { state: true },
    statement: { state: true },
    failure: { state: true },
    working: { state: true },
  };
  static override styles = [
    shared,
    css`
      dialog {
        width: min(680px, 92vw); max-height: 84vh; padding: 0; border: 1px solid var(--qt-border-strong); border-radius: 10px;
        background: var(--qt-bg-raised); color: var(--qt-fg); box-shadow: var(--qt-shadow); flex-direction: column;
      }
      dialog[open] { display: flex; }
      dialog::backdrop { background: rgb(0 0 0 / 35%); }
      header { padding: 14px 18px 8px; font-weight: 600; font-size: 15px; }
      .fields { overflow: auto; padding: 2px 18px 10px; display: grid; grid-template-columns: minmax(120px, 34%) 1fr; gap: 6px 14px; align-items: start; }
      label { padding-top: 5px; overflow-wrap: anywhere; }
      label small { display: block; color: var(--qt-fg-faint); font: 11px/14px var(--qt-font-mono); }
      .value { display: flex; gap: 6px; align-items: start; min-width: 0; }
      textarea {
        flex: 1; min-width: 0; field-sizing: content; min-height: 28px; max-height: 220px; padding: 4px 8px; resize: vertical;
        border: 1px solid var(--qt-border); border-radius: 5px; background: var(--qt-bg); color: var(--qt-fg); font: 12px/18px var(--qt-font-mono);
      }
      textarea:disabled { opacity: 0.6; }
      textarea.changed { border-color: var(--qt-accent); }
      .flag { display: inline-flex; gap: 4px; align-items: center; padding: 5px 0 0; color: var(--qt-fg-muted); font-size: 12px; white-space: nowrap; }
      pre { margin: 0 18px 10px; padding: 8px 10px; max-height: 160px; overflow: auto; background: var(--qt-bg); border: 1px solid var(--qt-border); border-radius: 6px; font: 12px/18px var(--qt-font-mono); white-space: pre-wrap; overflow-wrap: anywhere; }
      .failure { margin: 0 18px 10px; color: var(--qt-state-failed); }
      footer { display: flex; gap: 8px; padding: 10px 18px; border-top: 1px solid var(--qt-border); }
      footer button { height: 30px; padding: 0 12px; border: 1px solid var(--qt-border-strong); border-radius: var(--qt-radius); }
      footer .save { margin-left: auto; background: var(--qt-accent); color: var(--qt-on-accent, #fff); border-color: var(--qt-accent); }
      footer .danger { color: var(--qt-state-failed); }
      footer button:disabled { opacity: 0.55; }
    `,
  ];

  declare protected fields: readonly Field[];
  declare protected mode: 'update' | 'insert' | 'delete';
  /** What would run, as the server says. */
  declare protected statement: { readonly text: string; readonly params: readonly (string | null)[] } | null;
  declare protected failure: string;
  declare protected working: boolean;
  private place: Editable | null = null;
  private seen: readonly Cell[] = [];
  private server: RowServer | null = null;

  constructor() {
    super();
    this.fields = [];
    this.mode = 'update';
    this.statement = null;
    this.failure = '';
    this.working = false;
  }

  /** Opens the form on a row as it was seen; without one for a new row. `focused` is the column to begin in. */
  open(place: Editable, seen: readonly Cell[] | null, server: RowServer, focused = ''): void {
    this.place = place;
    this.seen = seen ?? [];
    this.server = server;
    this.begin(seen ? 'update' : 'insert');
    this.fields = place.columns.map(({ name, type, nullable, generated }) => {
      const cell = this.seen.find(({ column }) => column === name);
      return {
        column: name,
        type,
        key: place.key.includes(name),
        generated,
        nullable,
        value: cell?.value ?? null,
        left: cell === undefined,
      };
    });
    void this.updateComplete.then(() => {
      this.dialog.showModal();
      const name = focused || this.fields.find(({ generated }) => !generated)?.column;
      this.renderRoot.querySelector<HTMLElement>(`[data-column=${JSON.stringify(name)}]`)?.focus();
    });
  }

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector('dialog')!;
  }

  private begin(mode: 'update' | 'insert' | 'delete'): void {
    this.mode = mode;
    this.statement = null;
    this.failure = '';
  }

  private set(column: string, changes: Partial<Field>): void {
    this.begin(this.mode === 'delete' ? 'update' : this.mode);
    this.fields = this.fields.map((field) =>
      field.column === column ? { ...field, ...changes, left: false } : field,
    );
  }

  /** The values that would be written. */
  private get values(): Cell[] {
    const now = this.fields.filter(({ left, generated }) => !left && !generated);
    return changedCells(
      this.seen,
      now.map(({ column, value }) => ({ column, value })),
    );
  }

  private get wish(): RowWish {
    const { namespace, collection } = this.place!;
    const at = { namespace, collection };
    if (this.mode === 'insert') return { type: 'row.insert', ...at, values: this.values };
    const named = keyAndOld(this.place!, this.seen);
    return this.mode === 'delete'
      ? { type: 'row.delete', ...at, ...named }
      : { type: 'row.update', ...at, ...named, values: this.values };
  }

  /** The first press shows the statement, the second runs it. */
  private async next(): Promise<void> {
    if (this.working || !this.server) return;
    if (this.mode === 'update' && this.values.length === 0) return this.dialog.close();
    this.working = true;
    this.failure = '';
    const { wish } = this;
    const answer = await this.server.send(this.statement ? wish : { ...wish, preview: true });
    this.working = false;
    if ('refused' in answer) {
      this.failure = answer.refused.message;
      return;
    }
    if (!this.statement) {
      this.statement = answer.preview ?? null;
      await this.updateComplete;
      this.renderRoot.querySelector<HTMLElement>('.save')?.focus();
      return;
    }
    await this.saved(answer.queryIds?.[0], wish);
  }

  private async saved(queryId: string | undefined, wish: RowWish): Promise<void> {
    if (!queryId || !this.server) return;
    this.working = true;
    const { query, failure } = await this.server.ended(queryId);
    this.working = false;
    if (query.outcome !== 'succeeded') {
      this.statement = null;
      const said = failure ? sentences(failure.message, failure.advice) : `It ended as ${query.outcome}.`;
      this.failure = `${query.failure?.code ?? query.refusedCode ?? ''} ${said}`.trim();
      return;
    }
    this.dialog.close();
    const detail = wish.type === 'row.delete' ? null : wish.values;
    this.dispatchEvent(new CustomEvent('qt-row-saved', { detail, bubbles: true, composed: true }));
  }

  protected override render() {
    const { mode, place, statement, failure, working } = this;
    const title = { update: 'Edit a row of', insert: 'Add a row to', delete: 'Delete a row of' }[mode];
    const run = { update: 'Save', insert: 'Add', delete: 'Delete' }[mode];
    return html`<dialog aria-label="${title} ${place?.collection ?? ''}" data-testid="row-editor">
      <header>${title} ${place?.collection ?? ''}</header>
      <div class="fields">${this.fields.map((field) => this.field(field))}</div>
      ${statement ? html`<pre data-testid="edit-statement">${shownStatement(statement)}</pre>` : nothing}
      ${failure ? html`<p class="failure" role="alert">${failure}</p>` : nothing}
      <footer>
        ${
          mode === 'insert'
            ? nothing
            : html`<button class="danger" ?disabled=${working} @click=${() => {
                this.begin('delete');
                void this.next();
              }}>Delete row…</button>`
        }
        <button class="save" ?disabled=${working} @click=${() => this.next()}>${working ? 'Waiting for the server…' : statement ? `${run}: run this` : 'Show the statement'}</button>
        <button @click=${() => this.dialog.close()}>Cancel</button>
      </footer>
    </dialog>`;
  }

  private field(field: Field): TemplateResult {
    const { column, type, key, generated, nullable, value, left } = field;
    const id = `f-${column}`;
    const changed = !left && this.seen.find((cell) => cell.column === column)?.value !== value;
    return html`
      <label for=${id}>${column}${key ? ' 🔑' : ''}<small>${type}</small></label>
      <span class="value">
        <textarea
          id=${id} data-column=${column} rows="1" spellcheck="false" class=${changed ? 'changed' : ''}
          ?disabled=${generated} placeholder=${generated ? 'computed by the server' : left ? 'left to the server' : value === null ? 'NULL' : ''}
          .value=${value ?? ''}
          @input=${(event: Event) => this.set(column, { value: (event.target as HTMLTextAreaElement).value })}
          @keydown=${this.key}
        ></textarea>
        ${
          generated || !nullable
            ? nothing
            : html`<label class="flag"><input type="checkbox" .checked=${!left && value === null}
              @change=${(event: Event) => this.set(column, { value: (event.target as HTMLInputElement).checked ? null : '' })} />NULL</label>`
        }
      </span>`;
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void this.next();
  }
}

/** A statement with the values it leaves open below it. */
function shownStatement({
  text,
  params,
}: {
  readonly text: string;
  readonly params: readonly (string | null)[];
}): string {
  const values = params.map((value, at) => `$${at + 1} = ${value === null ? 'NULL' : JSON.stringify(value)}`);
  return [text, ...values].join('\n');
}

customElements.define('qt-row-editor', QtRowEditor);
