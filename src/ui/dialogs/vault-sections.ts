import { html, nothing, type TemplateResult } from 'lit';
import type { VaultView } from '../../events/config.ts';
import { textField } from '../controls/form-fields.ts';
import { icon } from '../controls/icons.ts';
import { backupWords, PROTECTION_WORDS, type Step, strengthOf } from './vault-words.ts';

/** How a vault's key is kept. */
export type Kind = 'passphrase' | 'keychain';
/** The passphrases that the user types: the current one, the new one, and the new one again. */
export type Typed = Readonly<Record<'current' | 'typed' | 'again', string>>;

/** What the middle of the vault's dialog is drawn from. */
interface VaultProps {
  readonly vault: VaultView;
  readonly step: Step;
  readonly kind: Kind;
  readonly typed: Typed;
  /** What is typed is shown. */
  readonly shown: boolean;
  /** The new passphrase and its repetition are two. */
  readonly mismatch: boolean;
  /** The last one that was sent was refused. */
  readonly refused: boolean;
  readonly working: boolean;
  readonly change: (typed: Typed) => void;
  readonly choose: (kind: Kind) => void;
  readonly show: (shown: boolean) => void;
  readonly exportProfiles: () => void;
}

/** What a step asks for, or tells. */
export function vaultSection(props: VaultProps): TemplateResult {
  const { step, vault } = props;
  switch (step) {
    case 'create':
      return choosing(props);
    case 'protect':
      return html`${vault.protection === 'passphrase' ? html`<div class="fields">${passphrase(props, 'current', 'Current passphrase', props.refused ? ' ' : undefined)}</div>` : nothing}
        ${choosing(props)}`;
    case 'unlock':
      return vault.protection === 'keychain'
        ? html`<p>The key is in this machine’s keychain, which may ask for your permission.</p>`
        : html`<div class="fields">${passphrase(props, 'typed', 'Passphrase', props.refused ? ' ' : undefined)} ${showing(props)}</div>`;
    case 'mend':
      return mending(vault);
    case 'stand':
      return standing(props);
  }
}

function choosing(props: VaultProps): TemplateResult {
  const { vault, kind: chosen, choose } = props;
  return html`<fieldset class="kinds">
      <legend class="label">Protected by</legend>
      ${(['passphrase', 'keychain'] as const).map((kind) => {
        const off = kind === 'keychain' && !vault.keychainAvailable;
        const { label, means } = PROTECTION_WORDS[kind];
        return html`<label><input
          type="radio"
          name="kind"
          value=${kind}
          .checked=${kind === chosen}
          ?disabled=${off}
          @change=${() => choose(kind)}
        />
          <span>${label}<span class="hint">${off ? 'Not available on this machine.' : means}</span></span></label>`;
      })}
    </fieldset>
    ${chosen === 'passphrase' ? twice(props) : nothing}`;
}

function twice(props: VaultProps): TemplateResult {
  const { step, typed, mismatch } = props;
  const { level, words } = strengthOf(typed.typed);
  return html`<div class="fields">
    ${passphrase(props, 'typed', step === 'create' ? 'Passphrase' : 'New passphrase', undefined)}
    <div
      class="strength l${level}"
      role="status"
    ><i></i><i></i><i></i><span class="hint">${words}</span></div>
    ${passphrase(props, 'again', 'Repeat passphrase', mismatch ? 'The passphrases do not match.' : undefined)}
    ${showing(props)}
  </div>`;
}

/** An error of a blank only marks the field: what is wrong with it is said below. */
function passphrase(
  { typed, shown, working, change }: VaultProps,
  path: keyof Typed,
  label: string,
  error: string | undefined,
): TemplateResult {
  return textField({
    path,
    label,
    value: typed[path],
    error,
    span: 6,
    mono: true,
    max: 4096,
    type: shown ? 'text' : 'password',
    disabled: working,
    typed: (text) => change({ ...typed, [path]: text }),
  });
}

function showing({ shown, show }: VaultProps): TemplateResult {
  return html`<label class="field s6 check"><span class="check"><input
    type="checkbox"
    .checked=${shown}
    @change=${(event: Event) => show((event.target as HTMLInputElement).checked)}
  /><span>Show passphrase</span></span></label>`;
}

function mending({ problem, backup }: VaultView): TemplateResult {
  return html`<p class="alert" role="alert"><span class="code mono">${problem?.code}</span>${problem?.message}</p>
    <p>${backup ? backupWords(backup) : 'There is no backup.'} The unreadable file is kept under another name in any case.</p>`;
}

/** The export is a link by its looks and its keys; the download wants a ticket first. */
function standing({ vault: { protection }, exportProfiles }: VaultProps): TemplateResult {
  const exported = (event: Event): void => {
    event.preventDefault();
    exportProfiles();
  };
  return html`<p class="state unlocked">${icon('lock-open')} Unlocked</p>
    <p>Protected by ${protection === 'keychain' ? 'this machine’s keychain' : 'your passphrase'}. Locking it removes every secret from memory and closes the connections to production.</p>
    <p><a
      class="link"
      href="/api/profiles/export"
      @click=${exported}
    >Export the connections</a> as a file without passwords.</p>`;
}
