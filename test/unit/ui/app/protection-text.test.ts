import { describe, expect, it } from 'vitest';
import { descriptorOf } from '../../../../src/events/engines/index.ts';
import { ENVIRONMENTS } from '../../../../src/events/profile.ts';
import { type Protection, protectionText } from '../../../../src/ui/app/protection-text.ts';

const trusted: Protection = {
  engine: 'postgres',
  environment: 'production',
  readOnly: true,
  enforcement: 'server',
  canWrite: null,
  dangerous: 'confirm',
};

describe('the walls of a session', () => {
  it.each([
    [{}, 'read-only · enforced by server and classifier', 'well'],
    [{ canWrite: false }, 'read-only · enforced by role, server and classifier', 'well'],
    [{ enforcement: 'classifier' }, 'read-only · enforced by classifier only', 'waiting'],
    [{ enforcement: null }, 'read-only · enforced by classifier only', 'waiting'],
    [{ readOnly: false }, 'may write · dangerous statements confirmed', 'waiting'],
    [{ readOnly: false, environment: 'development' }, 'may write · dangerous statements confirmed', 'quiet'],
    [
      { readOnly: false, environment: 'development', dangerous: 'run' },
      'may write · no confirmation',
      'quiet',
    ],
    [{ readOnly: false, dangerous: 'block' }, 'may write · dangerous statements blocked', 'waiting'],
  ] as const)('%j is said as "%s"', (changes, badge, tone) => {
    expect(protectionText({ ...trusted, ...(changes as Partial<Protection>) })).toMatchObject({
      badge,
      tone,
    });
  });

  it('never says that the server keeps what it was not asked to keep', () => {
    for (const environment of ENVIRONMENTS) {
      const { walls } = protectionText({ ...trusted, environment, readOnly: false });
      expect(walls.find(({ name }) => name === 'Server')!.stands).toBe('no');
    }
  });

  it.each(['postgres', 'mysql', 'mariadb', 'mongodb'] as const)(
    'quotes the database in %s’s way of making a role',
    (engine) => {
      const { code } = descriptorOf(engine).readOnlyRole('a"b`c');
      const quoted = { postgres: '"a""b`c"', mysql: '`a"b``c`', mariadb: '`a"b``c`', mongodb: '"a\\"b`c"' }[
        engine
      ];
      expect(code).toContain(quoted);
    },
  );
});
