import { Type } from '@sinclair/typebox';
import { PRODUCTS } from './engines/engine-name.ts';

/**
 * What a server says of itself and may stand on the tape, in closed shapes: a server that is not what it claims writes what it
 * likes, and the tape is evidence and leaves the machine. What does not fit is cut to the part that does, or left out.
 */

const NUMBER = String.raw`\d{1,4}(?:\.\d{1,5}){0,3}`;
const STAGE = String.raw`-?(?:devel|alpha|beta|rc)\d{0,3}`;
/** A server's version: `18.4`, `19beta2`, `10.11.6-MariaDB`, `7.0.5-rc1`; empty where it says none that is one. */
export const ServerVersion = Type.String({ pattern: `^(?:${NUMBER}(?:${STAGE})?(?:-MariaDB)?)?$` });
const AT_END = '(?![A-Za-z0-9])';
const A_VERSION = new RegExp(`^${NUMBER}(?!\\d)(?:${STAGE}${AT_END})?(?:-MariaDB${AT_END})?`);

/** The part of what a server calls its version that is one: packagers add words of their own. */
export function versionOf(said: string): string {
  return A_VERSION.exec(said)?.[0] ?? '';
}

const MOMENT = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z`;
/** A time in UTC (ISO 8601); empty where none is known. */
export const Moment = Type.String({ pattern: `^(?:${MOMENT})?$` });
const A_MOMENT = new RegExp(`^${MOMENT}$`);

/** A server's word for a time, if it is one. */
export function momentOf(said: string): string {
  return A_MOMENT.test(said) ? said : '';
}

/** A checksum of what a server is called by; empty where it does not say. */
export const ServerId = Type.String({ pattern: '^(?:[0-9a-f]{16})?$' });
const A_SERVER_ID = new RegExp(ServerId.pattern!);

/** A server's word for which one it is, if it is one. */
export function serverIdOf(said: string): string {
  return A_SERVER_ID.test(said) ? said : '';
}

const FLAVOURS = Object.values(PRODUCTS);
/** The product's own name. */
export const Flavour = Type.String({ pattern: `^(?:${FLAVOURS.join('|')})$` });

/**
 * Words that commands are called by: PostgreSQL's tags (cmdtaglist.h), the first words of MySQL's and MariaDB's statements, and
 * MongoDB's commands in capitals, `FIND AND MODIFY`.
 */
const COMMAND_WORDS = [
  ...'ABORT ACCESS AGGREGATE ALL ALTER ANALYZE AND AS AUTHORIZATION BACKUP BEGIN BINLOG BUILD BY CACHE CALL CASE CAST CHANGE CHECK'.split(
    ' ',
  ),
  ...'CHECKPOINT CHECKSUM CLASS CLONE CLOSE CLUSTER COLL COLLATION COLLECTION COLLECTIONS COMMENT COMMIT COMPACT CONFIGURATION'.split(
    ' ',
  ),
  ...'CONNECTION CONSTRAINT CONSTRAINTS CONVERSION CONVERT COPY COUNT CREATE CURRENT CURSOR DATA DATABASE DATABASES DB DEALLOCATE'.split(
    ' ',
  ),
  ...'DECLARE DEFAULT DELETE DESC DESCRIBE DICTIONARY DISCARD DISTINCT DO DOMAIN DROP ESTIMATED DOCUMENT DOCUMENTS EVENT EXECUTE'.split(
    ' ',
  ),
  ...'EXPLAIN EXTENSION FAMILY FETCH FIND FLUSH FOR FOREIGN FROM FUNCTION GET GRANT HANDLER HASH HELLO HELP HOST IF IMPORT IN INDEX'.split(
    ' ',
  ),
  ...'INDEXES INFO INSERT INSTALL INSTANCE IS JOB KEY KILL LABEL LANGUAGE LARGE LIST LISTEN LOAD LOCK LOG LOGIN LOOP MANY MAPPING MASTER'.split(
    ' ',
  ),
  ...'MATERIALIZED MERGE METHOD MOD MODIFY MORE MOVE NO NOTIFY OBJECT ONE OP OPERATOR OPTIMIZE OWNED PACKAGE PARAMETER PARSER PING'.split(
    ' ',
  ),
  ...'PLANS POLICY PREPARE PREPARED PRIVILEGES PROCEDURE PROFILE PUBLICATION PURGE REASSIGN REFRESH REINDEX RELEASE RENAME REPAIR'.split(
    ' ',
  ),
  ...'REPEAT REPLACE RESET RESIGNAL RESTART REVOKE ROLE ROLES ROLLBACK ROUTINE RULE SAVEPOINT SCHEMA SEARCH SECURITY SELECT SEQUENCE'.split(
    ' ',
  ),
  ...'SEQUENCES SERVER SET SHARE SHOW SHUTDOWN SIGNAL SIZE START STATISTICS STATS STATUS STOP SUBSCRIPTION SYSTEM TABLE TABLESPACE'.split(
    ' ',
  ),
  ...'TEMP TEMPLATE TEXT TO TRANSACTION TRANSFORM TRIGGER TRUNCATE TYPE UNINSTALL UNLISTEN UNLOCK UPDATE USE USER USERS VACUUM VALIDATE'.split(
    ' ',
  ),
  ...'VALUES VIEW WHILE WITH WRAPPER WRITE XA BULK OPTS CMD LINE ISDBGRID BUILDINFO DBSTATS COLLSTATS DATASIZE ISMASTER'.split(
    ' ',
  ),
];
const COMMAND_WORDS_MAX = 5;
const COMMAND_WORD = `(?:${COMMAND_WORDS.join('|')})`;
/** What a statement did, in one to five words: `SELECT`, `CREATE TABLE`; empty where no name of it is known. */
export const CommandWords = Type.String({
  pattern: `^(?:${COMMAND_WORD}(?: ${COMMAND_WORD}){0,${COMMAND_WORDS_MAX - 1}})?$`,
});
const KNOWN_WORDS: ReadonlySet<string> = new Set(COMMAND_WORDS);

/** A command's name, if it is one that is known; else empty. */
export function commandWords(said: string): string {
  const words = said.split(' ', COMMAND_WORDS_MAX + 1);
  return words.length <= COMMAND_WORDS_MAX && words.every((word) => KNOWN_WORDS.has(word)) ? said : '';
}

/** An SQLSTATE or an error's number. */
const SERVER_CODE = '[0-9A-Z]{5}|[0-9]{1,10}';
/** One of ours: `queue.full`. Drivers give them for what a server said in other words too. */
const OWN_CODE = String.raw`[a-z][A-Za-z]*(?:\.[a-z][A-Za-z0-9]*){1,3}|unknown`;
/** One of the system, Node or OpenSSL: `ECONNREFUSED`, `CERT_HAS_EXPIRED`. */
const SYSTEM_CODE = '[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*';
const CODE_UNITS_MAX = 48;
/** The code of a failure: an SQLSTATE, a number, the system's word or one of ours; `unknown` for anything else. */
export const FailureCode = Type.String({
  pattern: `^(?:${SERVER_CODE}|${OWN_CODE}|${SYSTEM_CODE})$`,
  maxLength: CODE_UNITS_MAX,
});
const FROM_SERVER = new RegExp(`^(?:${SERVER_CODE}|${OWN_CODE})$`);
const FROM_HERE = new RegExp(FailureCode.pattern!);

/** The code of a failure, if who said it can have said that; else `unknown`. */
export function failureCode(code: string, source: 'server' | 'connection' | 'client'): string {
  const isKnown = (source === 'server' ? FROM_SERVER : FROM_HERE).test(code) && code.length <= CODE_UNITS_MAX;
  return isKnown ? code : 'unknown';
}
