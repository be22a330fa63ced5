import { css, html, LitElement, nothing } from 'lit';
import type { Accepted, Reached } from '../../events/command.ts';
import { DEFAULT_ENGINE } from '../../events/engines/engine-name.ts';
import { DEFAULT_POLICY, type Policy } from '../../events/policy.ts';
import type { Environment, Profile, ProfileDraft } from '../../events/profile.ts';
import { sendCommand } from '../api/command-request.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { chipStyles } from '../controls/environment-frame.ts';
import { focusFirstError } from '../controls/form-fields.ts';
import { icon } from '../controls/icons.ts';
import {
  type ConnectionForm,
  draftOf,
  emptyForm,
  errorsOf,
  type FieldErrors,
  formOf,
  secretsOf,
  withDefaults,
  wrongOf,
} from './connection-form.ts';
import { type NotDone, notDone, reachedResult, resultStyles, testing } from './connection-result.ts';
import { sectionStyles } from './connection-sections.css.ts';
import { SHOWN_FIELDS, sections } from './connection-sections.ts';
import './qt-import.ts';
import { shared } from '../controls/shared.css.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import type { ImportedDraft } from './qt-import.ts';

type Work = 'test' | 'save' | 'delete' | 'duplicate' | null;

/**
 * Makes or edits a profile. `edit` opens it. Sends `profile.test`, `.save`, `.duplicate`, `.delete` and `.import` up, and
 * fires `qt-profile-changed` with `{ what, profileId }` once one was taken, and `qt-open-vault` where the vault stands in the
 * way. Secrets go one way: out of here.
 */
export class QtConnectionDialog extends LitElement {
  static override properties = {
    folders: { attribute: false },
    policy: { attribute: false },
    edited: { state: true },
    form: { state: true },
    errors: { state: true },
    refused: { state: true },
    reached: { state: true },
    work: { state: true },
    asking: { state: true },
    importing: { state: true },
    kept: { state: true },
    notTaken: { state: true },
  };
  static override styles = [
    shared,
    dialogStyles,
    chipStyles,
    sectionStyles,
    resultStyles,
    css`
      dialog { width: min(700px, calc(100vw - 32px)); }
      qt-import { display: block; margin: 0 0 16px; }
    `,
  ];

  /** Folders that there are already. */
  declare folders: readonly string[];
  /** What decides whether a new connection is read-only. */
  declare policy: Policy;
  /** The profile that is edited; null for a new one. */
  declare protected edited: Profile | null;
  declare protected form: ConnectionForm;
  declare protected errors: FieldErrors;
  declare protected refused: NotDone | null;
  declare protected reached: Reached | null;
  declare protected work: Work;
  /** What a person has to say once more. */
  declare protected asking: 'delete' | 'discard' | null;
  declare protected importing: boolean;
  declare protected kept: 'vault' | 'import' | null;
  declare protected notTaken: readonly { readonly what: string; readonly why: string }[];
  private importId: string | undefined;
  private untouched = '';
  private running = new AbortController();

  constructor() {
    super();
    this.folders = [];
    this.policy = DEFAULT_POLICY;
    this.form = emptyForm();
    this.begin(null, this.form, null);
    this.importing = false;
  }

