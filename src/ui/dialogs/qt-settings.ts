import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import type { PolicyView } from '../../events/config.ts';
import type { EnvironmentPolicy } from '../../events/policy.ts';
import { ENVIRONMENTS, type Environment } from '../../events/profile.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { DialogController } from '../controls/dialog-controller.ts';
import { chipStyles, ENVIRONMENT_WORDS, environmentChip } from '../controls/environment-frame.ts';
import { focusFirstError, idOf, withOwnChanges } from '../controls/form-fields.ts';
import { option } from '../controls/option.ts';
import { shared } from '../controls/shared.css.ts';
import {
  ENVIRONMENT_SETTINGS,
  GLOBAL_SETTINGS,
  pointerOf,
  policyOf,
  problemText,
  type SettingsForm,
  type Shown,
  settingsErrors,
  settingsForm,
  wordsOf,
} from './settings-model.ts';

/**
 * The policy, environment by environment, and what holds everywhere. `open` shows it; sends `policy.save` up.
 */
export class QtSettings extends LitElement {
  static override properties = {
    current: { attribute: false },
    settings: { state: true },
    form: { state: true },
    errors: { state: true },
    rest: { state: true },
    saving: { state: true },
  };
  static override styles = [
    shared,
    dialogStyles,
    chipStyles,
    css`
      dialog { width: min(860px, calc(100vw - 32px)); }
      table { width: 100%; border-collapse: collapse; margin: 4px 0 18px; }
      th, td { padding: 7px 10px; border-bottom: 1px solid var(--qt-border); text-align: left; vertical-align: top; font-weight: 400; }
      thead th { padding-top: 2px; position: sticky; top: -4px; background: var(--qt-bg-raised); z-index: 1; }
      th:first-child { padding-left: 0; }
      td { width: 148px; }
      tbody th .hint { display: block; }
      .cell { display: flex; align-items: center; gap: 6px; min-height: 30px; }
      .cell .input { width: 84px; text-align: right; font-variant-numeric: tabular-nums; }
      .cell select.input { width: 100%; text-align: left; }
      .cell input[type='checkbox'] { width: 15px; height: 15px; margin: 0; accent-color: var(--qt-accent); }
      .unit { color: var(--qt-fg-muted); font-size: 12px; white-space: nowrap; }
      .by { display: block; font-size: 11px; line-height: 14px; color: var(--qt-fg-muted); overflow-wrap: anywhere; }
      .by b { font: 600 10.5px/14px var(--qt-font-mono); }
      .global { display: grid; grid-template-columns: minmax(0, 1fr) max-content; gap: 4px 16px; align-items: center; }
      .global > * { min-height: 34px; }
      .global .cell { width: 138px; }
      .global .hint { display: block; }
      .global .error, .global .by { grid-column: 1 / -1; min-height: 0; text-align: right; }
      .warnings { margin-bottom: 12px; }
      .file { overflow-wrap: anywhere; }
      .alert { margin: 0 18px 10px; }
      /* Each rule above its three values, where they have no room beside it. */
      @media (max-width: 700px) {
        thead tr, tbody tr { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); border-bottom: 1px solid var(--qt-border); }
        th, td { border-bottom: 0; width: auto; padding: 4px 0; }
        thead th:first-child { display: none; }
        tbody th { grid-column: 1 / -1; }
      }
    `,
  ];

  /** As the program has them now: another page may save some while they are open here. */
  declare current: PolicyView | null;
  declare protected settings: PolicyView | null;
  declare protected form: SettingsForm;
  declare protected errors: Readonly<Record<string, string>>;
  /** What was refused of no single setting. */
  declare protected rest: readonly string[];
  declare protected saving: boolean;
  private untouched: SettingsForm = {};
  private readonly dialog = new DialogController(this, {
    focus: 'table input:not(:disabled)',
    unsaved: () => JSON.stringify(this.form) !== JSON.stringify(this.untouched),
  });

  constructor() {
    super();
    this.current = null;
    this.settings = null;
    this.form = {};
    this.begin();
  }

