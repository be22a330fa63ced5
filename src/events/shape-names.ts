import type { NameKind } from './bundle.ts';
import { MYSQL_RESERVED, SQL_RESERVED } from './engines/sql-reserved-words.ts';

/** A name in a statement's shape, and what it most likely names. */
interface ShapeName {
  readonly kind: NameKind;
  /** As it is written, without its quotes. */
  readonly name: string;
}

/**
 * Tokens of a shape, whose literals and comments are gone: quoted name, variable, word, or one other character. A word may begin with a
 * digit (MySQL) and have every character beyond ASCII (PostgreSQL) but the one that a shape has for what is left out (…).
 */
const TOKEN =
  /"(?:[^"]|"")*"|`(?:[^`]|``)*`|@@?[\p{L}\p{N}_$.]*|\$\d+|[\w\u0080-\u2025\u2027-\u{10ffff}][\w$\u0080-\u2025\u2027-\u{10ffff}]*|\s+|[\s\S]/gu;

/**
 * Words of SQL that are not reserved, of its types and of the engines' own functions. A word that is not among these and the reserved
 * ones is taken for a name. They are what no schema can be recognised by.
 */
const COMMON = new Set(
  `abs action age array_agg asc at autocommit avg bit_and bit_or bool bool_and bool_or boolean bytea cascaded ceil ceiling char_length
   coalesce column columns comment commit committed concat concat_ws conflict convert_tz copy count current curdate current_setting
   curtime cycle data date date_add date_format date_part date_sub date_trunc datetime day days deallocate decode dense_rank describe
   disable discard do duplicate enable encode escape exclude exec execute exists extension extract filter first float4 float8 floor
   following found_rows function functions gen_random_uuid generate_series global greatest group_concat hour hours identity ifnull
   immediate include increment instr int2 int4 int8 isolation json json_agg json_array json_build_object json_extract json_object
   jsonb jsonb_agg jsonb_build_object key language last last_insert_id least length level listen local locked lower ltrim
   materialized max md5 merge microsecond mid min minute minutes minvalue mode month months name next nextval no nothing notify now
   nowait nullif nulls of off oid only options ordinality over overriding owner page partition password percentile_cont plan
   pg_backend_pid pg_cancel_backend pg_sleep pg_terminate_backend position preceding prepare prepared process processlist quarter rand
   random range read recursive refresh regclass regexp_replace reindex repeatable reset restart return returns role rollback rollup
   round row_number rows rtrim savepoint search second seconds security sequence serial serializable session set sets setval share
   show simple skip sleep snapshot split_part start statement status stddev stdin stdout storage str_to_date strict string_agg
   substr substring sum sysdate tables temp temporary ties time timestamp timestampdiff timestamptz to_char to_date to_number
   to_timestamp transaction trim trunc truncate type unbounded uncommitted unix_timestamp unknown unlisten unlogged unnest until
   upper uuid vacuum valid validate value variable variables version view views volatile warnings week window within without work
   year years zone`.split(/\s+/),
);

/** Words before a table's name, a schema's, a database's and a user's. */
const BEFORE_TABLE = new Set(
  'from join into update table view only references truncate describe straight_join'.split(' '),
);
const BEFORE: Readonly<Record<string, NameKind>> = {
  schema: 'schemas',
  schemas: 'schemas',
  database: 'databases',
  use: 'databases',
  user: 'users',
  role: 'users',
  authorization: 'users',
};
/** Words that end a list of tables. */
const ENDS_TABLES = new Set(
  'select where set on group order having values value using returning limit union except intersect when then add drop'.split(
    ' ',
  ),
);

interface Token {
  readonly text: string;
  readonly isQuoted: boolean;
  readonly isWord: boolean;
}

