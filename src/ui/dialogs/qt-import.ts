import { css, html, LitElement, nothing } from 'lit';
import type { ImportedProfiles, ImportSource, NotTaken, Refusal } from '../../events/command.ts';
import { PRODUCTS } from '../../events/engines/engine-name.ts';
import type { ProfileDraft } from '../../events/profile.ts';
import { sendCommand } from '../api/command-request.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { option } from '../controls/option.ts';
import { shared } from '../controls/shared.css.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { targetText } from './confirmation-text.ts';

/** Detail of `qt-imported`: a draft to fill a form with. */
export interface ImportedDraft {
  readonly draft: unknown;
  readonly importId: string;
  readonly secrets: readonly string[];
  readonly notTaken: readonly NotTaken[];
}

type FileSource = Exclude<ImportSource, 'url'>;

/**
 * Where connections can be read from: the client, and the file that it keeps them in; null where there is no
 * usual one.
 */
const SOURCES: Readonly<Record<FileSource, { label: string; file: string | null }>> = {
  pgpass: { label: 'PostgreSQL passwords', file: '~/.pgpass' },
  pg_service: { label: 'PostgreSQL services', file: '~/.pg_service.conf' },
  'my.cnf': { label: 'MySQL options', file: '~/.my.cnf' },
  dbgate: { label: 'DbGate', file: 'its connections file' },
  beekeeper: { label: 'Beekeeper Studio', file: null },
  dbeaver: { label: 'DBeaver', file: 'its data-sources.json' },
  querytape: { label: 'Querytape', file: null },
};
/** What a browser reads of a file that is handed to it; `profile.import` takes no more. */
const FILE_UNITS_MAX = 1_000_000;
/** How to get the file to choose. */
const FILE_HINTS: Partial<Readonly<Record<FileSource, string>>> = {
  beekeeper: 'Choose the output of: sqlite3 -json app.db "select * from saved_connection"',
  querytape: 'Choose a file exported by Querytape. It contains no passwords.',
};

/**
 * Reads connections from a URL or from another client's file. Sends `profile.import` up and fires
 * `qt-imported` with the draft that was picked, or `qt-profile-changed` once all were saved as they are. No
 * password that was read comes back.
 */
export class QtImport extends LitElement {
  static override properties = {
    open: { type: Boolean },
    url: { state: true },
    source: { state: true },
    imported: { state: true },
    refused: { state: true },
    reading: { state: true },
  };
  static override styles = [
    shared,
    dialogStyles,
    css`
      :host { display: block; }
      .row { display: flex; gap: 8px; align-items: end; }
      .row .field { flex: 1; }
      .from { margin-top: 10px; flex-wrap: wrap; align-items: center; }
      .from select { width: auto; }
      input[type='file'] { display: none; }
      ul { list-style: none; margin: 8px 0 0; padding: 4px; max-height: 190px; overflow: auto; border: 1px solid var(--qt-border); border-radius: var(--qt-radius); background: var(--qt-bg); }
      li button { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.6fr) auto; gap: 12px; align-items: baseline; width: 100%; padding: 4px 8px; text-align: left; border-radius: 4px; }
      li button:hover { background: var(--qt-bg-hover); }
      li span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .alert, .note { margin-top: 8px; }
      .all { display: flex; align-items: center; justify-content: space-between; gap: 12px; margin-top: 6px; }
      .omitted ul { border: 0; background: none; margin: 0; padding: 0 8px 4px 16px; max-height: none; list-style: disc inside; }
      .note ul { border: 0; background: none; padding: 0; max-height: 90px; }
    `,
  ];

  /** Whether files are offered as well as a URL. */
  declare open: boolean;
  declare protected url: string;
  declare protected source: FileSource;
  declare protected imported: ImportedProfiles | null;
  declare protected refused: Refusal | null;
  declare protected reading: boolean;
  /** Counts what was asked for: only the answer to the latest counts. */
  private asked = 0;

  constructor() {
    super();
    this.open = false;
    this.url = '';
    this.source = 'pgpass';
    this.imported = null;
    this.refused = null;
    this.reading = false;
  }

