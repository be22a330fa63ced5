import { describe, expect, it, vi } from 'vitest';
import { type HopProps, hopFields, hopItem } from '../../../../src/ui/dialogs/hop-fields.ts';
import { emptyHop, type HopForm, tunnelFormOf } from '../../../../src/ui/dialogs/tunnel-form.ts';
import { drawn } from '../drawn.ts';

function item(hop: Partial<HopForm>, changes: Partial<HopProps> = {}) {
  const form = { ...tunnelFormOf(undefined), hops: [{ ...emptyHop(), host: 'bastion', ...hop }] };
  const change = vi.fn();
  const props: HopProps = {
    form,
    errors: {},
    stored: [],
    lookups: { hosts: null, agentKeys: null, resolved: {} },
    change,
    resolve: vi.fn(),
    focus: vi.fn(),
    ...changes,
  };
  return { ...drawn(hopItem(props, props.form.hops[0]!, 0)), change };
}

const key = (comment: string) => ({ fingerprint: 'SHA256:a', comment, keyType: 'ssh-ed25519' });

describe('the fields of a hop', () => {
  it('are those that errors can be shown at', () => {
    expect(hopFields(2)).toEqual(
      expect.arrayContaining(['tunnel.hops.2.host', 'secrets.ssh.2.password', 'secrets.ssh.2.passphrase']),
    );
  });

  it('offer the agent’s keys, and one that it does not have now as that', () => {
    const agentKeys = { keys: [key('me\u202e@here')] };
    const lookups = { hosts: null, agentKeys, resolved: {} } as HopProps['lookups'];
    const other = item({ by: 'agent', identity: 'SHA256:b' }, { lookups });
    expect(other.text).toContain('Any that it has');
    expect(other.text).toContain('ssh-ed25519 · SHA256:a');
    expect(other.text).toContain('SHA256:b · not in the agent now');
    expect(other.text).not.toContain('\u202e');
    expect(item({ by: 'agent', identity: 'SHA256:a' }, { lookups }).text).not.toContain(
      'not in the agent now',
    );
    const empty = { ...lookups, agentKeys: { keys: [] } } as HopProps['lookups'];
    expect(item({ by: 'agent' }, { lookups: empty }).text).toContain('The agent has no keys.');
  });

  it('have a password or a passphrase by what the hop signs in with', () => {
    expect(item({ by: 'password' }).markup).toContain('data-path=secrets.ssh.0.password');
    expect(item({ by: 'key' }).markup).toContain('data-path=secrets.ssh.0.passphrase');
    expect(item({ by: 'agent' }).markup).not.toContain('data-path=secrets');
    const stored = item({ by: 'password', storedAt: 0 }, { stored: ['ssh.0.password'] });
    expect(stored.markup).toContain('placeholder=stored');
    stored.listeners.at(-1)!();
    expect(stored.change.mock.calls[0]![0].hops[0]).toMatchObject({ forget: true });
  });

  it('say that a moved hop’s secret is to be typed again', () => {
    const moved = item({ by: 'password', storedAt: 1 }, { stored: ['ssh.1.password'] });
    expect(moved.text).toContain('The hop was moved');
    expect(moved.markup).toContain('placeholder=asked for when needed');
  });
});
