import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { TUNNEL_HOPS_MAX } from '../../events/limits.ts';
import { check, idOf, said, segments, selectField, textField } from '../controls/form-fields.ts';
import { icon } from '../controls/icons.ts';
import { splitCommandLine } from '../format/command-line.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { type HopProps, hopFields, hopItem } from './hop-fields.ts';
import { configCommands } from './ssh-resolution.ts';
import { COMMAND_EXAMPLES, emptyHop, HOST_KEY_WORDS, type TunnelForm, withCommand } from './tunnel-form.ts';

/** What the tunnel's sections are drawn from. */
export interface TunnelProps extends HopProps {
  /** Allows the command as it is, or takes that back. */
  readonly allow: (allowed: boolean) => void;
}

/** The fields of a tunnel that an error can be shown at. */
export const TUNNEL_FIELDS: readonly string[] = [
  'tunnel.by',
  'tunnel.hostKeys',
  'tunnel.backend',
  'tunnel.keepaliveS',
  'tunnel.argv',
  'tunnel.readyText',
  'tunnel.allowed',
  ...Array.from({ length: TUNNEL_HOPS_MAX }, (_, at) => hopFields(at)).flat(),
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
    ${selectField({
      path: 'tunnel.backend',
      label: 'Client',
      span: 2,
      chosen: form.backend,
      choices: [
        { value: '', label: 'Automatic' },
        { value: 'openssh', label: 'The system’s OpenSSH' },
        { value: 'embedded', label: 'Built in' },
      ],
      error: errors['tunnel.backend'],
      choose: (backend) => change({ ...form, backend: backend as TunnelForm['backend'] }),
    })}
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
