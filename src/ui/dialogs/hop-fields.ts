import { html, nothing } from 'lit';
import { type HopAuth, hopSecret } from '../../events/tunnel.ts';
import { idOf, said, selectField, type TextField, textField } from '../controls/form-fields.ts';
import { icon } from '../controls/icons.ts';
import { option } from '../controls/option.ts';
import { secretField } from '../controls/secret-field.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import type { FieldErrors } from './connection-errors.ts';
import type { SshLookups } from './ssh-lookups.ts';
import { sshResolution } from './ssh-resolution.ts';
import {
  AUTH_WORDS,
  type HopForm,
  hasStoredSecret,
  secretKind,
  type TunnelForm,
  withHop,
  withHopMoved,
} from './tunnel-form.ts';

/** What a hop's fields are drawn from. */
export interface HopProps {
  readonly form: TunnelForm;
  readonly errors: FieldErrors;
  /** The names of the secrets that are stored, or came with what was imported. */
  readonly stored: readonly string[];
  readonly lookups: SshLookups;
  readonly change: (form: TunnelForm) => void;
  /** Reads what a name of the SSH configuration resolves to, running the commands that this takes only where they may be. */
  readonly resolve: (host: string, mayRunCommands: boolean) => void;
  /** Gives the focus to what a selector names once the change is drawn. */
  readonly focus: (selector: string) => void;
}

const HOP_FIELDS = [
  'host',
  'port',
  'user',
  'auth.by',
  'auth.socket',
  'auth.identity',
  'auth.keyFile',
  'auth.certificateFile',
];

/** The fields of a hop that an error can be shown at. */
export function hopFields(at: number): readonly string[] {
  return [
    ...HOP_FIELDS.map((field) => `tunnel.hops.${at}.${field}`),
    `secrets.${hopSecret(at, 'password')}`,
    `secrets.${hopSecret(at, 'passphrase')}`,
  ];
}

/** One SSH server on the way: an item of the list of hops. */
export function hopItem(props: HopProps, hop: HopForm, at: number) {
  const { form, errors, change, focus } = props;
  const path = (field: string): string => `tunnel.hops.${at}.${field}`;
  const { length } = form.hops;
  const move = (to: number): void => {
    change(withHopMoved(form, at, to));
    focus(
      `#${idOf(`tunnel.hops.${to}.${to < at ? 'up' : 'down'}`)}:not(:disabled), #${idOf(`tunnel.hops.${to}.host`)}`,
    );
  };
  const remove = (): void => {
    change({ ...form, hops: form.hops.toSpliced(at, 1) });
    focus(`#${idOf(`tunnel.hops.${Math.min(at, length - 2)}.host`)}`);
  };
  const text = (field: 'host' | 'port' | 'user', label: string, more: Partial<TextField>) =>
    textField({
      path: path(field),
      label,
      value: hop[field],
      error: errors[path(field)],
      mono: true,
      typed: (value) => change(withHop(form, at, { [field]: value })),
      ...more,
    });
  const name = `Hop ${at + 1}`;
  return html`<li><fieldset aria-label=${hop.host.trim() === '' ? name : `${name}, ${hop.host.trim()}`}>
    <div class="hop-head">
      <span class="label">${length === 1 ? 'SSH server' : name}</span>
      ${
        length === 1
          ? nothing
          : html`
        <button
          class="icon"
          type="button"
          id=${idOf(path('up'))}
          title="Move up"
          aria-label="Move ${name} up"
          ?disabled=${at === 0}
          @click=${() => move(at - 1)}
        >${icon('chevron-up')}</button>
        <button
          class="icon"
          type="button"
          id=${idOf(path('down'))}
          title="Move down"
          aria-label="Move ${name} down"
          ?disabled=${at === length - 1}
          @click=${() => move(at + 1)}
        >${icon('chevron-down')}</button>
        <button
          class="icon"
          type="button"
          title="Remove"
          aria-label="Remove ${name}"
          @click=${remove}
        >${icon('trash')}</button>`
      }
    </div>
    <div class="fields">
      ${text('host', 'Host', { span: 3, required: true, list: 'ssh-hosts', placeholder: hop.by === 'config' ? 'a name of ~/.ssh/config, or a host' : 'bastion.example' })}
      ${text('port', 'Port', { span: 1, max: 5, placeholder: hop.by === 'config' ? 'config' : '22' })}
      ${text('user', 'User', { span: 2, placeholder: hop.by === 'config' ? 'as configured' : 'yours on this machine' })}
      <div class="field s3">
        <label class="label" for=${idOf(path('auth.by'))}>Sign-in</label>
        <select
          class="input"
          id=${idOf(path('auth.by'))}
          aria-describedby="${idOf(path('auth.by'))}-said"
          aria-invalid=${errors[path('auth.by')] ? 'true' : 'false'}
          @change=${(event: Event) => change(withHop(form, at, { by: (event.target as HTMLSelectElement).value as HopAuth['by'] }))}
        >
          ${Object.entries(AUTH_WORDS).map(([value, { label }]) => option(value, label, value === hop.by))}
        </select>
      </div>
      ${hop.by === 'config' ? sshResolution(props.lookups, hop, props.resolve) : hop.by === 'agent' ? agent(props, hop, at) : hop.by === 'key' ? keyFile(props, hop, at) : secret(props, hop, at)}
      ${hop.by === 'key' ? html`${file(props, hop, at, 'certificateFile', 'Certificate', 'none')}${secret(props, hop, at)}` : nothing}
      ${hop.by === 'agent' ? file(props, hop, at, 'socket', 'Agent’s socket', 'that of SSH_AUTH_SOCK', 6) : nothing}
      <div class="field s6">${said(idOf(path('auth.by')), errors[path('auth.by')], AUTH_WORDS[hop.by].means)}</div>
    </div>
  </fieldset></li>`;
}

