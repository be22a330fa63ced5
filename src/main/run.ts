import { once } from 'node:events';
import { text as readAll } from 'node:stream/consumers';
import { AFTER_CANCEL_WORDS, CUT_WORDS } from '../events/cut-words.ts';
import type { FailureText } from '../events/failure.ts';
import { failureLines } from '../events/failure-lines.ts';
import type { Profile } from '../events/profile.ts';
import { resultIdOf } from '../events/result.ts';
import type { QueryView } from '../events/views/query-view.ts';
import type { QueryText } from '../events/wire.ts';
import type { Client } from './client.ts';
import type { Options } from './options.ts';
import { unlockVault, withQuerytape } from './reach.ts';
import { printTable } from './table.ts';
import { typedSecret } from './typed-secret.ts';
import { UsageError, wholeNumber } from './usage-error.ts';

const FORMATS = ['table', 'csv', 'json', 'ndjson'];

/**
 * `querytape run`: one script through the same actors and tape, by the interfaces that the page uses: of the running
 * Querytape where there is one, else of one that lives as long as the script.
 */
export async function runCommand(options: Options, [statement, ...more]: string[]): Promise<number> {
  if (!options.profile) throw new UsageError('run needs --profile NAME.');
  if (statement === undefined || more.length > 0)
    throw new UsageError('run needs one STATEMENT, or - to read it.');
  const format = options.format ?? 'table';
  if (!FORMATS.includes(format)) throw new UsageError(`--format is one of ${FORMATS.join(', ')}.`);
  const timeoutMs = wholeNumber('timeout', options.timeout, 0);
  const rowsMax = wholeNumber('limit', options.limit, 0);
  const text = statement === '-' ? await readAll(process.stdin) : statement;
  const goOnAfterError = options['go-on'] ?? false;
  const { profile } = options;
  return withQuerytape(options, null, (client) =>
    runScript(client, profile, { text, timeoutMs, rowsMax, goOnAfterError, format }),
  );
}

interface Script {
  readonly text: string;
  readonly timeoutMs: number;
  readonly rowsMax: number;
  readonly goOnAfterError: boolean;
  readonly format: string;
}

async function runScript(client: Client, name: string, script: Script): Promise<number> {
  const { text, timeoutMs, rowsMax, goOnAfterError, format } = script;
  const profile = await findProfile(client, name);
  const { profileId, askPassword } = profile;
  const password = askPassword
    ? { password: await typedSecret(`Password of ${profile.name}`, 'QUERYTAPE_PASSWORD_FILE') }
    : {};
  const { sessionId } = await client.command({ type: 'session.open', profileId, ...password });
  try {
    const session = await client.until(({ sessions }) => {
      const found = sessions[sessionId!];
      return found && ['ready', 'failed', 'offline'].includes(found.state) ? found : undefined;
    });
    if (session.state !== 'ready') {
      const { failure } = (await (await client.get(`/api/sessions/${sessionId}`)).json()) as {
        failure: FailureText | null;
      };
      throw new Error(words(failure) || `${name} could not be opened.`);
    }
    const submitted = await client.command({
      type: 'query.submit',
      sessionId: sessionId!,
      tabId: 'run',
      text,
      timeoutMs,
      rowsMax,
      goOnAfterError,
      fetchAll: true,
    });
    let code = 0;
    let current: string | undefined;
    // The rest of the script ends with what is cancelled. The second Ctrl-C leaves at once.
    process.once('SIGINT', () => {
      if (current !== undefined) void client.command({ type: 'query.cancel', queryId: current });
    });
    for (const queryId of submitted.queryIds ?? []) {
      current = queryId;
      const query = await client.until(({ queries }) =>
        queries[queryId]?.outcome ? queries[queryId] : undefined,
      );
      await printResults(client, query, format);
      if (!(await printOutcome(client, query, rowsMax))) code = 1;
    }
    const { state } = await client.state();
    const left = Object.values(state.connections).some(
      (connection) => connection.sessionId === sessionId && connection.transaction !== 'none',
    );
    if (left) process.stderr.write(TRANSACTION_LEFT);
    return left ? 1 : code;
  } finally {
    await client
      .command({ type: 'session.close', sessionId: sessionId!, rollback: true })
      .catch(() => undefined);
  }
}