  /** Shows settings as the program has them. */
  async open(settings: PolicyView): Promise<void> {
    this.settings = settings;
    this.untouched = settingsForm(settings.policy);
    this.form = this.untouched;
    this.begin();
    await this.dialog.open();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('current') && this.current && this.settings) this.follow(this.current);
  }

  /** Takes what has changed elsewhere, as all settings are saved at once; what was changed here stays. */
  private follow(current: PolicyView): void {
    const now = settingsForm(current.policy);
    this.settings = current;
    this.form = withOwnChanges(this.form, this.untouched, now);
    this.untouched = now;
  }

  private begin(): void {
    this.errors = {};
    this.rest = [];
    this.saving = false;
  }

  protected override render() {
    return html`<dialog aria-labelledby="title">
      <form novalidate @submit=${this.submitted}>
        <div class="head">
          <h2 id="title">Settings</h2>
          ${this.dialog.cross()}
        </div>
        <div class="body">
          ${this.warnings()}
          ${this.table()}
          <h3>Everywhere</h3>
          <div class="global">${GLOBAL_SETTINGS.map((shown) => this.global(shown))}</div>
        </div>
        ${this.dialog.alert(undefined, this.rest)}
        ${this.dialog.foot(() => this.foot())}
      </form>
    </dialog>`;
  }

  /** Nothing can be saved over what can't be understood. */
  private get broken(): boolean {
    return (this.settings?.problems.length ?? 0) > 0;
  }

  private warnings() {
    if (!this.broken) return nothing;
    return html`<div class="note waiting warnings" role="alert">The policy file is invalid, so the strictest policy applies, shown below. Fix the file and restart Querytape.
      <ul>${this.settings!.problems.map((problem) => html`<li>${problemText(problem)}</li>`)}</ul></div>`;
  }

  private table() {
    return html`<table>
      <thead><tr><th scope="col"><span class="heard">Rule</span></th>${ENVIRONMENTS.map(
        (environment) => html`<th scope="col">${environmentChip(environment, 'long')}</th>`,
      )}</tr></thead>
      <tbody>${ENVIRONMENT_SETTINGS.map(
        (shown) => html`<tr>
          <th scope="row">${shown.label}<span class="hint">${shown.means}</span></th>
          ${ENVIRONMENTS.map((environment) => html`<td>${this.cell(shown, environment)}</td>`)}
        </tr>`,
      )}</tbody>
    </table>`;
  }

  private cell(shown: Shown<keyof EnvironmentPolicy>, environment: Environment) {
    const { name, label, kind } = shown;
    const pointer = pointerOf(environment, name);
    const words = `${label}, ${ENVIRONMENT_WORDS[environment].long}`;
    // What is blocked needs no confirmation.
    const moot = name === 'confirmDangerous' && this.form[pointerOf(environment, 'blockDangerous')] === true;
    const field =
      kind === 'switch' ? this.toggle(pointer, words, moot) : this.figure(pointer, words, shown, false);
    return html`<div class="cell">${field}${moot ? html`<span class="unit">blocked instead</span>` : nothing}</div>${this.said(pointer)}`;
  }

  private global(shown: Shown<string>) {
    const { name, label, means, kind } = shown;
    const pointer = `/${name}`;
    const off = name === 'historyAgeMaxMs' && this.form['/historyEnabled'] !== true;
    const fields = {
      switch: () => this.toggle(pointer, label),
      figure: () => this.figure(pointer, label, shown, off),
      choice: () => this.choice(pointer, label),
    };
    return html`<label for=${idOf(pointer)}>${label}<span class="hint">${means}</span></label>
      <span class="cell">${fields[kind]()}</span>${this.said(pointer)}`;
  }

  /** Whether a setting can't be changed here. */
  private fixed(pointer: string): boolean {
    return this.broken || this.settings?.setBy[pointer] !== undefined;
  }

  private said(pointer: string) {
    const error = this.errors[pointer];
    const by = this.settings?.setBy[pointer];
    return html`${error ? html`<span class="error" id="${idOf(pointer)}-said">${error}</span>` : nothing}
      ${
        by === undefined
          ? nothing
          : html`<span class="by" id="${idOf(pointer)}-by">set by <b>${brokenAt(by)}</b></span>`
      }`;
  }

  private toggle(pointer: string, words: string, moot = false) {
    const id = idOf(pointer);
    return html`<input
      type="checkbox"
      id=${id}
      aria-label=${words}
      .checked=${this.form[pointer] === true}
      ?disabled=${this.fixed(pointer) || moot}
      aria-describedby="${id}-by"
      aria-invalid=${this.errors[pointer] ? 'true' : 'false'}
      @change=${(event: Event) => this.change(pointer, (event.target as HTMLInputElement).checked)}
    />`;
  }

  private choice(pointer: string, words: string) {
    const id = idOf(pointer);
    return html`<select
      class="input"
      id=${id}
      aria-label=${words}
      ?disabled=${this.fixed(pointer)}
      aria-describedby="${id}-by"
      aria-invalid=${this.errors[pointer] ? 'true' : 'false'}
      @change=${(event: Event) => this.change(pointer, (event.target as HTMLSelectElement).value)}
    >
      ${wordsOf(pointer).map((word) => option(word, word, this.form[pointer] === word))}
    </select>`;
  }

  private figure(pointer: string, words: string, { unit, none }: Shown<string>, off: boolean) {
    const id = idOf(pointer);
    const value = String(this.form[pointer] ?? '');
    return html`<input
      class="input"
      id=${id}
      inputmode="numeric"
      autocomplete="off"
      maxlength="12"
      placeholder=${none}
      .value=${value}
      aria-label=${unit ? `${words}, in ${UNITS[unit] ?? unit}` : words}
      ?disabled=${this.fixed(pointer) || off}
      aria-invalid=${this.errors[pointer] ? 'true' : 'false'}
      aria-describedby="${id}-said ${id}-by"
      @input=${(event: Event) => this.change(pointer, (event.target as HTMLInputElement).value)}
    />
      <span class="unit">${value === '' ? '' : unit}</span>`;
  }

  private foot() {
    return html`<div class="foot">
      <span class="space hint file">Stored in ${this.settings?.path ?? ''}</span>
      <button
        class="button"
        type="button"
        @click=${this.dialog.leave}
      >${this.broken ? 'Close' : 'Cancel'}</button>
      ${
        this.broken
          ? nothing
          : html`<button
            class="button primary"
            type="submit"
            ?disabled=${this.saving}
          >${this.saving ? 'Saving…' : 'Save'}</button>`
      }
    </div>`;
  }

  private change(pointer: string, value: string | boolean): void {
    this.form = { ...this.form, [pointer]: value };
    this.dialog.refuse(null);
    const { [pointer]: _, ...errors } = this.errors;
    this.errors = errors;
  }

  private submitted(event: Event): void {
    event.preventDefault();
    if (!this.saving && !this.broken) void this.save();
  }

  private async save(): Promise<void> {
    const said = policyOf(this.form);
    if ('errors' in said) return this.wrong(said.errors);
    this.saving = true;
    const answer = await this.dialog.send({ type: 'policy.save', policy: said.policy });
    if (answer === null) return;
    this.saving = false;
    if (!('refused' in answer)) {
      this.dialog.close();
      return;
    }
    const { fields, rest } = settingsErrors(answer.refused, this.form);
    this.rest = rest;
    await this.wrong(fields);
  }

  private async wrong(errors: Readonly<Record<string, string>>): Promise<void> {
    this.errors = errors;
    await this.updateComplete;
    focusFirstError(this.renderRoot);
  }
}

/** The name of a variable or an option, which may go on in the next line after each of its words. */
function brokenAt(name: string) {
  return name.split(/(?<=_)/).map((word) => html`${word}<wbr />`);
}

const UNITS: Readonly<Record<string, string>> = { s: 'seconds' };

customElements.define('qt-settings', QtSettings);
