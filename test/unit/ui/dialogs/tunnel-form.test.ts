import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkDraft } from '../../../../src/events/profile-check.ts';
import { commandText, type SshTunnel, type Tunnel } from '../../../../src/events/tunnel.ts';
import { wrongOf } from '../../../../src/ui/dialogs/connection-errors.ts';
import { draftOf, emptyForm, formOf, secretsOf } from '../../../../src/ui/dialogs/connection-form.ts';
import { SHOWN_FIELDS } from '../../../../src/ui/dialogs/connection-sections.ts';
import {
  COMMAND_EXAMPLES,
  emptyHop,
  type TunnelForm,
  tunnelFormOf,
  tunnelOf,
  tunnelSecretsOf,
  withCommand,
  withHop,
  withHopMoved,
} from '../../../../src/ui/dialogs/tunnel-form.ts';
import { sha256Hex } from '../../../../src/ui/format/sha256-hex.ts';

const SSH: SshTunnel = {
  by: 'ssh',
  hops: [
    { host: 'bastion', auth: { by: 'config' } },
    { host: '10.0.0.2', port: 2222, user: 'ann', auth: { by: 'password' } },
    { host: 'c', auth: { by: 'key', keyFile: '/k', certificateFile: '/k-cert.pub' } },
    { host: 'd', auth: { by: 'agent', socket: '/s', identity: `SHA256:${'a'.repeat(43)}` } },
    { host: 'e', auth: { by: 'keyboardInteractive' } },
  ],
  hostKeys: 'strict',
  backend: 'openssh',
  keepaliveS: 10,
};
const COMMAND: Tunnel = {
  by: 'command',
  argv: ['a b', "it's", '{localPort}'],
  readyText: 'ready',
  allowed: 'f'.repeat(64),
};
const HOP: TunnelForm = { ...tunnelFormOf(), by: 'ssh' };
const withHops = (...hosts: string[]): TunnelForm => ({
  ...HOP,
  hops: hosts.map((host, at) => ({ ...emptyHop(), key: at + 1, host, by: 'password' })),
});

describe('a tunnel’s form', () => {
  it.each([[SSH], [COMMAND]])('gives back the tunnel it shows: $by', (tunnel) => {
    expect(tunnelOf(tunnelFormOf(tunnel))).toEqual(tunnel);
  });

  it('is no tunnel until one is chosen, and again once it is taken back', () => {
    expect(draftOf(emptyForm()).tunnel).toBeUndefined();
    expect(tunnelOf({ ...tunnelFormOf(SSH), by: 'direct' })).toBeUndefined();
  });

  it('asks about unknown host keys and leaves the client to be chosen where nothing is said', () => {
    expect(tunnelOf(withHops('b'))).toEqual({
      by: 'ssh',
      hops: [{ host: 'b', auth: { by: 'password' } }],
      hostKeys: 'ask',
    });
  });

  it('moves hops with all that was typed in them, and keeps their keys apart', () => {
    const form = withHops('a', 'b', 'c');
    const moved = withHopMoved(form, 2, 0);
    expect(moved.hops.map(({ host }) => host)).toEqual(['c', 'a', 'b']);
    expect(withHopMoved(form, 0, -1)).toBe(form);
    expect(withHopMoved(form, 2, 3)).toBe(form);
    expect(emptyHop(moved.hops).key).toBe(4);
  });

  it('shows what is wrong at the hop and field that it is in', () => {
    const form = formOf({ target: { host: 'db' }, tunnel: SSH });
    const wrong = {
      ...form,
      name: 'x',
      tunnel: withHop(withHop(form.tunnel, 1, { host: '-x' }), 2, { keyFile: 'k' }),
    };
    expect(Object.keys(wrongOf(wrong, SHOWN_FIELDS)).sort()).toEqual([
      'tunnel.hops.1.host',
      'tunnel.hops.2.auth.keyFile',
    ]);
    const empty = { ...form, name: 'x', tunnel: { ...tunnelFormOf(), by: 'ssh' } as const };
    expect(Object.keys(wrongOf(empty, SHOWN_FIELDS))).toEqual(['tunnel.hops.0.host']);
    for (const [command, words] of [
      ['', 'Enter the command.'],
      ['a | b', 'No shell'],
      ['a b', '{localPort}'],
    ] as const) {
      const tunnel = { ...tunnelFormOf(), by: 'command', command } as const;
      expect(wrongOf({ ...form, name: 'x', tunnel }, SHOWN_FIELDS)).toEqual({
        'tunnel.argv': expect.stringContaining(words),
      });
    }
  });
});

describe('a tunnel’s secrets', () => {
  const stored = ['password', 'ssh.1.password', 'ssh.2.passphrase'];
  const form = tunnelFormOf(SSH);

  it('stay as they are where nothing is typed', () => {
    expect(tunnelSecretsOf(form, stored)).toEqual({});
    expect(secretsOf(formOf({ tunnel: SSH }), stored)).toEqual({});
  });

  it('are sent under the name of their hop, and only those that its sign-in uses', () => {
    const typed = withHop(withHop(form, 1, { password: 'x', passphrase: 'not this' }), 2, {
      passphrase: 'y',
    });
    expect(tunnelSecretsOf(typed, [])).toEqual({ 'ssh.1.password': 'x', 'ssh.2.passphrase': 'y' });
    expect(tunnelSecretsOf(withHop(form, 4, { password: 'z' }), [])).toEqual({ 'ssh.4.password': 'z' });
  });

  it('are forgotten when the user says so', () => {
    expect(tunnelSecretsOf(withHop(form, 1, { forget: true }), stored)).toEqual({ 'ssh.1.password': null });
  });

  it('never go to another hop: one that was moved, removed or signs in otherwise loses its own', () => {
    expect(tunnelSecretsOf(withHopMoved(form, 1, 0), stored)).toEqual({ 'ssh.1.password': null });
    expect(tunnelSecretsOf({ ...form, hops: form.hops.toSpliced(0, 1) }, stored)).toEqual({
      'ssh.1.password': null,
      'ssh.2.passphrase': null,
    });
    expect(tunnelSecretsOf(withHop(form, 1, { by: 'config' }), stored)).toEqual({ 'ssh.1.password': null });
    expect(tunnelSecretsOf({ ...form, by: 'direct' }, stored)).toEqual({
      'ssh.1.password': null,
      'ssh.2.passphrase': null,
    });
    const swapped = withHopMoved(withHops('a', 'b'), 0, 1);
    const replaced = { ...swapped, hops: swapped.hops.map((hop) => ({ ...hop, storedAt: null })) };
    expect(tunnelSecretsOf(replaced, ['ssh.0.password'])).toEqual({ 'ssh.0.password': null });
  });
});

describe('a tunnel’s command', () => {
  it('is allowed as it was read: any change takes that back', () => {
    const form = tunnelFormOf(COMMAND);
    expect(withCommand(form, `${form.command} `).allowed).toBe('');
  });

  it('is named by the SHA-256 of its arguments', async () => {
    const text = commandText(['é', '{localPort}']);
    expect(await sha256Hex(text)).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it.each(COMMAND_EXAMPLES)('begins with an example that can be saved: $name', ({ command }) => {
    const tunnel = tunnelOf({ ...tunnelFormOf(), by: 'command', command })!;
    const { draft } = checkDraft(draftOf({ ...emptyForm(), name: 'x', tunnel: tunnelFormOf(tunnel) })) as {
      draft: { tunnel: unknown };
    };
    expect(draft.tunnel).toEqual(tunnel);
  });
});
