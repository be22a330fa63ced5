import { nothing } from 'lit';
import { expect, it, vi } from 'vitest';
import type { ResolvedSshHop, ResolvedSshHost } from '../../../../src/events/ssh-lookup.ts';
import type { SshLookups } from '../../../../src/ui/dialogs/ssh-lookups.ts';
import { configCommands, sshResolution } from '../../../../src/ui/dialogs/ssh-resolution.ts';
import { emptyHop, tunnelFormOf, withCommand } from '../../../../src/ui/dialogs/tunnel-form.ts';
import { commandTrust, type TunnelProps } from '../../../../src/ui/dialogs/tunnel-sections.ts';
import { drawn } from '../drawn.ts';

const MATCH = { command: 'touch /tmp/ran', file: '/home/me/.ssh/config', line: 3 };
const HOP: ResolvedSshHop = {
  host: 'inner',
  hostName: 'db.example',
  port: 22,
  user: 'me',
  identityFiles: [],
  identityAgent: null,
  proxyCommand: 'nc %h %p',
  commands: [
    { option: 'ProxyCommand', command: 'nc %h %p' },
    { option: 'LocalCommand', command: 'touch x\u202e' },
  ],
};

function lookups(resolved: ResolvedSshHost | null, commands = [MATCH]): SshLookups {
  return { hosts: { hosts: [], commands, cut: false }, agentKeys: null, resolved: { inner: resolved } };
}

it('shows what reading the configuration runs before a name is resolved, with its place', () => {
  expect(drawn(configCommands(lookups(null))).text).toContain('touch /tmp/ran /home/me/.ssh/config, line 3');
  expect(configCommands(lookups(null, []))).toBe(nothing);
  const unknown = { ...MATCH, command: 'Include %h/b' };
  expect(drawn(configCommands(lookups(null, [unknown]))).text).toContain('not known beforehand');
});

it('runs the commands that resolving takes only by a button of its own', () => {
  const resolve = vi.fn();
  const hop = { ...emptyHop(), host: 'inner' };
  const shown = drawn(sshResolution(lookups({ hops: [], commands: [MATCH] }), hop, resolve));
  expect(shown.text).toContain('Finding this out runs touch /tmp/ran');
  for (const listener of shown.listeners) listener();
  expect(resolve.mock.calls).toEqual([
    ['inner', false],
    ['inner', true],
  ]);
  expect(drawn(sshResolution(lookups(null), hop, resolve)).listeners).toHaveLength(1);
});

it('shows what is run for each hop, as it is written, and that a local command is not', () => {
  const hop = { ...emptyHop(), host: 'inner' };
  const { text } = drawn(sshResolution(lookups({ hops: [HOP], commands: [] }), hop, () => {}));
  expect(text).toContain('me@db.example:22 inner');
  expect(text).toContain('Run to reach it (ProxyCommand): nc %h %p');
  expect(text).toMatch(/Not run, as a tunnel permits no local command \(LocalCommand\): touch x\S/);
  expect(text).not.toContain('\u202e');
});

it('shows an imported command disarmed, argument by argument, until it is allowed', () => {
  const imported = tunnelFormOf({ by: 'command', argv: ['kubectl', 'port-forward', 'svc/a b'] });
  const trust = (form: TunnelProps['form']): string =>
    drawn(commandTrust({ form, errors: {}, allow: () => {} } as unknown as TunnelProps)).text;
  expect(trust(imported)).toContain('kubectl port-forward svc/a b Disarmed');
  const allowed = { ...imported, allowed: 'a'.repeat(64) };
  expect(trust(allowed)).not.toContain('Disarmed');
  expect(trust(withCommand(allowed, 'kubectl delete all'))).toContain('Disarmed');
});