function agent({ form, errors, lookups, change }: HopProps, hop: HopForm, at: number) {
  const path = `tunnel.hops.${at}.auth.identity`;
  const { agentKeys } = lookups;
  const keys = agentKeys !== null && typeof agentKeys === 'object' ? agentKeys.keys : [];
  const isOther = hop.identity !== '' && !keys.some(({ fingerprint }) => fingerprint === hop.identity);
  const none = agentKeys !== null && keys.length === 0 ? 'The agent has no keys.' : undefined;
  return selectField({
    path,
    label: 'Key',
    chosen: hop.identity,
    choices: [
      { value: '', label: 'Any that it has' },
      ...keys.map(({ fingerprint, comment, keyType }) => ({
        value: fingerprint,
        label: `${escapeInvisible(comment)} · ${keyType} · ${fingerprint}`,
      })),
      ...(isOther ? [{ value: hop.identity, label: `${hop.identity} · not in the agent now` }] : []),
    ],
    error: errors[path],
    hint: typeof agentKeys === 'string' ? agentKeys : none,
    choose: (identity) => change(withHop(form, at, { identity })),
  });
}

function file(
  { form, errors, change }: HopProps,
  hop: HopForm,
  at: number,
  field: 'socket' | 'keyFile' | 'certificateFile',
  label: string,
  placeholder: string,
  span: TextField['span'] = 3,
) {
  const path = `tunnel.hops.${at}.auth.${field}`;
  return textField({
    path,
    label,
    value: hop[field],
    error: errors[path],
    mono: true,
    max: 4096,
    span,
    placeholder,
    required: field === 'keyFile',
    typed: (value) => change(withHop(form, at, { [field]: value })),
  });
}

function keyFile(props: HopProps, hop: HopForm, at: number) {
  return file(props, hop, at, 'keyFile', 'Key file', '/home/you/.ssh/id_ed25519');
}

function secret({ form, errors, stored, change }: HopProps, hop: HopForm, at: number) {
  const kind = secretKind(hop.by);
  if (kind === null) return nothing;
  const path = `secrets.${hopSecret(at, kind)}`;
  const wasStored =
    hop.storedAt !== null && hop.storedAt !== at && stored.includes(hopSecret(hop.storedAt, kind));
  return secretField({
    path,
    label: kind === 'password' ? 'Password' : 'Passphrase',
    span: 3,
    value: hop[kind],
    stored: hasStoredSecret(hop, at, stored) ? 'stored' : null,
    absent: 'asked for when needed',
    removed: hop.forget && hop[kind] === '',
    error: errors[path],
    hint:
      wasStored && hop[kind] === ''
        ? 'The hop was moved: its stored secret is not kept. Type it again.'
        : undefined,
    typed: (to) => change(withHop(form, at, { [kind]: to })),
    remove: (forget) => change(withHop(form, at, { forget })),
  });
}