  /** Takes the focus where a file is chosen, if that is open; else where a URL is pasted. */
  override focus(): void {
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(this.open ? '#source' : '#url')?.focus(),
    );
  }

  /** Forgets what was typed, which may hold a password, what was found and what was refused; an answer on its way is dropped. */
  clear(): void {
    this.asked++;
    this.url = '';
    this.imported = null;
    this.refused = null;
    this.reading = false;
  }

  protected override render() {
    const { refused, open } = this;
    return html`
      <div class="row">
        <div class="field">
          <label class="label" for="url">Paste a URL</label>
          <input
            id="url"
            class="input mono"
            type="text"
            .value=${this.url}
            placeholder="postgres://app@db.example/shop"
            autocomplete="off"
            spellcheck="false"
            aria-invalid=${refused && !open ? 'true' : 'false'}
            @input=${this.type}
            @paste=${this.pasted}
            @keydown=${this.key}
          />
        </div>
        <button
          class="button"
          type="button"
          ?disabled=${this.url.trim() === '' || this.reading}
          @click=${() => this.read('url', this.url.trim())}
        >Fill in</button>
        <button class="button" type="button" aria-expanded=${open} @click=${this.toggle}>From a file…</button>
      </div>
      ${open ? this.files() : nothing}
      ${refused ? html`<p class="alert" role="alert"><span class="code mono">${refused.code}</span>${refused.message}</p>` : nothing}
      ${this.found()}
    `;
  }

  private files() {
    const { source, reading } = this;
    const { file } = SOURCES[source];
    return html`<div class="row from">
      <label class="label" for="source">Import from</label>
      <select id="source" class="input" @change=${this.chooseSource}>
        ${Object.entries(SOURCES).map(([value, { label }]) => option(value, label, value === source))}
      </select>
      ${
        file === null
          ? nothing
          : html`<button
            class="button"
            type="button"
            ?disabled=${reading}
            @click=${() => this.read(source)}
          >Read ${file}</button>`
      }
      <button
        class="button"
        type="button"
        ?disabled=${reading}
        @click=${() => this.renderRoot.querySelector<HTMLInputElement>('#file')?.click()}
      >Choose a file…</button>
      <input id="file" type="file" tabindex="-1" aria-hidden="true" @change=${this.chooseFile} />
    </div>
    ${FILE_HINTS[source] ? html`<p class="hint">${FILE_HINTS[source]}</p>` : nothing}`;
  }

  private found() {
    const { imported } = this;
    if (!imported) return nothing;
    const { drafts, notTaken } = imported;
    return html`
      ${
        drafts.length === 0
          ? html`<p class="note" role="status">No connections found.</p>`
          : html`<ul aria-label="Connections found">${drafts.map((found) => this.draft(found))}</ul>
            <p class="all"><span class="quiet">Pick one to review it first.</span>
              ${
                drafts.length > 1
                  ? html`<button
                    class="button"
                    type="button"
                    ?disabled=${this.reading}
                    @click=${this.saveAll}
                  >${this.reading ? 'Saving…' : `Save all ${drafts.length} as they are`}</button>`
                  : nothing
              }</p>`
      }
      ${
        notTaken.length > 0
          ? html`<div class="note waiting" role="status">Not imported:${notes(notTaken)}</div>`
          : nothing
      }`;
  }

  private draft({ draft, importId, secrets, notTaken }: ImportedProfiles['drafts'][number]) {
    const { name, target } = draft as ProfileDraft;
    return html`<li><button
      type="button"
      title="Fill the form with it"
      @click=${() => this.pick({ draft, importId, secrets, notTaken })}
    >
      <span>${escapeInvisible(name || target.host)}</span><span class="quiet mono">${PRODUCTS[target.engine]} · ${targetText(target)}</span>
      <span class="quiet">${secrets.length > 0 ? 'with password' : ''}</span>
    </button>${notTaken.length === 0 ? nothing : html`<div class="omitted quiet">${notes(notTaken)}</div>`}</li>`;
  }

  /** Saves all that was found, or nothing of it. */
  private async saveAll(): Promise<void> {
    const importIds = this.imported!.drafts.map(({ importId }) => importId);
    this.reading = true;
    this.refused = null;
    const asked = ++this.asked;
    const answer = await sendCommand(this, { type: 'profile.saveImported', importIds });
    if (asked !== this.asked) return;
    this.reading = false;
    if ('refused' in answer) {
      this.refused = answer.refused;
      return;
    }
    this.imported = null;
    const detail = { what: 'saved', profileId: undefined };
    this.dispatchEvent(new CustomEvent('qt-profile-changed', { detail, bubbles: true, composed: true }));
  }

  private async read(source: ImportSource, text?: string): Promise<void> {
    this.refused = null;
    this.imported = null;
    this.reading = true;
    const asked = ++this.asked;
    const answer = await sendCommand(this, {
      type: 'profile.import',
      source,
      ...(text === undefined ? {} : { text }),
    });
    if (asked !== this.asked) return;
    this.reading = false;
    if ('refused' in answer) {
      this.refused = answer.refused;
      return;
    }
    const imported = answer.imported ?? { drafts: [], notTaken: [] };
    const [only] = imported.drafts;
    // A URL is one connection; there is nothing to pick from.
    if (source === 'url' && only) this.pick({ ...only, notTaken: [...only.notTaken, ...imported.notTaken] });
    else this.imported = imported;
  }

  private pick(detail: ImportedDraft): void {
    // A URL may hold a password: it stays no longer than it is needed.
    this.url = '';
    this.imported = null;
    this.dispatchEvent(new CustomEvent('qt-imported', { detail, bubbles: true, composed: true }));
  }

  private type(event: Event): void {
    this.url = (event.target as HTMLInputElement).value;
    this.refused = null;
  }

  private pasted({ clipboardData }: ClipboardEvent): void {
    const text = clipboardData?.getData('text').trim() ?? '';
    if (/^\S+:\/\/\S+$/.test(text)) void this.read('url', text);
  }

  /** Enter reads the URL; the form around is not to be saved by it. */
  private key(event: KeyboardEvent): void {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    if (this.url.trim() !== '') void this.read('url', this.url.trim());
  }

  private toggle(): void {
    this.imported = null;
    this.refused = null;
    this.dispatchEvent(new CustomEvent('qt-import-toggle'));
  }

  private chooseSource(event: Event): void {
    this.source = (event.target as HTMLSelectElement).value as FileSource;
    this.imported = null;
    this.refused = null;
  }

  private async chooseFile(event: Event): Promise<void> {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    if (!file) return;
    const text = await file.text();
    input.value = '';
    if (text.length <= FILE_UNITS_MAX) return this.read(this.source, text);
    this.refused = { code: 'import.tooLong', message: 'The file is too large.' };
  }
}

/** What was left out, guessed, or protects less, and why. */
function notes(notTaken: readonly NotTaken[]) {
  return html`<ul>${notTaken.map(({ what, why }) => html`<li>${escapeInvisible(what)}: ${escapeInvisible(why)}</li>`)}</ul>`;
}

customElements.define('qt-import', QtImport);
