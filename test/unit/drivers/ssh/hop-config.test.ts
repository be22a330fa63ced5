import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DriverError } from '../../../../src/drivers/driver.ts';
import { type HopConfig, hopConfig } from '../../../../src/drivers/ssh/openssh/hop-config.ts';
import { readResolved } from '../../../../src/drivers/ssh/openssh/resolved-config.ts';
import type { Hop } from '../../../../src/events/tunnel.ts';

function config(auth: Hop['auth'], more: Partial<HopConfig> = {}): HopConfig {
  return {
    at: { hop: 0, host: 'bastion' },
    hop: { host: 'bastion', port: 2222, user: 'me', auth },
    through: null,
    hostKeys: 'strict',
    knownHosts: ['/known'],
    showKey: null,
    identityFile: null,
    keepaliveS: 30,
    forwards: [['127.0.0.1:5000', 'db:5432']],
    userFiles: ['/home/me/.ssh/config'],
    ...more,
  };
}

const AUTHS: readonly Hop['auth'][] = [
  { by: 'config' },
  { by: 'agent' },
  { by: 'key', keyFile: '/key' },
  { by: 'password' },
  { by: 'keyboardInteractive' },
];

describe('the configuration of one ssh', () => {
  it('asks each question once and checks host keys, however the hop signs in', () => {
    for (const auth of AUTHS) {
      const lines = hopConfig(config(auth)).split('\n');
      for (const line of [
        'NumberOfPasswordPrompts 1',
        'StrictHostKeyChecking yes',
        'PermitLocalCommand no',
        'ForwardAgent no',
      ])
        expect(lines).toContain(`  ${line}`);
    }
  });

  it('offers one key, and only the method that was chosen', () => {
    const key = hopConfig(config({ by: 'key', keyFile: '/key' }));
    expect(key).toContain('IdentityFile "/key"');
    expect(key).toContain('IdentitiesOnly yes');
    expect(key).toContain('IdentityAgent none');
    const password = hopConfig(config({ by: 'password' }));
    expect(password).toContain('PreferredAuthentications password\n');
    expect(password).toContain('PubkeyAuthentication no');
  });

  it('reads the user’s own configuration last, and only for a hop that signs in as it says', () => {
    for (const auth of AUTHS) {
      const text = hopConfig(config(auth));
      expect(text.includes('Include')).toBe(auth.by === 'config');
      if (auth.by === 'config')
        expect(text.trimEnd().split('\n').slice(-3)).toEqual([
          'Match all',
          // Its jump hosts' ssh reads the same file.
          'PermitLocalCommand no',
          'Include "/home/me/.ssh/config"',
        ]);
    }
  });

  it('names a host behind another one as known_hosts does, and dials it through that', () => {
    const text = hopConfig(config({ by: 'config' }, { through: { port: 6000, knownAs: '[bastion]:2222' } }));
    expect(text).toContain(
      'HostName 127.0.0.1\n  Port 6000\n  HostKeyAlias [bastion]:2222\n  ProxyJump none',
    );
  });

  it('a malicious file: no path adds a line, a word or an expansion', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        const keyFile = `/${name}`;
        const lines = (): string[] => hopConfig(config({ by: 'key', keyFile })).split('\n');
        if (/[\p{Cc}"$]|\\(?:\\|$)/u.test(name)) expect(lines).toThrow(DriverError);
        else {
          expect(lines()).toContain(`  IdentityFile "${keyFile.replaceAll('%', '%%')}"`);
          expect(lines()).toHaveLength(hopConfig(config({ by: 'key', keyFile: '/key' })).split('\n').length);
        }
      }),
    );
  });
});

it('reads what ssh -G prints', () => {
  const text =
    'host inner\nuser me\nhostname db.example\nport 2200\nproxyjump a@b:22,c\nidentityfile ~/.ssh/id\nidentityfile /k\nidentityagent none\nuserknownhostsfile /x /y\n';
  expect(readResolved('inner', text)).toMatchObject({
    name: 'inner',
    hostName: 'db.example',
    port: 2200,
    user: 'me',
    proxyJump: ['a@b:22', 'c'],
    proxyCommand: null,
    identityAgent: null,
    hostKeyAlias: null,
    knownHostsFiles: ['/x', '/y'],
  });
});

it.each([
  ['no', ['ProxyCommand', 'KnownHostsCommand']],
  ['yes', ['ProxyCommand', 'KnownHostsCommand', 'LocalCommand']],
])(
  'lists what a host’s configuration runs, a local command where it is permitted: %s',
  (permitted, options) => {
    const text = `proxycommand nc %h %p\nknownhostscommand /bin/keys %H\nlocalcommand touch x\npermitlocalcommand ${permitted}\n`;
    const { commands } = readResolved('a', text);
    expect(commands.map(({ option }) => option)).toEqual(options);
    expect(commands[1]).toEqual({ option: 'KnownHostsCommand', command: '/bin/keys %H' });
    expect(readResolved('a', 'proxycommand none\n').commands).toEqual([]);
  },
);
