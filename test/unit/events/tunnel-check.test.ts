import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Profile } from '../../../src/events/profile.ts';
import { checkProfile } from '../../../src/events/profile-check.ts';

const HOP = { host: 'bastion', auth: { by: 'config' } };
const SSH = { by: 'ssh', hops: [HOP], hostKeys: 'ask' };
const COMMAND = { by: 'command', argv: ['kubectl', 'port-forward', 'svc/db', '{localPort}:5432'] };
const FINGERPRINT = `SHA256:${'a'.repeat(43)}`;

function profile(tunnel: unknown, target: object = {}, environment = 'development'): unknown {
  return {
    profileId: 'p-1',
    name: 'Shop',
    target: {
      engine: 'postgres',
      host: 'db.internal',
      port: 5432,
      database: 'shop',
      user: 'app',
      tls: { mode: 'disable' },
      ...target,
    },
    environment,
    readOnly: false,
    tunnel,
  };
}

function errorsOf(input: unknown): string[] {
  const checked = checkProfile(input);
  return 'errors' in checked ? checked.errors.map(({ field, code }) => `${field} ${code}`) : [];
}

/** Errors of a tunnel with one hop that differs. */
const ofHop = (changes: object): string[] => errorsOf(profile({ ...SSH, hops: [{ ...HOP, ...changes }] }));

