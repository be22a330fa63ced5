import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { TUNNEL_HOPS_MAX } from '../../events/limits.ts';
import { type HopAuth, hopSecret } from '../../events/tunnel.ts';
import { check, idOf, said, segments, type TextField, textField } from '../controls/form-fields.ts';
import { icon } from '../controls/icons.ts';
import { splitCommandLine } from '../format/command-line.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import type { FieldErrors } from './connection-form.ts';
import type { SshLookups } from './ssh-lookups.ts';
import { configCommands, sshResolution } from './ssh-resolution.ts';
import {
  AUTH_WORDS,
  COMMAND_EXAMPLES,
  emptyHop,
  HOST_KEY_WORDS,
  type HopForm,
  hasStoredSecret,
  secretKind,
  type TunnelForm,
  withCommand,
  withHop,
  withHopMoved,
} from './tunnel-form.ts';

/** What the tunnel's sections are drawn from. */
export interface TunnelProps {
  readonly form: TunnelForm;
  readonly errors: FieldErrors;
  /** The names of the secrets that are stored, or came with what was imported. */
  readonly stored: readonly string[];
  readonly lookups: SshLookups;
  readonly change: (form: TunnelForm) => void;
  /** Reads what a name of the SSH configuration resolves to, running the commands that this takes only where they may be. */
  readonly resolve: (host: string, mayRunCommands: boolean) => void;
  /** Allows the command as it is, or takes that back. */
  readonly allow: (allowed: boolean) => void;
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

/** The fields of a tunnel that an error can be shown at. */
export const TUNNEL_FIELDS: readonly string[] = [
  'tunnel.by',
  'tunnel.hostKeys',
  'tunnel.backend',
  'tunnel.keepaliveS',
  'tunnel.argv',
  'tunnel.readyText',
  'tunnel.allowed',
  ...Array.from({ length: TUNNEL_HOPS_MAX }, (_, at) => [
    ...HOP_FIELDS.map((field) => `tunnel.hops.${at}.${field}`),
    `secrets.${hopSecret(at, 'password')}`,
    `secrets.${hopSecret(at, 'passphrase')}`,
  ]).flat(),
];

/** How the server is reached. */
export function reachedThrough(props: TunnelProps): TemplateResult {
  const { form, errors, change } = props;
  return html`${segments({
    path: 'tunnel.by',
    label: 'Reached through',
    heard: true,
    chosen: form.by,
    choices: [
      { value: 'direct', label: 'Directly' },
      { value: 'ssh', label: 'SSH' },
      { value: 'command', label: 'A command' },
    ],
    choose: (by) => change({ ...form, by }),
  })}
  ${form.by === 'ssh' ? ssh(props) : form.by === 'command' ? command(props) : nothing}
  ${errors['tunnel.by'] ? html`<span class="error field s6">${errors['tunnel.by']}</span>` : nothing}`;
}

function ssh(props: TunnelProps) {
  const { form, errors, change, lookups } = props;
  const full = form.hops.length >= TUNNEL_HOPS_MAX;
  const { hosts } = lookups;
  const add = (): void => {
    const hop = emptyHop(form.hops);
    change({ ...form, hops: [...form.hops, hop] });
    props.focus(`#${idOf(`tunnel.hops.${form.hops.length}.host`)}`);
  };
  return html`
    <datalist id="ssh-hosts">${
      hosts !== null && typeof hosts === 'object'
        ? hosts.hosts.map(({ name, hostName }) => html`<option value=${name}>${hostName ?? ''}</option>`)
        : nothing
    }</datalist>
    <ol class="hops field s6" aria-label="Hops, in the order in which they are dialled">${repeat(
      form.hops,
      ({ key }) => key,
      (hop, at) => hopItem(props, hop, at),
    )}</ol>
    ${form.hops.some(({ by }) => by === 'config') ? configCommands(lookups) : nothing}
    <div class="field s6 add-hop">
      <button
        class="button"
        type="button"
        data-testid="add-hop"
        ?disabled=${full}
        @click=${add}
      >${icon('plus')} Add a hop</button>
      <span class="hint">${full ? `A tunnel has at most ${TUNNEL_HOPS_MAX} hops.` : form.hops.length > 1 ? 'Each hop is reached through the one above it; the last one opens the way to the server.' : 'The server’s host is looked up by the hop: localhost is the hop itself.'}</span>
    </div>
    ${segments({
      path: 'tunnel.hostKeys',
      label: 'Host keys',
      span: 3,
      chosen: form.hostKeys,
      choices: (['strict', 'ask', 'off'] as const).map((value) => ({
        value,
        label: HOST_KEY_WORDS[value].label,
      })),
      choose: (hostKeys) => change({ ...form, hostKeys }),
    })}
    <div class="field s2">
      <label class="label" for=${idOf('tunnel.backend')}>Client</label>
      <select
        class="input"
        id=${idOf('tunnel.backend')}
        aria-invalid=${errors['tunnel.backend'] ? 'true' : 'false'}
        aria-describedby="${idOf('tunnel.backend')}-said"
        @change=${(event: Event) => change({ ...form, backend: (event.target as HTMLSelectElement).value as TunnelForm['backend'] })}
      >
        <option value="" ?selected=${form.backend === ''}>Automatic</option>
        <option value="openssh" ?selected=${form.backend === 'openssh'}>The system’s OpenSSH</option>
        <option value="embedded" ?selected=${form.backend === 'embedded'}>Built in</option>
      </select>
      ${said(idOf('tunnel.backend'), errors['tunnel.backend'], undefined)}
    </div>
    ${textField({ path: 'tunnel.keepaliveS', label: 'Keepalive, s', span: 1, mono: true, max: 4, value: form.keepaliveS, placeholder: '30', error: errors['tunnel.keepaliveS'], typed: (keepaliveS) => change({ ...form, keepaliveS }) })}
    <p class="field s6 hint">${errors['tunnel.hostKeys'] ? html`<span class="error">${errors['tunnel.hostKeys']}</span>` : HOST_KEY_WORDS[form.hostKeys].means}
      A changed or revoked key ${form.hostKeys === 'off' ? 'goes unnoticed' : 'always fails'}.
      ${form.backend === '' ? `The client is ${automaticBackend(form)}.` : nothing}</p>`;
}

/** What automatic comes to, where OpenSSH is installed, and why. */
function automaticBackend({ hops }: TunnelForm): string {
  const asks = hops.some(({ by }) => by === 'password' || by === 'keyboardInteractive');
  const onlyOpenssh = hops.some(
    ({ by, certificateFile }) => by === 'config' || (by === 'key' && certificateFile.trim() !== ''),
  );
  if (onlyOpenssh) return 'OpenSSH, which alone reads its configuration and certificates';
  return asks ? 'built in, for passwords and questions' : 'OpenSSH, for keys and agents';
}

function hopItem(props: TunnelProps, hop: HopForm, at: number) {
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
          ${Object.entries(AUTH_WORDS).map(
            ([value, { label }]) => html`<option
              value=${value}
              ?selected=${value === hop.by}
            >${label}</option>`,
          )}
        </select>
      </div>
      ${hop.by === 'config' ? sshResolution(props.lookups, hop, props.resolve) : hop.by === 'agent' ? agent(props, hop, at) : hop.by === 'key' ? keyFile(props, hop, at) : secret(props, hop, at)}
      ${hop.by === 'key' ? html`${file(props, hop, at, 'certificateFile', 'Certificate', 'none')}${secret(props, hop, at)}` : nothing}
      ${hop.by === 'agent' ? file(props, hop, at, 'socket', 'Agent’s socket', 'that of SSH_AUTH_SOCK', 6) : nothing}
      <div class="field s6">${said(idOf(path('auth.by')), errors[path('auth.by')], AUTH_WORDS[hop.by].means)}</div>
    </div>
  </fieldset></li>`;
}

function agent({ form, errors, lookups, change }: TunnelProps, hop: HopForm, at: number) {
  const path = `tunnel.hops.${at}.auth.identity`;
  const { agentKeys } = lookups;
  const keys = agentKeys !== null && typeof agentKeys === 'object' ? agentKeys.keys : [];
  const isOther = hop.identity !== '' && !keys.some(({ fingerprint }) => fingerprint === hop.identity);
  return html`<div class="field s3">
    <label class="label" for=${idOf(path)}>Key</label>
    <select
      class="input"
      id=${idOf(path)}
      aria-invalid=${errors[path] ? 'true' : 'false'}
      aria-describedby="${idOf(path)}-said"
      @change=${(event: Event) => change(withHop(form, at, { identity: (event.target as HTMLSelectElement).value }))}
    >
      <option value="" ?selected=${hop.identity === ''}>Any that it has</option>
      ${keys.map(
        ({ fingerprint, comment, keyType }) => html`<option
          value=${fingerprint}
          ?selected=${fingerprint === hop.identity}
        >${escapeInvisible(comment)} · ${keyType} · ${fingerprint}</option>`,
      )}
      ${
        isOther
          ? html`<option value=${hop.identity} selected>${hop.identity} · not in the agent now</option>`
          : nothing
      }
    </select>
    ${said(idOf(path), errors[path], typeof agentKeys === 'string' ? agentKeys : agentKeys !== null && keys.length === 0 ? 'The agent has no keys.' : undefined)}
  </div>`;
}

function file(
  { form, errors, change }: TunnelProps,
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

function keyFile(props: TunnelProps, hop: HopForm, at: number) {
  return file(props, hop, at, 'keyFile', 'Key file', '/home/you/.ssh/id_ed25519');
}

/** A password or passphrase is typed, kept or forgotten, and never shown back. */
function secret({ form, errors, stored, change }: TunnelProps, hop: HopForm, at: number) {
  const kind = secretKind(hop.by);
  if (kind === null) return nothing;
  const path = `secrets.${hopSecret(at, kind)}`;
  const isStored = hasStoredSecret(hop, at, stored);
  const wasStored =
    hop.storedAt !== null && hop.storedAt !== at && stored.includes(hopSecret(hop.storedAt, kind));
  const forgotten = isStored && hop.forget && hop[kind] === '';
  const placeholder = forgotten ? 'deleted when you save' : isStored ? 'stored' : 'asked for when needed';
  return html`<div class="field s3">
    <label class="label" for=${idOf(path)}>${kind === 'password' ? 'Password' : 'Passphrase'}</label>
    <div class="kept">
      <input
        class="input mono"
        type="password"
        id=${idOf(path)}
        data-path=${path}
        autocomplete="new-password"
        maxlength="65536"
        placeholder=${placeholder}
        .value=${hop[kind]}
        aria-invalid=${errors[path] ? 'true' : 'false'}
        aria-describedby="${idOf(path)}-said"
        @input=${(event: Event) => change(withHop(form, at, { [kind]: (event.target as HTMLInputElement).value }))}
      />
      ${
        isStored && hop[kind] === ''
          ? html`<button
            class="button"
            type="button"
            @click=${() => change(withHop(form, at, { forget: !hop.forget }))}
          >${forgotten ? 'Keep' : 'Remove'}</button>`
          : nothing
      }
    </div>
    ${said(idOf(path), errors[path], wasStored && hop[kind] === '' ? 'The hop was moved: its stored secret is not kept. Type it again.' : undefined)}
  </div>`;
}

function command(props: TunnelProps) {
  const { form, errors, change } = props;
  const path = 'tunnel.argv';
  const split = splitCommandLine(form.command);
  const error = 'wrong' in split ? split.wrong : errors[path];
  return html`
    <div class="field s6">
      <label class="label" for=${idOf(path)}>Command</label>
      <textarea
        class="input mono"
        id=${idOf(path)}
        data-path=${path}
        rows="3"
        maxlength="65536"
        spellcheck="false"
        autocomplete="off"
        placeholder="kubectl port-forward service/postgres {localPort}:{port}"
        .value=${form.command}
        aria-invalid=${error ? 'true' : 'false'}
        aria-describedby="${idOf(path)}-said"
        @input=${(event: Event) => change(withCommand(form, (event.target as HTMLTextAreaElement).value))}
      ></textarea>
      ${said(idOf(path), error, '{host} and {port} stand for the server’s address, {localPort} for the free port that the command has to open.')}
    </div>
    <div class="field s4">
      <label class="label" for="command-example">Begin with an example</label>
      <select
        class="input"
        id="command-example"
        @change=${(event: Event) => example(props, event.target as HTMLSelectElement)}
      >
        <option value="" selected>Choose…</option>
        ${COMMAND_EXAMPLES.map(({ name }, i) => html`<option value=${String(i)}>${name}</option>`)}
      </select>
    </div>
    ${textField({ path: 'tunnel.readyText', label: 'Ready once it prints', span: 2, mono: true, max: 200, value: form.readyText, placeholder: 'once its port answers', error: errors['tunnel.readyText'], typed: (readyText) => change({ ...form, readyText }) })}`;
}

function example({ form, change, focus }: TunnelProps, select: HTMLSelectElement): void {
  const chosen = COMMAND_EXAMPLES[Number(select.value)];
  if (select.value === '' || !chosen) return;
  select.value = '';
  change(withCommand(form, chosen.command));
  focus(`#${idOf('tunnel.argv')}`);
}

/** The command as it is run, argument by argument, and the user's word for it: a part of what the dialog shows about trust. */
export function commandTrust({ form, errors, allow }: TunnelProps): TemplateResult | typeof nothing {
  if (form.by !== 'command') return nothing;
  const split = splitCommandLine(form.command);
  const argv = 'argv' in split ? split.argv : [];
  if (argv.length === 0) return nothing;
  return html`<div class="field s6">
      <span class="label" id="argv-label">Run on this machine, with your rights</span>
      <ol class="argv mono" aria-labelledby="argv-label" tabindex="0">${argv.map((argument) => html`<li>${escapeInvisible(argument)}</li>`)}</ol>
    </div>
    <p class="field s6 hint" role="status" data-testid="command-state">${form.allowed === '' ? 'Disarmed: it can’t be run until you have read and allowed it.' : 'Allowed as it is shown here.'}</p>
    ${check('tunnel.allowed', 'I have read this command and allow it', form.allowed !== '', allow, 'Whenever it changes, it has to be allowed again.')}
    ${errors['tunnel.allowed'] ? html`<span class="error field s6">${errors['tunnel.allowed']}</span>` : nothing}`;
}
