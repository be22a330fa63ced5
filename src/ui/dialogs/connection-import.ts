import { html, nothing, type ReactiveControllerHost, type TemplateResult } from 'lit';
import type { ProfileDraft } from '../../events/profile.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { type ConnectionForm, formOf } from './connection-form.ts';
import type { ImportedDraft, QtImport } from './qt-import.ts';
import './qt-import.ts';

/** What an import does to the form above which it stands. */
interface ImportOrders {
  /** A draft fills the form; of its secrets the names are known. */
  readonly fill: (form: ConnectionForm, secrets: readonly string[]) => void;
  /** All that a file had was saved as it is. */
  readonly savedAll: () => void;
}

/** The import above a new connection's form, and what came in by it. */
export class ConnectionImport {
  isOpen = false;
  /** Where the program has the secrets of what was imported; undefined where there are none. */
  importId: string | undefined;
  private notTaken: ImportedDraft['notTaken'] = [];

  constructor(
    private readonly host: Pick<ReactiveControllerHost, 'requestUpdate'> & {
      readonly renderRoot: ParentNode;
    },
    private readonly orders: ImportOrders,
  ) {}

  /** Folds it, and forgets what was imported. */
  clear(): void {
    this.isOpen = false;
    this.importId = undefined;
    this.notTaken = [];
    this.host.renderRoot?.querySelector<QtImport>('qt-import')?.clear();
    this.host.requestUpdate();
  }

  pane(): TemplateResult {
    return html`<qt-import
      ?open=${this.isOpen}
      @qt-import-toggle=${this.toggle}
      @qt-imported=${this.imported}
      @qt-profile-changed=${this.orders.savedAll}
    ></qt-import>`;
  }

  /** What of an import the form can't hold. */
  checks(): TemplateResult | typeof nothing {
    if (this.notTaken.length === 0) return nothing;
    return html`<div class="note waiting" role="status">
      Check these before you save:
      <ul>${this.notTaken.map(({ what, why }) => html`<li>${escapeInvisible(what)}: ${escapeInvisible(why)}</li>`)}</ul>
    </div><br />`;
  }

  private readonly toggle = (): void => {
    this.isOpen = !this.isOpen;
    this.host.requestUpdate();
  };

  /** An imported draft fills the form; its password stays where it was read. */
  private readonly imported = ({ detail }: CustomEvent<ImportedDraft>): void => {
    const { draft, importId, secrets, notTaken } = detail;
    this.orders.fill(formOf(draft as ProfileDraft), secrets);
    this.importId = secrets.length > 0 ? importId : undefined;
    this.notTaken = notTaken;
    this.host.requestUpdate();
  };
}
