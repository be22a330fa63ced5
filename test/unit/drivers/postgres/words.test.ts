import { describe, expect, it } from 'vitest';
import { DriverError } from '../../../../src/drivers/driver.ts';
import { ADVICE, STOPPED_ADVICE } from '../../../../src/drivers/postgres/advice.ts';
import { literal } from '../../../../src/drivers/postgres/catalogue.ts';
import { commandTag } from '../../../../src/drivers/postgres/command-tags.ts';
import { copyRow } from '../../../../src/drivers/postgres/copy.ts';
import { failureOf, serverFailure } from '../../../../src/drivers/postgres/failure.ts';
import { typeText } from '../../../../src/drivers/postgres/types.ts';
import { postgresRows } from '../../../../src/events/engines/postgres-rows.ts';

describe('a command tag', () => {
  it.each([
    ['INSERT 0 5', false, 'INSERT', 5],
    ['UPDATE 3', true, 'UPDATE', 3],
    ['SELECT 3', true, 'SELECT', null],
    ['SELECT 3', false, 'SELECT', 3],
    ['COPY 7', false, 'COPY', 7],
    ['COPY 7', true, 'COPY', null],
    ['CREATE TABLE', false, 'CREATE TABLE', null],
    ['REFRESH MATERIALIZED VIEW', false, 'REFRESH MATERIALIZED VIEW', null],
    ['DELETE 12345678901', false, 'DELETE', 12345678901],
    ['', false, '', null],
    ['odd_tag', false, '', null],
  ])('%j (columns: %s) is %j and %j rows', (tag, hasColumns, command, rowsAffected) => {
    expect(commandTag(tag, hasColumns)).toEqual({ command, rowsAffected });
  });

  it.each([
    ['MY SECRET IS HUNTER TWO', ''],
    ['UPDATE hunter2', ''],
    ['SELECT\nHUNTER', ''],
    ['DROP OWNED BY HUNTER', ''],
    [`UPDATE ${'9'.repeat(400)}`, 'UPDATE'],
  ])(
    'a hostile server: the command tag %j leaves no free text and no untrue number for the tape',
    (tag, command) => {
      expect(commandTag(tag, false)).toEqual({ command, rowsAffected: null });
    },
  );
});

