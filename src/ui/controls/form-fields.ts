import { html, nothing, type TemplateResult } from 'lit';
import { option } from './option.ts';

/** A text field of a form: its label above, what is wrong with it or what it means below. */
export interface TextField {
  /** The path that errors name it by: `target.port`. */
  readonly path: string;
  readonly label: string;
  readonly value: string;
  readonly error?: string | undefined;
  readonly hint?: string;
  readonly placeholder?: string;
  /** How many of the six columns it takes. */
  readonly span?: 1 | 2 | 3 | 4 | 5 | 6;
  readonly type?: 'text' | 'password' | 'number';
  readonly mono?: boolean;
  readonly disabled?: boolean;
  readonly required?: boolean;
  readonly max?: number;
  readonly lines?: number;
  readonly list?: string;
  readonly typed: (value: string) => void;
}

/** An id that a path can be: `f-target-port`. */
export function idOf(path: string): string {
  return `f-${path.replace(/\W+/g, '-')}`;
}

export function textField(field: TextField): TemplateResult {
  const { path, label, value, error, hint, span = 3 } = field;
  const id = idOf(path);
  const input = (event: Event): void => field.typed((event.target as HTMLInputElement).value);
  const look = `input ${field.mono ? 'mono' : ''}`;
  const described = error || hint ? `${id}-said` : nothing;
  return html`<div class="field s${span}">
    <label class="label" for=${id}>${label}</label>
    ${
      field.lines
        ? html`<textarea id=${id} data-path=${path} class=${look} rows=${field.lines} maxlength=${field.max ?? 10_000} .value=${value}
          aria-invalid=${error ? 'true' : 'false'} aria-describedby=${described} @input=${input}></textarea>`
        : html`<input id=${id} data-path=${path} class=${look} type=${field.type ?? 'text'} .value=${value} placeholder=${field.placeholder ?? ''}
          maxlength=${field.max ?? 255}
          ?disabled=${field.disabled ?? false}
          aria-required=${field.required ? 'true' : nothing}
          aria-invalid=${error ? 'true' : 'false'} aria-describedby=${described} list=${field.list ?? nothing}
          autocomplete=${field.type === 'password' ? 'new-password' : 'off'}
          autocapitalize="off"
          spellcheck="false"
          @input=${input}
        />`
    }
    ${said(id, error, hint)}
  </div>`;
}

/** The error or the hint below a field. */
export function said(id: string, error: string | undefined, hint: string | undefined) {
  if (error) return html`<span class="error" id="${id}-said">${error}</span>`;
  return hint ? html`<span class="hint" id="${id}-said">${hint}</span>` : nothing;
}

/** A choice of one of many, in a list that opens. */
interface SelectField {
  readonly path: string;
  readonly label: string;
  readonly chosen: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  readonly error?: string | undefined;
  readonly hint?: string | undefined;
  readonly span?: TextField['span'];
  readonly choose: (value: string) => void;
}

export function selectField(field: SelectField): TemplateResult {
  const { path, label, chosen, choices, error, hint, span = 3, choose } = field;
  const id = idOf(path);
  return html`<div class="field s${span}">
    <label class="label" for=${id}>${label}</label>
    <select
      class="input"
      id=${id}
      data-path=${path}
      aria-invalid=${error ? 'true' : 'false'}
      aria-describedby=${error || hint ? `${id}-said` : nothing}
      @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}
    >
      ${choices.map(({ value, label: words }) => option(value, words, value === chosen))}
    </select>
    ${said(id, error, hint)}
  </div>`;
}

/** A choice of a few, side by side. */
export interface Segments<T extends string> {
  readonly path: string;
  readonly label: string;
  /** The label is for screen readers only: what is chosen says enough. */
  readonly heard?: boolean;
  readonly chosen: T;
  readonly choices: readonly { readonly value: T; readonly label: string }[];
  readonly span?: TextField['span'];
  readonly choose: (value: T) => void;
}

export function segments<T extends string>(field: Segments<T>): TemplateResult {
  const { path, label, heard = false, chosen, choices, span = 6, choose } = field;
  return html`<fieldset class="field s${span}" data-path=${path}>
    <legend class=${heard ? 'heard' : 'label'}>${label}</legend>
    <div class="segments">${choices.map(
      ({ value, label: words }) => html`<label><input
        type="radio" name=${path} value=${value} .checked=${value === chosen} @change=${() => choose(value)}
      />${words}</label>`,
    )}</div>
  </fieldset>`;
}

/** A switch with what it does. */
export function check(
  path: string,
  label: string,
  checked: boolean,
  change: (checked: boolean) => void,
  hint?: string,
  span: TextField['span'] = 6,
  disabled = false,
): TemplateResult {
  const id = idOf(path);
  return html`<div class="field s${span}"><label class="check" for=${id}>
    <input id=${id} data-path=${path} type="checkbox" .checked=${checked} ?disabled=${disabled} aria-labelledby="${id}-label" aria-describedby=${hint ? `${id}-said` : nothing}
      @change=${(event: Event) => change((event.target as HTMLInputElement).checked)} />
    <span><span id="${id}-label">${label}</span>${hint ? html`<span class="hint" id="${id}-said">${hint}</span>` : nothing}</span>
  </label></div>`;
}

/** Puts the focus on the first field that something is wrong with, in the order of the page. */
export function focusFirstError(root: ParentNode): void {
  const field = root.querySelector<HTMLElement>('[aria-invalid=true]');
  field?.closest('details')?.setAttribute('open', '');
  field?.focus();
}

/** A form whose values were changed elsewhere while it was open: as they are `now`, but for what was changed in it. */
export function withOwnChanges<F extends object>(form: F, untouched: F, now: F): F {
  const was = new Map(Object.entries(untouched));
  const own = Object.entries(form).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(was.get(name)),
  );
  return { ...now, ...Object.fromEntries(own) };
}
