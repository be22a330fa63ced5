import { css, html, LitElement, nothing } from 'lit';
import type { Accepted, Command, Reached } from '../../events/command.ts';
import { DEFAULT_ENGINE, PRODUCTS } from '../../events/engines/engine-name.ts';
import { DEFAULT_POLICY, type Policy } from '../../events/policy.ts';
import type { Environment, Profile, ProfileDraft } from '../../events/profile.ts';
import { commandText, type Tunnel } from '../../events/tunnel.ts';
import type { TunnelView } from '../../events/views/tunnel-view.ts';
import { idOfRetry, sendCommand } from '../api/command-request.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { DialogController } from '../controls/dialog-controller.ts';
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
import { notDone, reachedResult, resultStyles, testing } from './connection-result.ts';
import { sectionStyles } from './connection-sections.css.ts';
import { SHOWN_FIELDS, sections } from './connection-sections.ts';
import './qt-import.ts';
import { shared } from '../controls/shared.css.ts';
import { splitCommandLine } from '../format/command-line.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { sha256Hex } from '../format/sha256-hex.ts';
import type { ImportedDraft } from './qt-import.ts';
import { SshLookupController } from './ssh-lookups.ts';
import { type TestStep, testSteps } from './test-steps.ts';
import { tunnelStyles } from './tunnel-sections.css.ts';

type Work = 'test' | 'save' | 'delete' | 'duplicate' | null;

/**
 * Makes or edits a profile. `edit` opens it. Sends `profile.test`, `.save`, `.duplicate`, `.delete` and
 * `.import` up, and fires `qt-profile-changed` with `{ what, profileId }` once one was taken, and
 * `qt-open-vault` where the vault stands in the way. Secrets go one way: out of here.
 */