describe('a profile’s tunnel', () => {
  it.each([
    [SSH],
    [COMMAND],
    [
      {
        by: 'ssh',
        hops: [
          { host: 'fe80::1%eth0', port: 2222, user: 'me@corp', auth: { by: 'agent', identity: FINGERPRINT } },
          { host: '10.0.0.1', auth: { by: 'agent', socket: '/run/agent.sock' } },
          { host: 'b_1.corp', auth: { by: 'key', keyFile: '/home/me/my key', certificateFile: '/c.pub' } },
          { host: 'c', auth: { by: 'password' } },
          { host: 'd', auth: { by: 'keyboardInteractive' } },
        ],
        hostKeys: 'strict',
        backend: 'openssh',
        keepaliveS: 15,
      },
    ],
    [{ ...COMMAND, readyText: 'Forwarding from', allowed: 'a'.repeat(64) }],
  ])('is taken as it is: %j', (tunnel) => {
    const checked = checkProfile(profile(tunnel));
    expect(checked).toEqual({ profile: profile(tunnel) });
    expect(Value.Check(Profile, profile(tunnel))).toBe(true);
  });

  it('has numbers also as a form sends them, and a host without brackets', () => {
    const sent = { ...SSH, hops: [{ ...HOP, host: ' [::1] ', port: ' 22 ' }], keepaliveS: '30' };
    expect(checkProfile(profile(sent))).toEqual({
      profile: profile({ ...SSH, hops: [{ ...HOP, host: '::1', port: 22 }], keepaliveS: 30 }),
    });
  });

  const HOSTILE = [
    '-oProxyCommand=touch /tmp/x',
    '$(x)',
    'a$b',
    'a\\b',
    '`x`',
    'a;b',
    'a&b',
    'a|b',
    "a'b",
    'a"b',
  ];
  const MORE = [
    'a b',
    'a\tb',
    'a<b',
    'a(b',
    '%h',
    'a*',
    '!a',
    '{host}',
    'a\nb',
    'a\0b',
    'a\x1b[2Jb',
    'a\u202eb',
  ];

  it.each([...HOSTILE, ...MORE])(
    'a malicious file: %j as a hop’s host or user, which an option or a shell could be made of, is refused before anything is spawned',
    (name) => {
      for (const field of ['host', 'user']) {
        const [error, ...others] = ofHop({ [field]: name });
        expect(error).toMatch(new RegExp(`^tunnel\\.hops\\.0\\.${field} (tunnel\\.name|field\\.control)$`));
        expect(others).toEqual([]);
      }
    },
  );

  it.each([
    [{ host: '/run/sock' }, 'host tunnel.name'],
    [{ host: 'me@bastion' }, 'host host.user'],
    [{ host: 'bastion:22' }, 'host host.port'],
    [{ host: 'a,b' }, 'host host.list'],
    [{ host: '' }, 'host field.missing'],
    [{ port: 0 }, 'port port.range'],
    [{ auth: undefined }, 'auth field.missing'],
    [{ auth: { by: 'gssapi' } }, 'auth.by by.unknown'],
    [{ auth: { by: 'password', password: 'x' } }, 'auth.password field.unknown'],
    [{ auth: { by: 'key' } }, 'auth.keyFile field.missing'],
    [{ auth: { by: 'key', keyFile: 'id_ed25519' } }, 'auth.keyFile path.relative'],
    [{ auth: { by: 'key', keyFile: '/k%d' } }, 'auth.keyFile tunnel.path'],
    [{ auth: { by: 'key', keyFile: '/$' + '{HOME}/k' } }, 'auth.keyFile tunnel.path'],
    [{ auth: { by: 'key', keyFile: '/k', certificateFile: '/c"' } }, 'auth.certificateFile tunnel.path'],
    [{ auth: { by: 'agent', socket: 'agent' } }, 'auth.socket path.relative'],
    [{ auth: { by: 'agent', identity: 'MD5:aa' } }, 'auth.identity field.format'],
    [{ proxyCommand: 'x' }, 'proxyCommand field.unknown'],
  ] as const)('a hop is refused with %j at its field', (changes, error) => {
    expect(ofHop(changes)).toContain(`tunnel.hops.0.${error}`);
  });

  it('names the hop that is wrong', () => {
    expect(errorsOf(profile({ ...SSH, hops: [HOP, HOP, { ...HOP, host: '-x' }] }))).toEqual([
      'tunnel.hops.2.host tunnel.name',
    ]);
  });

  it.each([
    [{ ...SSH, hops: [] }, 'tunnel.hops field.missing'],
    [{ ...SSH, hops: Array(9).fill(HOP) }, 'tunnel.hops field.long'],
    [{ ...SSH, hostKeys: 'no' }, 'tunnel.hostKeys hostKeys.unknown'],
    [{ ...SSH, keepaliveS: 0 }, 'tunnel.keepaliveS field.range'],
    [{ ...SSH, backend: 'putty' }, 'tunnel.backend backend.unknown'],
    [{ ...SSH, backend: 'embedded' }, 'tunnel.backend tunnel.backend'],
    [{ by: 'vpn' }, 'tunnel.by by.unknown'],
    [{ ...COMMAND, argv: [] }, 'tunnel.argv field.missing'],
    [{ ...COMMAND, argv: ['-x', '{localPort}'] }, 'tunnel.argv tunnel.program'],
    [{ ...COMMAND, argv: ['kubectl'] }, 'tunnel.argv tunnel.localPort'],
    [{ ...COMMAND, argv: ['a', '{localPort}', 'b\nc'] }, 'tunnel.argv.2 field.control'],
    [{ ...COMMAND, allowed: 'yes' }, 'tunnel.allowed field.format'],
    ['ssh', 'tunnel field.type'],
  ] as const)('is refused as %j', (tunnel, error) => {
    expect(errorsOf(profile(tunnel))).toContain(error);
  });

  it('leads to one server’s address', () => {
    const mongo = (options: object) => ({ engine: 'mongodb', host: 'm', mongo: options });
    expect(errorsOf(profile(SSH, { host: '/var/run/postgresql' }))).toEqual(['target.host tunnel.socket']);
    expect(errorsOf(profile(SSH, mongo({ srv: true })))).toEqual(['target.host tunnel.oneServer']);
    expect(errorsOf(profile(COMMAND, mongo({ hosts: ['n'] })))).toEqual([
      'target.mongo.hosts tunnel.oneServer',
    ]);
    expect(errorsOf(profile(SSH, mongo({ directConnection: true })))).toEqual([]);
  });

  it('goes without host keys in development only', () => {
    const off = { ...SSH, hostKeys: 'off' };
    expect(errorsOf(profile(off))).toEqual([]);
    for (const environment of ['staging', 'production'])
      expect(errorsOf(profile(off, {}, environment))).toEqual(['tunnel.hostKeys tunnel.hostKeysOff']);
  });

  it('is refused and never thrown over, whatever comes', { tags: ['slow'] }, () => {
    const anywhere = fc.constantFrom(
      (value: unknown) => profile(value),
      (value: unknown) => profile({ ...SSH, hops: value }),
      (value: unknown) => profile({ ...SSH, hops: [value] }),
      (value: unknown) => profile({ ...SSH, hops: [{ ...HOP, auth: value }] }),
      (value: unknown) => profile({ ...COMMAND, argv: value }),
    );
    fc.assert(
      fc.property(anywhere, fc.anything({ withNullPrototype: true }), (made, value) => {
        const checked = checkProfile(made(value));
        if ('errors' in checked) expect(checked.errors.length).toBeGreaterThan(0);
        else expect(Value.Check(Profile, checked.profile)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
