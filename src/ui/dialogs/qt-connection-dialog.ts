import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import type { Accepted, Command, Refusal } from '../../events/command.ts';
import type { ProfileView } from '../../events/config.ts';
import { DEFAULT_ENGINE } from '../../events/engines/engine-name.ts';
import { DEFAULT_POLICY, type Policy, readOnlyDefaults } from '../../events/policy.ts';
import type { Profile } from '../../events/profile.ts';
import { commandText } from '../../events/tunnel.ts';
import type { TunnelView } from '../../events/views/tunnel-view.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { DialogController } from '../controls/dialog-controller.ts';
import { chipStyles } from '../controls/environment-frame.ts';
import { focusFirstError, withOwnChanges } from '../controls/form-fields.ts';
import { shared } from '../controls/shared.css.ts';
import { splitCommandLine } from '../format/command-line.ts';
import { sha256Hex } from '../format/sha256-hex.ts';
import { CHANGED_ELSEWHERE, errorsOf, type FieldErrors, wrongOf } from './connection-errors.ts';
import { connectionFoot } from './connection-foot.ts';
import { type ConnectionForm, draftOf, emptyForm, formOf, withDefaults } from './connection-form.ts';
import { ConnectionImport } from './connection-import.ts';
import { outcome, resultStyles } from './connection-result.ts';
import { sectionStyles } from './connection-sections.css.ts';
import { SHOWN_FIELDS, sections } from './connection-sections.ts';
import { ConnectionWork, draftCommand, type Work } from './connection-work.ts';
import { SshLookupController } from './ssh-lookups.ts';
import { tunnelStyles } from './tunnel-sections.css.ts';

/** The title of a connection that is being made, and its name in a test before it has one. */
const NEW_CONNECTION = 'New connection';

/**
 * Makes or edits a profile. `edit` opens it. Sends `profile.test`, `.save`, `.duplicate`, `.delete` and
 * `.import` up, and fires `qt-profile-changed` with `{ what, profileId }` once one was taken, and
 * `qt-open-vault` where the vault stands in the way. Secrets go one way: out of here.
 */