/** The profile of that name or id; a locked vault is unlocked for it, and stays so where the program goes on running. */
async function findProfile(client: Client, name: string): Promise<Profile> {
  const look = async (): Promise<Profile | undefined> =>
    (await client.state()).profiles.find((one) => one.name === name || one.profileId === name);
  const found = await look();
  if (found) return found;
  const unlocked = (await unlockVault(client)) ? await look() : undefined;
  if (unlocked) return unlocked;
  const known = (await client.state()).profiles.map((one) => one.name).join(', ');
  throw new Error(`There is no profile ${name}. There is: ${known || 'none'}.`);
}

const TRANSACTION_LEFT =
  'The script left a transaction open, and it is rolled back. End the script with COMMIT to keep its changes.\n';

async function printResults(client: Client, query: QueryView, format: string): Promise<void> {
  // How many there are is said at the end; one that failed on the way has its first.
  const count = Math.max(query.resultSets, query.columns > 0 ? 1 : 0);
  for (let place = 1; place <= count; place++) {
    const resultId = resultIdOf(query.queryId, place);
    if (format === 'table') {
      await printTable(client, resultId);
      continue;
    }
    const answer = await client.get(`/api/results/${resultId}/export?format=${format}`);
    for await (const chunk of answer.body ?? []) {
      if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
    }
  }
}

/**
 * Says on stderr how it ended. True when it succeeded and its rows are all there, or as many as were asked for: a result that was
 * cut otherwise is not what the script asked for.
 */
async function printOutcome(client: Client, query: QueryView, rowsMax: number): Promise<boolean> {
  const answer = await client.get(`/api/queries/${query.queryId}`);
  const { failure, notices } = (
    answer.ok ? await answer.json() : { failure: null, notices: [] }
  ) as QueryText;
  for (const notice of notices) process.stderr.write(`${words(notice)}\n`);
  const { cancel } = query;
  if (query.outcome === 'succeeded') {
    const rows = query.rowsAffected ?? query.rows;
    const missing = notAllRows(query);
    const done = `${query.command || 'done'} · ${rows} rows${missing && ` · ${missing}`}`;
    process.stderr.write(`${done} · server ${query.serverMs} ms\n`);
    return (
      missing === '' || (query.cut === 'rowLimit' && query.afterCancel === null && query.rowsMax === rowsMax)
    );
  }
  const confirmed =
    cancel?.confirmedAfterMs != null ? `, confirmed by the server in ${cancel.confirmedAfterMs} ms` : '';
  const reasons = failure ? `: ${words(failure)}` : '';
  const missing = query.cut !== null && query.rows > 0 ? ` · ${notAllRows(query)}` : '';
  process.stderr.write(`${query.outcome}${confirmed}${missing}${reasons}\n`);
  return false;
}

/** Why a statement did not do all of it, and why rows are missing; empty where that is not so. */
function notAllRows({ cut, afterCancel, rows, rowsMax }: QueryView): string {
  const limit = cut === 'rowLimit' ? ` of ${rowsMax}` : '';
  const why = cut === null ? [] : [`only ${rows} rows printed, ${CUT_WORDS[cut]}${limit}`];
  return [...(afterCancel === null ? [] : [AFTER_CANCEL_WORDS[afterCancel]]), ...why].join(' · ');
}

function words(failure: FailureText | null): string {
  if (!failure) return '';
  const { code, message, advice, severity } = failure;
  const said = [`${severity ?? 'ERROR'} ${code}: ${message}`, ...failureLines(failure), advice];
  return said.filter(Boolean).join('\n  ');
}
