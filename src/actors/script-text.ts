import type { Driver } from '../drivers/driver.ts';
import type { Engine } from '../events/engines/engine-name.ts';
import type { LexicalFacts } from '../events/lexical-facts.ts';
import { readScript } from '../events/statements.ts';
import { SCRIPT_STATEMENTS_MAX, STATEMENT_BYTES_MAX } from './limits.ts';
import { Refused } from './refused.ts';
import type { Kept } from './side-store.ts';

/** A statement of a text, with what is sent beside it. */
export type ScriptStatement = Pick<Kept, 'text' | 'params' | 'offset' | 'copyData' | 'mode'>;

/**
 * The statements of a text, read under the facts of the connection that is to run them. Everything that is certain is said here,
 * before anything is sent: a script whose third statement can never run does not run its first.
 * @throws Refused for a text that can't be sent, or holds none, too many, or one that can't run, with its line and column
 */
export function statementsOf(
  engine: Engine,
  text: string,
  facts: LexicalFacts,
  driver?: Driver,
): ScriptStatement[] {
  if (Buffer.byteLength(text) > STATEMENT_BYTES_MAX)
    throw new Refused(
      'statement.tooLong',
      `A text may have ${STATEMENT_BYTES_MAX} bytes. Use the server's own client to load files.`,
    );
  if (text.includes('\0'))
    throw new Refused('statement.nul', 'The text holds a NUL character, which no server takes. Remove it.');
  const { statements, faults } = readScript(engine, text, facts);
  const [fault] = [...faults].sort((a, b) => a.at - b.at);
  if (fault) throw new Refused(fault.code, `${placed(text, fault.at, fault.message)} ${NOTHING_RAN}`);
  if (statements.length === 0) throw new Refused('statement.empty', 'There is no statement in the text.');
  if (statements.length > SCRIPT_STATEMENTS_MAX)
    throw new Refused(
      'script.tooLong',
      `A script may have ${SCRIPT_STATEMENTS_MAX} statements; this one has ${statements.length}. Split it.`,
    );
  const isScript = statements.length > 1;
  return statements.map(({ start, end, data, mode }) => {
    const statement = text.slice(start, end);
    const refusal = isScript ? driver?.refusal?.(statement) : null;
    if (refusal)
      throw new Refused(
        'script.cannotRun',
        `${placed(text, start + refusal.at, refusal.message)} ${NOTHING_RAN}`,
      );
    return {
      text: statement,
      params: [],
      offset: start,
      ...(data ? { copyData: text.slice(data.start, data.end) } : {}),
      ...(isScript && mode !== undefined ? { mode } : {}),
    };
  });
}

const NOTHING_RAN = 'Nothing was run.';

function placed(text: string, at: number, message: string): string {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  return `Line ${line}, column ${at - before.lastIndexOf('\n')}: ${message}`;
}