describe('a failure', () => {
  it('has the server’s words, and advice by its code', () => {
    const said = { code: '42703', message: 'no', detail: 'd', hint: 'h', severity: 'ERROR', position: '12' };
    expect(serverFailure(said)).toEqual({ ...said, position: 12, source: 'server' });
    expect(serverFailure({ code: '53300' }).advice).toBe(ADVICE['53300']);
  });

  it('of a state that a statement needs gets no advice about connections, which is for a database that takes none', () => {
    const ofDatabase = {
      message: 'database "template0" is not currently accepting connections',
      file: 'postinit.c',
    };
    expect(serverFailure({ code: '55000', ...ofDatabase }).advice).toBe(ADVICE['55000']);
    const ofSequence = {
      message: 'currval of sequence "s" is not yet defined in this session',
      file: 'sequence.c',
    };
    expect(serverFailure({ code: '55000', ...ofSequence })).not.toHaveProperty('advice');
  });

  it('of a pooler gets no advice about placeholders, which is for the server’s 08P01', () => {
    const ofServer = { message: 'bind message supplies 0 parameters', file: 'postgres.c' };
    expect(serverFailure({ code: '08P01', ...ofServer }).advice).toBe(ADVICE['08P01']);
    expect(serverFailure({ code: '08P01', message: 'query_wait_timeout' }).advice).toBe(
      ADVICE['pooler.ended'],
    );
    const ofMode = { message: 'transaction blocks not allowed in statement pooling mode' };
    expect(serverFailure({ code: '08P01', ...ofMode }).advice).toBe(ADVICE['pooler.statementMode']);
  });

  it.each([
    ['Peer', 'hba.peer'],
    ['Ident', 'hba.ident'],
    ['certificate', 'hba.certificate'],
    ['GSSAPI', '28000'],
  ])('of a sign-in by the method %s has the advice %s', (method, advice) => {
    const message = `${method} authentication failed for user "u"`;
    expect(serverFailure({ code: '28000', message }).advice).toBe(ADVICE[advice]);
  });

  it.each([
    ['40001', 'postgres.c', true],
    ['40P01', 'standby.c', true],
    ['40001', 'predicate.c', false],
    ['40P01', 'deadlock.c', false],
    ['42601', 'postgres.c', false],
  ])('of %s by %s is a conflict with the recovery of a standby: %s', (code, file, isOfRecovery) => {
    const { stoppedBy, advice } = serverFailure({ code, file, message: 'in the language of the server' });
    expect(stoppedBy === 'recovery').toBe(isOfRecovery);
    expect(advice === STOPPED_ADVICE.recovery).toBe(isOfRecovery);
  });

  it.each([
    ['statement timeout', STOPPED_ADVICE.limit, /statement_timeout/],
    ['user request', undefined, undefined],
  ])('of a statement that a %s stopped has the advice for that', (reason, expected, names) => {
    const { advice } = serverFailure({ code: '57014', message: `canceling statement due to ${reason}` });
    expect(advice).toBe(expected);
    if (names) expect(advice).toMatch(names);
  });

  it.each([
    ['28P01', /password has expired/],
    ['25006', /default_transaction_read_only/],
  ])('of %s says what else the code may mean', (code, cause) =>
    expect(serverFailure({ code }).advice).toMatch(cause),
  );

  it.each(['hunter2', 'HUNTER2', '42p01', '42P0', '42703\n', 'my secret'])(
    'a hostile server: the SQLSTATE %j is none, and is not put on the tape',
    (code) => expect(serverFailure({ code }).code).toBe('unknown'),
  );

  it.each(['-1', '0', '1e9', '12.5', 'hunter2', '99999999999', ''])(
    'a hostile server: the position %j is none',
    (position) => {
      const failure = serverFailure({ code: '42703', position, internalPosition: position });
      expect(failure).not.toHaveProperty('position');
      expect(failure).not.toHaveProperty('internalPosition');
    },
  );

  it('has a code that the vocabulary takes, whatever OpenSSL says', () => {
    const error = Object.assign(new Error('x'), { code: 'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE' });
    expect(failureOf(error).code).toBe('ERR_SSL_SSL_TLS_ALERT_BAD_CERTIFICATE');
    expect(failureOf(Object.assign(new Error('x'), { code: '' })).code).toBe('unknown');
  });

  it('of a name with several addresses is that of the first', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED ::1'), { code: 'ECONNREFUSED' });
    expect(failureOf(new AggregateError([refused]))).toMatchObject({
      code: 'ECONNREFUSED',
      message: refused.message,
    });
  });

  it('that is one already stays as it is', () => {
    const failure = { code: 'tls.file', source: 'client', message: 'm' } as const;
    expect(failureOf(new DriverError(failure))).toBe(failure);
  });

  it('of a connection that was closed without a reason advises a look at what lies between', () => {
    expect(failureOf(new Error('Connection terminated unexpectedly')).advice).toMatch(/proxy .* time limit/);
  });

  it('has advice that is a sentence', () => {
    for (const advice of [...Object.values(ADVICE), ...Object.values(STOPPED_ADVICE)])
      expect(advice).toMatch(/^[A-Z][^\n]*\.$/);
  });
});

describe('a literal', () => {
  it.each([
    ["it's", " E'it''s'"],
    ['a\\b', " E'a\\\\b'"],
    ["\\'", " E'\\\\'''"],
    ['plain', " E'plain'"],
  ])('of %j is %j', (text, expected) => expect(literal(text)).toBe(expected));
});

describe('a type', () => {
  it.each([
    ['numeric', 655366, 'numeric(10,2)'],
    ['numeric', -1, 'numeric'],
    ['character', -1, 'bpchar'],
    ['character', 7, 'character(3)'],
    ['bit', -1, '"bit"'],
    ['timestamp with time zone[]', 3, 'timestamp(3) with time zone[]'],
    ['interval', 470286339, 'interval day to second(3)'],
    ['geometry', 1107460, 'geometry'],
  ])('%s with modifier %i is %s', (name, modifier, expected) =>
    expect(typeText(name, modifier)).toBe(expected),
  );
});

describe('a line of COPY', () => {
  it('is a row that the codec reads', () => {
    const read = (row: Buffer) => [postgresRows.rowLength(row, 0), postgresRows.cells(row, 0, [])];
    expect(read(copyRow(Buffer.from('a\tb\n'), false))).toEqual([14, ['a\tb']]);
    expect(read(copyRow(Buffer.from(''), false))).toEqual([11, ['']]);
    expect(read(copyRow(Buffer.from([0, 255]), true))).toEqual([17, ['\\x00ff']]);
  });
});
