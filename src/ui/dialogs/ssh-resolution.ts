import { html, nothing, type TemplateResult } from 'lit';
import type { ResolvedSshHop, SshConfigCommand, SshHopCommand } from '../../events/ssh-lookup.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import type { SshLookups } from './ssh-lookups.ts';
import type { HopForm } from './tunnel-form.ts';

const HOP_COMMAND_WORDS: Readonly<Record<SshHopCommand['option'], string>> = {
  ProxyCommand: 'Run to reach it',
  KnownHostsCommand: 'Run to look up its host key',
  LocalCommand: 'Not run, as a tunnel permits no local command',
};

/** What any ssh that reads the user's configuration runs, read from its files alone; nothing where that is no command. */
export function configCommands({ hosts }: SshLookups): TemplateResult | typeof nothing {
  if (hosts === null || typeof hosts === 'string' || hosts.commands.length === 0) return nothing;
  return html`<div class="field s6" data-testid="config-commands">
    <span class="label" id="config-commands">Run by your SSH configuration whenever it is read</span>
    ${commandList(hosts.commands, 'config-commands')}
  </div>`;
}

/**
 * What the user's own configuration makes of a name, hop by hop, with the commands that it would run for each. Where finding this out
 * runs commands itself, they are shown first and run only by a second button.
 */
export function sshResolution(
  { resolved }: SshLookups,
  { host, key }: HopForm,
  resolve: (host: string, mayRunCommands: boolean) => void,
): TemplateResult {
  const name = host.trim();
  const found = name === '' ? undefined : resolved[name];
  const id = `resolved-${key}`;
  return html`<div class="field s3"><span class="label">&nbsp;</span>
      <button
        class="button"
        type="button"
        aria-describedby=${id}
        ?disabled=${name === '' || found === null}
        @click=${() => resolve(name, false)}
      >What does it resolve to?</button>
    </div>
    <div class="field s6 resolved" id=${id} role="status">${
      found === undefined
        ? nothing
        : found === null
          ? html`<span class="hint">Asking ssh…</span>`
          : typeof found === 'string'
            ? html`<span class="error">${escapeInvisible(found)}</span>`
            : found.hops.length === 0
              ? html`<span class="label" id="${id}-runs">Finding this out runs</span>
                ${commandList(found.commands, `${id}-runs`)}
                <div><button
                  class="button"
                  type="button"
                  @click=${() => resolve(name, true)}
                >Run and resolve</button></div>`
              : html`<ol>${found.hops.map(hopLine)}</ol>`
    }</div>`;
}

function hopLine(hop: ResolvedSshHop): TemplateResult {
  return html`<li><span class="mono">${escapeInvisible(`${hop.user}@${hop.hostName}:${hop.port}`)}</span>
    ${hop.host === hop.hostName ? nothing : html`<span class="hint">${escapeInvisible(hop.host)}</span>`}
    ${hop.identityFiles.slice(0, 4).map((path) => html`<span class="hint mono">${escapeInvisible(path)}</span>`)}
    ${hop.identityAgent ? html`<span class="hint mono">agent ${escapeInvisible(hop.identityAgent)}</span>` : nothing}
    ${hop.commands.map(
      ({ option, command }) =>
        html`<div><span class="hint">${HOP_COMMAND_WORDS[option]} (${option}):</span> <span class="mono">${escapeInvisible(command)}</span></div>`,
    )}</li>`;
}

function commandList(commands: readonly SshConfigCommand[], labelledBy: string): TemplateResult {
  return html`<ul class="argv" aria-labelledby=${labelledBy} tabindex="0">${commands.map(
    ({ command, file, line }) =>
      html`<li><span class="mono">${escapeInvisible(command)}</span> <span class="hint">${escapeInvisible(file)}, line ${line}${/^"?include\b/i.test(command) ? ': which files it includes, and what they run, is not known beforehand' : nothing}</span></li>`,
  )}</ul>`;
}
