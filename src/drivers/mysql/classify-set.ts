import { type Gate, judgeQuery, placeOf } from './classify-gate.ts';
import type { Token } from './classify-lexer.ts';
import { depthsOf } from './classify-split.ts';

const SAFEGUARDS: ReadonlySet<string> = new Set(
  `FOREIGN_KEY_CHECKS UNIQUE_CHECKS CHECK_CONSTRAINT_CHECKS SQL_SAFE_UPDATES SQL_LOG_BIN TX_READ_ONLY
   TRANSACTION_READ_ONLY READ_ONLY SUPER_READ_ONLY`.split(/\s+/),
);

/** Variables that may be set for one statement without changing what it does (MariaDB, SET STATEMENT). */
const HARMLESS: ReadonlySet<string> = new Set(
  `MAX_STATEMENT_TIME LOCK_WAIT_TIMEOUT SORT_BUFFER_SIZE JOIN_BUFFER_SIZE READ_BUFFER_SIZE READ_RND_BUFFER_SIZE
   TMP_TABLE_SIZE TMP_MEMORY_TABLE_SIZE MAX_HEAP_TABLE_SIZE OPTIMIZER_SWITCH OPTIMIZER_SEARCH_DEPTH
   GROUP_CONCAT_MAX_LEN LONG_QUERY_TIME SLOW_QUERY_LOG`.split(/\s+/),
);

/** SET in all its forms. `inner` judges the statement of `SET STATEMENT … FOR`. */
export function judgeSet(inner: (gate: Gate, tokens: readonly Token[]) => void) {
  return (gate: Gate, tokens: readonly Token[]): void => {
    const { findings } = gate;
    const place = placeOf(tokens[0]!);
    const next = tokens[1]?.is ?? '';
    if (next === 'STATEMENT') {
      judgeForStatement(gate, tokens, inner);
      return;
    }
    // Here `:=` is another word for `=`, which everything of SET does anyway.
    const assignments = tokens.slice(1).map((token) => (token.is === ':=' ? { ...token, is: '=' } : token));
    judgeQuery(gate, assignments);
    if (next === 'PASSWORD' || (next === 'DEFAULT' && tokens[2]?.is === 'ROLE')) {
      findings.raise('ddl', place, 'SET changes an account');
      findings.danger('grant', place, 'SET changes an account.');
      return;
    }
    if (next === 'RESOURCE') {
      findings.raise('admin', place, 'SET RESOURCE GROUP changes the server');
      return;
    }
    findings.raise('session', place, 'SET changes the state of the session');
    for (const name of assigned(tokens.slice(1))) judgeVariable(gate, name);
  };
}

/** The first token of each assignment: `GLOBAL`, `@@global`, `@x` or a variable's name. */
function assigned(tokens: readonly Token[]): { token: Token; after: Token | undefined }[] {
  const depths = depthsOf(tokens);
  return tokens
    .map((token, index) => ({ token, index }))
    .filter(({ index }) => index === 0 || (tokens[index - 1]?.is === ',' && depths[index] === 0))
    .map(({ token, index }) => {
      const scoped = /^(?:@@)?(?:GLOBAL|SESSION|LOCAL|PERSIST|PERSIST_ONLY)$/i.test(token.text);
      const dotted = tokens[index + 1]?.is === '.';
      return { token, after: scoped ? tokens[index + (dotted ? 2 : 1)] : undefined };
    });
}

function judgeVariable({ findings }: Gate, { token, after }: ReturnType<typeof assigned>[number]): void {
  const scope = token.text.toUpperCase().replace(/^@@/, '');
  if (/^(GLOBAL|PERSIST|PERSIST_ONLY)$/.test(scope)) {
    findings.raise('admin', placeOf(token), `SET ${scope} changes the server`);
    findings.danger('admin', placeOf(token), `SET ${scope} changes the server for all.`);
  }
  const named = after ?? token;
  const name = named.text.toUpperCase().replace(/^@@/, '').replaceAll('`', '');
  if (SAFEGUARDS.has(name))
    findings.danger('settings', placeOf(named), `The safeguard ${name.toLowerCase()} is set.`);
}

function judgeForStatement(
  gate: Gate,
  tokens: readonly Token[],
  inner: (gate: Gate, tokens: readonly Token[]) => void,
): void {
  const depths = depthsOf(tokens);
  const at = tokens.findIndex(({ is }, index) => is === 'FOR' && depths[index] === 0);
  if (at < 0) {
    gate.findings.raise('unknown', placeOf(tokens[0]!), 'SET STATEMENT without a statement');
    return;
  }
  const settings = tokens.slice(2, at);
  judgeQuery(gate, settings);
  for (const name of assigned(settings)) {
    judgeVariable(gate, name);
    const variable = (name.after ?? name.token).text.toUpperCase().replace(/^@@/, '');
    if (!HARMLESS.has(variable))
      gate.findings.raise(
        'session',
        placeOf(name.token),
        `Changes ${variable.toLowerCase()} for the statement`,
      );
  }
  inner(gate, tokens.slice(at + 1));
}
