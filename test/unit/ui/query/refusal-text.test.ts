import { describe, expect, it } from 'vitest';
import type { Judgement } from '../../../../src/events/judgement.ts';
import { judgedOffset, type RefusedWhere, refusalText } from '../../../../src/ui/query/refusal-text.ts';

describe('a refusal', () => {
  const judgement: Judgement = {
    verdict: 'write',
    dangers: [
      { kind: 'deleteAll', position: 11, reason: 'DELETE on t has no WHERE.' },
      { kind: 'drop', position: 31, reason: 'DROP TABLE removes t.' },
    ],
    reason: 'DELETE writes, at 11.',
    position: 11,
    statements: 2,
    shape: null,
    asks: [],
  };
  const where: RefusedWhere = {
    profileName: 'shop',
    environment: 'production',
    editable: true,
    flavour: 'PostgreSQL',
    judgement,
    variable: null,
    message: null,
  };

  it('of a read-only connection names what writes, where, and the switch', () => {
    expect(refusalText('readOnly.write', where)).toMatchObject({
      rule: 'Read-only connection',
      why: 'The statement writes: DELETE writes. Nothing was sent.',
      position: 11,
      act: { do: 'edit-connection', label: 'Edit the connection' },
    });
    // A connection of this run alone can't be edited.
    expect(refusalText('readOnly.write', { ...where, editable: false }).act).toBeNull();
    expect(refusalText('readOnly.notProvenRead', { ...where, judgement: null })).toMatchObject({
      why: 'The statement is not proven to read. Nothing was sent.',
      position: null,
    });
  });

  it('takes a reason that is no whole sentence into one', () => {
    const said = refusalText('readOnly.notProvenRead', {
      ...where,
      judgement: { ...judgement, reason: 'Is not valid PostgreSQL, at 5.' },
    });
    expect(said.why).toBe('The statement is not proven to read: is not valid PostgreSQL. Nothing was sent.');
  });

  it('of the policy tells every danger, and who set the policy', () => {
    const words = refusalText('policy.dangerous', where);
    expect(words).toMatchObject({ position: 11, act: { do: 'open-settings' } });
    expect(words.also).toEqual(['Drops. DROP TABLE removes t.']);
    const fixed = refusalText('policy.dangerous', { ...where, variable: 'QUERYTAPE_BLOCK' });
    expect(fixed.who).toContain('QUERYTAPE_BLOCK');
    expect(fixed.act).toBeNull();
  });

  it.each([
    ['confirmation.expired', 'run-again', 'shop was not typed within 2 minutes'],
    ['confirmation.invalid', 'run-again', 'not for this statement'],
    ['confirmation.name', undefined, 'not the connection’s name'],
    ['transaction.lost', 'rollback', 'lost with a transaction open'],
    ['capability.savepoints', undefined, 'PostgreSQL has no savepoints.'],
    ['capability.flying', undefined, 'PostgreSQL does not support that.'],
    ['tape.unavailable', undefined, 'recorded before they are sent'],
    ['vault.locked', 'unlock', 'locked'],
    ['something.new', undefined, 'Nothing was sent.'],
  ])('with the code %s offers %s and says why', (code, act, why) => {
    const words = refusalText(code, where);
    expect(words.act?.do).toBe(act);
    expect(words.why).toContain(why);
    expect(words.rule).not.toBe('');
  });

  it('prefers the program’s own words to ours', () => {
    expect(refusalText('capability.isolationLevels', { ...where, message: 'It has these: A.' }).why).toBe(
      'It has these: A.',
    );
  });

  it('is found in the editor where its statement stands', () => {
    const words = {
      queryId: 'q',
      text: 'delete from t',
      params: [],
      offset: 4,
      failure: null,
      judgement,
      challenge: null,
      notices: [],
    };
    expect(judgedOffset('-- a\ndelete from t', words, null, 8)).toBe(12);
    expect(judgedOffset('something else', words, null, 8)).toBeNull();
    expect(judgedOffset('delete from t', words, 0, null)).toBeNull();
  });
});