export class QtConnectionDialog extends LitElement {
  static override properties = {
    profiles: { attribute: false },
    folders: { attribute: false },
    policy: { attribute: false },
    testTunnels: { attribute: false },
    edited: { state: true },
    form: { state: true },
    errors: { state: true },
    rest: { state: true },
    stored: { state: true },
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

  /** All as they are now: another page may save the one that is edited here. */
  declare profiles: readonly ProfileView[];
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
  /** The names of the secrets that the vault has of it, or that came with what was imported. */
  declare protected stored: readonly string[];
  private untouched = '';
  private readonly ssh = new SshLookupController(this);
  private readonly dialog = new DialogController(this, {
    focus: '#f-name',
    unsaved: () => JSON.stringify(this.form) !== this.untouched,
    closed: () => this.closed(),
  });
  private readonly imports = new ConnectionImport(this, {
    fill: (form, secrets) => this.fill(form, secrets),
    savedAll: () => this.savedAll(),
  });
  private readonly work = new ConnectionWork(this, this.dialog, (refusal) => this.refused(refusal));

  constructor() {
    super();
    this.profiles = [];
    this.folders = [];
    this.policy = DEFAULT_POLICY;
    this.testTunnels = [];
    this.form = emptyForm();
    this.begin(null, this.form, []);
  }

  /**
   * Opens the dialog: for a profile, with the names of its kept secrets, or for a new one; with `act` as if
   * that was pressed.
   */
  async edit(
    profile: Profile | null,
    keptSecrets: readonly string[] = [],
    act: 'duplicate' | 'delete' | 'import' | null = null,
  ): Promise<void> {
    const readOnly = readOnlyDefaults(this.policy).development;
    const form = profile ? formOf(profile) : emptyForm(DEFAULT_ENGINE, readOnly);
    this.begin(profile, form, keptSecrets);
    if (act === 'import') this.imports.isOpen = true;
    await this.dialog.open(act === 'import' ? 'qt-import' : undefined);
    if (act === 'delete') this.askDelete();
    if (act === 'duplicate') await this.duplicate();
  }

  private begin(profile: Profile | null, form: ConnectionForm, stored: readonly string[]): void {
    this.work.stopTest();
    this.work.abandon();
    this.ssh.reset();
    this.ssh.need(form.tunnel);
    this.edited = profile;
    this.form = form;
    this.untouched = JSON.stringify(form);
    this.stored = stored;
    this.imports.clear();
    this.errors = {};
    this.rest = [];
    this.dialog.refuse(null);
  }

  /** Takes what another page has saved, as a profile is saved whole; what was changed here stays. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    const known = this.profiles.find(({ profile }) => profile.profileId === this.edited?.profileId);
    if (!changed.has('profiles') || !known || this.work.kind === 'save') return;
    if (JSON.stringify(known.profile) === JSON.stringify(this.edited)) return;
    const now = formOf(known.profile);
    this.edited = known.profile;
    this.form = withOwnChanges(this.form, JSON.parse(this.untouched) as ConnectionForm, now);
    this.untouched = JSON.stringify(now);
    this.stored = known.secrets;
    this.dialog.refuse(CHANGED_ELSEWHERE);
  }

  protected override render() {
    const { edited, form, errors, stored, folders, work } = this;
    const kept = !stored.includes('password')
      ? null
      : this.imports.importId === undefined
        ? 'vault'
        : 'import';
    const title = edited ? `Edit ${edited.name}` : NEW_CONNECTION;
    return html`<dialog aria-labelledby="title">
      <form novalidate @submit=${this.submitted}>
        <div class="head">
          <h2 id="title">${title}</h2>
          ${this.dialog.cross()}
        </div>
        <div class="body">
          ${edited ? nothing : this.imports.pane()}
          ${this.imports.checks()}
          ${sections({
            form,
            errors,
            kept,
            folders,
            fresh: edited === null,
            readOnlyByDefault: readOnlyDefaults(this.policy),
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
        ${outcome(
          {
            isTesting: work.kind === 'test',
            reached: work.reached,
            refusal: this.dialog.refused,
            rest: this.rest,
            readOnly: form.readOnly,
          },
          work.stepsOf(this.testTunnels, form.engine),
          // It opens above this dialog, whose form stays as it is.
          () => this.dispatchEvent(new CustomEvent('qt-open-vault', { bubbles: true, composed: true })),
        )}
        ${this.dialog.foot(() =>
          connectionFoot(work.kind, edited !== null, {
            test: () => void this.test(),
            duplicate: () => void this.duplicate(),
            remove: () => this.askDelete(),
            leave: this.dialog.leave,
          }),
        )}
      </form>
    </dialog>`;
  }

  private change(form: ConnectionForm): void {
    this.form = withDefaults(form);
    this.ssh.need(form.tunnel);
    this.work.formChanged();
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

  /** An imported draft fills the form, which is unsaved until it is saved. */
  private fill(form: ConnectionForm, secrets: readonly string[]): void {
    const { untouched } = this;
    this.begin(null, form, secrets);
    this.untouched = untouched;
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

  /** What test and save have in common. */
  private get said() {
    const { edited, form, stored, imports } = this;
    return draftCommand(form, stored, edited?.profileId, imports.importId);
  }

  private send(kind: Exclude<Work, null>, command: Command): Promise<Accepted | null> {
    this.rest = [];
    return this.work.send(kind, command);
  }

  /** Shows a refusal at the fields that it is about. */
  private async refused(refusal: Refusal): Promise<void> {
    const { fields, rest } = errorsOf(refusal, SHOWN_FIELDS);
    this.errors = fields;
    this.rest = rest;
    await this.updateComplete;
    focusFirstError(this.renderRoot);
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
    if (this.work.kind === 'test') return this.work.stopTest();
    if (!this.complete('test')) return;
    this.rest = [];
    const form = draftOf(this.form);
    const draft = { ...form, name: form.name || NEW_CONNECTION };
    await this.work.test({ command: { ...this.said, draft }, tunnel: draft.tunnel });
  }

  private submitted(event: Event): void {
    event.preventDefault();
    if (this.work.kind !== 'save') void this.save();
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