export class QtConnectionDialog extends LitElement {
  static override properties = {
    folders: { attribute: false },
    policy: { attribute: false },
    testTunnels: { attribute: false },
    edited: { state: true },
    form: { state: true },
    errors: { state: true },
    rest: { state: true },
    reached: { state: true },
    work: { state: true },
    importing: { state: true },
    stored: { state: true },
    notTaken: { state: true },
  };
  static override styles = [
    shared,
    dialogStyles,
    chipStyles,
    sectionStyles,
    tunnelStyles,
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
  /** The tunnels of tests, which have the steps of one that runs. */
  declare testTunnels: readonly TunnelView[];
  /** The profile that is edited; null for a new one. */
  declare protected edited: Profile | null;
  declare protected form: ConnectionForm;
  declare protected errors: FieldErrors;
  /** What was refused of no single field. */
  declare protected rest: readonly string[];
  declare protected reached: Reached | null;
  declare protected work: Work;
  declare protected importing: boolean;
  /** The names of the secrets that the vault has of it, or that came with what was imported. */
  declare protected stored: readonly string[];
  declare protected notTaken: readonly { readonly what: string; readonly why: string }[];
  private importId: string | undefined;
  private untouched = '';
  /** The last test, until the form changes: the id of its command, and the tunnel that it went through. */
  private tested: { readonly commandId: string; readonly tunnel: Tunnel | undefined } | null = null;
  private running = new AbortController();
  private readonly ssh = new SshLookupController(this);
  private readonly dialog = new DialogController(this, {
    focus: '#f-name',
    unsaved: () => JSON.stringify(this.form) !== this.untouched,
    closed: () => this.closed(),
  });

  constructor() {
    super();
    this.folders = [];
    this.policy = DEFAULT_POLICY;
    this.testTunnels = [];
    this.form = emptyForm();
    this.begin(null, this.form, []);
    this.importing = false;
  }

  /**
   * Opens the dialog: for a profile, with the names of its kept secrets, or for a new one; with `act` as if
   * that was pressed.
   */
  async edit(
    profile: Profile | null,
    keptSecrets: readonly string[] = [],
    act: 'duplicate' | 'delete' | null = null,
  ): Promise<void> {
    const form = profile ? formOf(profile) : this.fresh;
    this.begin(profile, form, keptSecrets);
    this.importing = false;
    await this.dialog.open();
    if (act === 'delete') this.askDelete();
    if (act === 'duplicate') await this.duplicate();
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

  private begin(profile: Profile | null, form: ConnectionForm, stored: readonly string[]): void {
    this.stopTest();
    this.running.abort();
    this.ssh.reset();
    this.ssh.need(form.tunnel);
    this.edited = profile;
    this.form = form;
    this.untouched = JSON.stringify(form);
    this.stored = stored;
    this.importId = undefined;
    this.errors = {};
    this.rest = [];
    this.reached = null;
    this.tested = null;
    this.work = null;
    this.dialog.refuse(null);
    this.notTaken = [];
  }

  protected override render() {
    const { edited, form, errors, stored, folders, work, rest, reached } = this;
    const kept = !stored.includes('password') ? null : this.importId === undefined ? 'vault' : 'import';
    const { refused } = this.dialog;
    const title = edited ? `Edit ${edited.name}` : 'New connection';
    return html`<dialog aria-labelledby="title">
      <form novalidate @submit=${this.submitted}>
        <div class="head">
          <h2 id="title">${title}</h2>
          <button class="icon" type="button" title="Close (Esc)" aria-label="Close" @click=${this.dialog.leave}>${icon('close')}</button>
        </div>
        <div class="body">
          ${edited ? nothing : html`<qt-import ?open=${this.importing} @qt-import-toggle=${this.toggleImport} @qt-imported=${this.imported} @qt-profile-changed=${this.savedAll}></qt-import>`}
          ${this.left()}
          ${sections({
            form,
            errors,
            kept,
            folders,
            fresh: edited === null,
            readOnlyByDefault: this.readOnlyByDefault,
            tunnel: {
              stored,
              lookups: this.ssh.lookups,
              resolve: (host, mayRunCommands) => this.ssh.resolve(host, mayRunCommands),
              allow: (allowed) => void this.allowCommand(allowed),
              focus: (selector) => void this.dialog.focusDrawn(selector),
            },
            change: (to) => this.change(to),
          })}
        </div>
        ${work === 'test' ? testing(this.steps) : refused ? notDone({ refusal: refused, rest }, () => this.openVault(), this.steps) : reached ? reachedResult(reached, form.readOnly, this.steps) : nothing}
        ${this.dialog.foot(() => this.foot(work))}
      </form>
    </dialog>`;
  }

  /** The steps of the last test; none where it does not go through a tunnel, or was not begun. */
  private get steps(): readonly TestStep[] {
    const { tested, work, reached, form } = this;
    if (!tested?.tunnel) return [];
    const ids: readonly (string | null)[] = [tested.commandId, idOfRetry(tested.commandId)];
    const view = this.testTunnels.find(({ commandId }) => ids.includes(commandId));
    if (!view && work !== 'test') return [];
    const stopped = this.dialog.refused?.code === 'test.stopped';
    const progress = work === 'test' ? 'running' : reached ? 'reached' : stopped ? 'stopped' : 'failed';
    return testSteps(tested.tunnel, view, progress, PRODUCTS[form.engine]);
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
            <button class="button" type="button" ?disabled=${work !== null} @click=${this.askDelete}>Delete…</button>`
          : nothing
      }
      <span class="space"></span>
      <button class="button" type="button" @click=${this.dialog.leave}>Cancel</button>
      <button class="button primary" type="submit" ?disabled=${work === 'save'}>${work === 'save' ? 'Saving…' : 'Save'}</button>
    </div>`;
  }

  /** It opens above this dialog, whose form stays as it is. */
  private openVault(): void {
    this.dispatchEvent(new CustomEvent('qt-open-vault', { bubbles: true, composed: true }));
  }

  private change(form: ConnectionForm): void {
    this.form = withDefaults(form);
    this.ssh.need(form.tunnel);
    // What was found out was found out of something else.
    this.reached = null;
    if (this.work !== 'test') this.tested = null;
    this.dialog.refuse(null);
    if (Object.keys(this.errors).length > 0) this.errors = {};
  }

  /** Allows the command as its arguments are now; another one has another hash. */
  private async allowCommand(allowed: boolean): Promise<void> {
    const { command } = this.form.tunnel;
    const split = splitCommandLine(command);
    const hash = allowed && 'argv' in split ? await sha256Hex(commandText(split.argv)) : '';
    const { tunnel } = this.form;
    if (tunnel.command === command) this.change({ ...this.form, tunnel: { ...tunnel, allowed: hash } });
  }

  private toggleImport(): void {
    this.importing = !this.importing;
  }

  /** An imported draft fills the form; its password stays where it was read. */
  private imported({ detail }: CustomEvent<ImportedDraft>): void {
    const { draft, importId, secrets, notTaken } = detail;
    const { untouched } = this;
    this.begin(null, formOf(draft as ProfileDraft), secrets);
    this.untouched = untouched;
    this.importId = secrets.length > 0 ? importId : undefined;
    this.notTaken = notTaken;
    this.importing = false;
    void this.dialog.focusDrawn();
  }

  /** All that a file had was saved as it is: nothing is left to do here, unless something was typed. */
  private savedAll(): void {
    if (JSON.stringify(this.form) === this.untouched) this.dialog.close();
  }

  private askDelete(): void {
    this.dialog.ask({
      words: `Delete ${this.edited!.name}? Its stored password is deleted too; the tape is not affected.`,
      stay: 'Keep it',
      go: 'Delete',
      act: () => void this.delete(),
    });
  }

  /** What test and save have in common: the draft, the secrets, and whose kept secrets count. */
  private get said() {
    const { edited, form, importId, stored } = this;
    const forgotten = importId !== undefined && form.forgetPassword;
    return {
      draft: draftOf(form),
      secrets: secretsOf(form, stored),
      ...(edited ? { profileId: edited.profileId } : {}),
      ...(importId === undefined || forgotten ? {} : { importId }),
    };
  }

  private async send(work: Exclude<Work, null>, command: Command): Promise<Accepted | null> {
    this.running.abort();
    const running = new AbortController();
    this.running = running;
    this.work = work;
    this.rest = [];
    this.reached = null;
    this.tested = null;
    const answer = await this.dialog.send(command, running.signal);
    if (running.signal.aborted) return null;
    this.work = null;
    if (!('refused' in answer)) return answer;
    const { fields, rest } = errorsOf(answer.refused, SHOWN_FIELDS);
    this.errors = fields;
    this.rest = rest;
    await this.updateComplete;
    focusFirstError(this.renderRoot);
    return null;
  }

  /** Whether the form is complete, as far as can be checked without the server. A test needs no name. */
  private complete(work: 'test' | 'save'): boolean {
    const { name, ...errors } = wrongOf(this.form, SHOWN_FIELDS);
    this.errors = work === 'save' && name !== undefined ? { name, ...errors } : errors;
    if (Object.keys(this.errors).length === 0) return true;
    void this.updateComplete.then(() => focusFirstError(this.renderRoot));
    return false;
  }

  private async test(): Promise<void> {
    if (this.work === 'test') return this.stopTest();
    if (!this.complete('test')) return;
    const commandId = `test-${crypto.randomUUID()}`;
    const sent = this.send('test', { type: 'profile.test', commandId, ...this.said });
    this.tested = { commandId, tunnel: draftOf(this.form).tunnel };
    const accepted = await sent;
    this.reached = accepted?.reached ?? null;
  }

  /** Stops a test that runs, whose answer then says so. */
  private stopTest(): void {
    if (this.work !== 'test' || !this.tested) return;
    const { commandId } = this.tested;
    for (const testCommandId of [commandId, idOfRetry(commandId)])
      void sendCommand(this, { type: 'profile.stopTest', testCommandId });
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
    const { profileId } = this.edited!;
    const accepted = await this.send('delete', { type: 'profile.delete', profileId });
    if (accepted) this.done('deleted', profileId);
  }

  private done(what: 'saved' | 'duplicated' | 'deleted', profileId: string | undefined): void {
    this.untouched = JSON.stringify(this.form);
    this.dialog.close();
    const detail = { what, profileId };
    this.dispatchEvent(new CustomEvent('qt-profile-changed', { detail, bubbles: true, composed: true }));
  }

  /** An abandoned test is stopped, and no secret stays in a hidden form. */
  private closed(): void {
    this.begin(null, emptyForm(), []);
  }
}

customElements.define('qt-connection-dialog', QtConnectionDialog);
