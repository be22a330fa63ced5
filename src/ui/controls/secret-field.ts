import { html, nothing, type TemplateResult } from 'lit';
import { idOf, said, type TextField } from './form-fields.ts';

/** A password or passphrase: typed, stored or removed, and never shown back. */
export interface SecretField {
  /** The path that errors name it by: `secrets.password`. */
  readonly path: string;
  readonly label: string;
  /** What is typed, which replaces a stored one. */
  readonly value: string;
  /** How there is one already: `stored`, `imported`; null where there is none. */
  readonly stored: string | null;
  /** What is said in its place where there is none. */
  readonly absent: string;
  /** Whether the stored one is removed by the next save. */
  readonly removed: boolean;
  readonly error: string | undefined;
  readonly hint: string | undefined;
  readonly span: TextField['span'];
  readonly typed: (value: string) => void;
  readonly remove: (removed: boolean) => void;
}

export function secretField(field: SecretField): TemplateResult {
  const { path, label, value, stored, absent, removed, error, hint, span, typed, remove } = field;
  const id = idOf(path);
  return html`<div class="field s${span}">
    <label class="label" for=${id}>${label}</label>
    <div class="kept">
      <input
        class="input mono"
        type="password"
        id=${id}
        data-path=${path}
        autocomplete="new-password"
        maxlength="65536"
        placeholder=${stored !== null && removed ? 'deleted when you save' : (stored ?? absent)}
        .value=${value}
        aria-invalid=${error ? 'true' : 'false'}
        aria-describedby=${error || hint ? `${id}-said` : nothing}
        @input=${(event: Event) => typed((event.target as HTMLInputElement).value)}
      />
      ${
        stored !== null && value === ''
          ? html`<button class="button" type="button" @click=${() => remove(!removed)}>${removed ? 'Keep' : 'Remove'}</button>`
          : nothing
      }
    </div>
    ${said(id, error, hint)}
  </div>`;
}