function tokenOf(text: string): Token {
  const isQuoted = /^["`]/.test(text) && text.length > 1;
  return { text, isQuoted, isWord: /^[\w\u0080-\u2025\u2027-\u{10ffff}]/u.test(text) };
}

/**
 * Replaces the names in the shape of an SQL statement. Reads it token by token: what is not a word of SQL is a name, and what stands
 * before or after a dot is one whatever it is. What kind of name follows from where it stands; where that is not certain, a name
 * is a column's.
 *
 * @param replace what stands for a name
 */
export function replaceShapeNames(shape: string, replace: (name: ShapeName) => string): string {
  const tokens = [...shape.matchAll(TOKEN)].map(([text]) => tokenOf(text));
  const solid = tokens.filter(({ text }) => text.trim() !== '');
  const shown = new Map<Token, string>();
  const place = new Place();
  for (let at = 0; at < solid.length; at++) {
    const token = solid[at]!;
    const path = pathAt(solid, at);
    if (path.length > 0) {
      const kind = place.name();
      for (const [index, part] of path.entries())
        shown.set(part, shownAs(part, kindOf(kind, path.length - 1 - index), replace));
      at += 2 * (path.length - 1);
    } else {
      place.pass(token);
      if (/^@[^@]/.test(token.text))
        shown.set(token, `@${replace({ kind: 'columns', name: token.text.slice(1) })}`);
    }
  }
  return tokens.map((token) => shown.get(token) ?? token.text).join('');
}

/** Where in a statement the next token stands, as far as that says what a name names. */
class Place {
  /** For each open parenthesis, whether names are those of tables there. */
  private readonly levels = [false];
  private expected: NameKind | null = null;
  private before = '';

  /** The kind of a name that stands here. */
  name(): NameKind {
    const kind = this.expected ?? (this.levels.at(-1) ? 'tables' : 'columns');
    this.expected = null;
    this.before = '';
    return kind;
  }

  /** A token that is no name. */
  pass({ text, isWord }: Token): void {
    const word = text.toLowerCase();
    if (word === '(') this.levels.push(false);
    else if (word === ')' && this.levels.length > 1) this.levels.pop();
    else if (word === ';') this.levels.splice(0, this.levels.length, false);
    if (isWord) this.word(word);
    this.before = word;
  }

  private word(word: string): void {
    const isTable = BEFORE_TABLE.has(word) && !(word === 'from' && this.before === 'distinct');
    if (isTable) this.levels[this.levels.length - 1] = true;
    else if (ENDS_TABLES.has(word)) this.levels[this.levels.length - 1] = false;
    if (!['if', 'exists', 'not'].includes(word)) this.expected = BEFORE[word] ?? null;
  }
}

/** A name with its qualifiers that begins at `at`, without the dots; empty where none does. */
function pathAt(tokens: readonly Token[], at: number): Token[] {
  if (!isName(tokens, at)) return [];
  const path = [tokens[at]!];
  for (let next = at + 2; tokens[next - 1]?.text === '.'; next += 2) {
    const part = tokens[next];
    if (!part?.isWord && !part?.isQuoted) break;
    path.push(part);
  }
  return path;
}

function isName(tokens: readonly Token[], at: number): boolean {
  const { text, isQuoted, isWord } = tokens[at]!;
  // What a shape has for a name that may be a literal by mistake.
  if (isQuoted) return text !== '"?"';
  if (!isWord) return false;
  if (tokens[at + 1]?.text === '.') return true;
  // Digits alone name something after a dot only.
  if (/^\d+$/.test(text)) return false;
  const word = text.toLowerCase();
  return !SQL_RESERVED.has(word) && !MYSQL_RESERVED.has(word) && !COMMON.has(word);
}

/** The kind of a name's part, `above` dots away from its last one. */
function kindOf(last: NameKind, above: number): NameKind {
  const order: readonly NameKind[] = ['columns', 'tables', 'schemas', 'databases'];
  const place = order.indexOf(last);
  return place === -1 ? last : (order[place + above] ?? 'databases');
}

function shownAs({ text, isQuoted }: Token, kind: NameKind, replace: (name: ShapeName) => string): string {
  if (text === '"?"') return text;
  if (!isQuoted) return replace({ kind, name: text });
  const quote = text[0]!;
  const name = text.slice(1, -1).replaceAll(quote + quote, quote);
  return `${quote}${replace({ kind, name }).replaceAll(quote, quote + quote)}${quote}`;
}