  /** Opens the dialog: for a profile, with the names of its kept secrets, or for a new one; with `act` as if that was pressed. */
  edit(
    profile: Profile | null,
    keptSecrets: readonly string[] = [],
    act: 'duplicate' | 'delete' | null = null,
  ): void {
    const form = profile ? formOf(profile) : this.fresh;
    this.begin(profile, form, keptSecrets.includes('password') ? 'vault' : null);
    this.importing = false;
    if (!this.dialog?.open) this.dialog?.showModal();
    if (act === 'delete') this.askFirst('delete');
    else void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('#f-name')?.focus());
    if (act === 'duplicate') void this.duplicate();
  }

  /** A new connection's form, as the policy wants it. */
  private get fresh(): ConnectionForm {
    return emptyForm(DEFAULT_ENGINE, this.readOnlyByDefault.development);
  }

  private get readOnlyByDefault(): Record<Environment, boolean> {
    const { development, staging, production } = this.policy.environments;
    return {
      development: development.readOnlyByDefault,
      staging: staging.readOnlyByDefault,
      production: production.readOnlyByDefault,
    };
  }

  private begin(profile: Profile | null, form: ConnectionForm, kept: 'vault' | 'import' | null): void {
    this.running.abort();
    this.edited = profile;
    this.form = form;
    this.untouched = JSON.stringify(form);
    this.kept = kept;
    this.importId = undefined;
    this.errors = {};
    this.refused = null;
    this.reached = null;
    this.work = null;
    this.asking = null;
    this.notTaken = [];
  }

  private get dialog(): HTMLDialogElement | null {
    return this.renderRoot?.querySelector('dialog') ?? null;
  }

  protected override render() {
    const { edited, form, errors, kept, folders, work, refused, reached } = this;
    const title = edited ? `Edit ${edited.name}` : 'New connection';
    return html`<dialog aria-labelledby="title" @cancel=${this.escaped} @close=${this.closed}>
      <form novalidate @submit=${this.submitted}>
        <div class="head">
          <h2 id="title">${title}</h2>
          <button class="icon" type="button" title="Close (Esc)" aria-label="Close" @click=${this.leave}>${icon('close')}</button>
        </div>
        <div class="body">
          ${edited ? nothing : html`<qt-import ?open=${this.importing} @qt-import-toggle=${this.toggleImport} @qt-imported=${this.imported} @qt-profile-changed=${this.savedAll}></qt-import>`}
          ${this.left()}
          ${sections({ form, errors, kept, folders, fresh: edited === null, readOnlyByDefault: this.readOnlyByDefault, change: (to) => this.change(to) })}
        </div>
        ${work === 'test' ? testing() : refused ? notDone(refused, () => this.openVault()) : reached ? reachedResult(reached, form.readOnly) : nothing}
        ${this.asking ? this.question() : this.foot(work)}
      </form>
    </dialog>`;
  }

  private left() {
    if (this.notTaken.length === 0) return nothing;
    return html`<div class="note waiting" role="status">Check these before you save:
      <ul>${this.notTaken.map(({ what, why }) => html`<li>${escapeInvisible(what)}: ${escapeInvisible(why)}</li>`)}</ul></div><br />`;
  }

  private foot(work: Work) {
    return html`<div class="foot">
      <button class="button" type="button" ?disabled=${work !== null && work !== 'test'} @click=${this.test}>${work === 'test' ? 'Stop the test' : 'Test'}</button>
      ${
        this.edited
          ? html`<button class="button" type="button" ?disabled=${work !== null} @click=${this.duplicate}>Duplicate</button>
            <button class="button" type="button" ?disabled=${work !== null} @click=${() => this.askFirst('delete')}>Delete…</button>`
          : nothing
      }
      <span class="space"></span>
      <button class="button" type="button" @click=${this.leave}>Cancel</button>
      <button class="button primary" type="submit" ?disabled=${work === 'save'}>${work === 'save' ? 'Saving…' : 'Save'}</button>
    </div>`;
  }

  private question() {
    const deleting = this.asking === 'delete';
    const words = deleting
      ? `Delete ${this.edited!.name}? Its stored password is deleted too; the tape is not affected.`
      : 'Close without saving your changes?';
    return html`<div class="foot" role="alertdialog" aria-label=${words}>
      <span class="space">${words}</span>
      <button class="button primary" type="button" data-autofocus @click=${() => this.askFirst(null)}>${deleting ? 'Keep it' : 'Keep editing'}</button>
      <button class="button danger" type="button" @click=${deleting ? this.delete : this.discard}>${deleting ? 'Delete' : 'Close without saving'}</button>
    </div>`;
  }

  /** It opens above this dialog, whose form stays as it is. */
  private openVault(): void {
    this.dispatchEvent(new CustomEvent('qt-open-vault', { bubbles: true, composed: true }));
  }

  private change(form: ConnectionForm): void {
    this.form = withDefaults(form);
    // What was found out was found out of something else.
    this.reached = null;
    this.refused = null;
    if (Object.keys(this.errors).length > 0) this.errors = {};
  }

  private toggleImport(): void {
    this.importing = !this.importing;
  }

  /** An imported draft fills the form; its password stays where it was read. */
  private imported({ detail }: CustomEvent<ImportedDraft>): void {
    const { draft, importId, secrets, notTaken } = detail;
    const { untouched } = this;
    this.begin(null, formOf(draft as ProfileDraft), secrets.includes('password') ? 'import' : null);
    this.untouched = untouched;
    this.importId = secrets.length > 0 ? importId : undefined;
    this.notTaken = notTaken;
    this.importing = false;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('#f-name')?.focus());
  }

  /** All that a file had was saved as it is: nothing is left to do here, unless something was typed. */
  private savedAll(): void {
    if (JSON.stringify(this.form) === this.untouched) this.dialog?.close();
  }

  private askFirst(asking: 'delete' | 'discard' | null): void {
    this.asking = asking;
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>('[data-autofocus]')?.focus(),
    );
  }

  /** What test and save have in common: the draft, the secrets, and whose kept secrets count. */
  private get said() {
    const { edited, form, importId } = this;
    const forgotten = importId !== undefined && form.forgetPassword;
    return {
      draft: draftOf(form),
      secrets: secretsOf(form),
      ...(edited ? { profileId: edited.profileId } : {}),
      ...(importId === undefined || forgotten ? {} : { importId }),
    };
  }

  private async send(
    work: Exclude<Work, null>,
    command: Parameters<typeof sendCommand>[1],
  ): Promise<Accepted | null> {
    this.running.abort();
    const running = new AbortController();
    this.running = running;
    this.work = work;
    this.refused = null;
    this.reached = null;
    const answer = await sendCommand(this, command, running.signal);
    if (running.signal.aborted) return null;
    this.work = null;
    if (!('refused' in answer)) return answer;
    const { fields, rest } = errorsOf(answer.refused, SHOWN_FIELDS);
    this.errors = fields;
    this.refused = { refusal: answer.refused, rest };
    await this.updateComplete;
    focusFirstError(this.renderRoot);
    return null;
  }

  /** Whether all is as it has to be, as far as can be told without the server. A test needs no name. */
  private complete(work: 'test' | 'save'): boolean {
    const { name, ...errors } = wrongOf(this.form, SHOWN_FIELDS);
    this.errors = work === 'save' && name !== undefined ? { name, ...errors } : errors;
    if (Object.keys(this.errors).length === 0) return true;
    void this.updateComplete.then(() => focusFirstError(this.renderRoot));
    return false;
  }

  private async test(): Promise<void> {
    if (this.work === 'test') {
      this.running.abort();
      this.work = null;
      return;
    }
    if (!this.complete('test')) return;
    const accepted = await this.send('test', { type: 'profile.test', ...this.said });
    this.reached = accepted?.reached ?? null;
  }

  private submitted(event: Event): void {
    event.preventDefault();
    if (this.work !== 'save') void this.save();
  }

  private async save(): Promise<void> {
    if (!this.complete('save')) return;
    const accepted = await this.send('save', { type: 'profile.save', ...this.said });
    if (accepted) this.done('saved', accepted.profileId ?? this.edited?.profileId);
  }

  private async duplicate(): Promise<void> {
    const { profileId } = this.edited!;
    const accepted = await this.send('duplicate', { type: 'profile.duplicate', profileId });
    if (accepted) this.done('duplicated', accepted.profileId);
  }

  private async delete(): Promise<void> {
    this.asking = null;
    const { profileId } = this.edited!;
    const accepted = await this.send('delete', { type: 'profile.delete', profileId });
    if (accepted) this.done('deleted', profileId);
  }

  private done(what: 'saved' | 'duplicated' | 'deleted', profileId: string | undefined): void {
    this.untouched = JSON.stringify(this.form);
    this.dialog?.close();
    const detail = { what, profileId };
    this.dispatchEvent(new CustomEvent('qt-profile-changed', { detail, bubbles: true, composed: true }));
  }

  private escaped(event: Event): void {
    event.preventDefault();
    if (this.asking) this.askFirst(null);
    else this.leave();
  }

  /** Closes it, unless something was typed that would go. */
  private leave(): void {
    if (JSON.stringify(this.form) === this.untouched) this.dialog?.close();
    else this.askFirst('discard');
  }

  private discard(): void {
    this.dialog?.close();
  }

  /** A test that nobody waits for is given up, and no secret stays in a form that is not seen. */
  private closed(): void {
    this.begin(null, emptyForm(), null);
  }
}

customElements.define('qt-connection-dialog', QtConnectionDialog);
