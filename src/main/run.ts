import { createInterface } from 'node:readline/promises';
import { EJSON_FORMS } from '../events/formats/documents.ts';
import { STATEMENT_TIMEOUT_MAX_MS } from '../events/limits.ts';
import type { Profile } from '../events/profile.ts';
import type { Client } from './client.ts';
import { unlockVault, withQuerytape } from './connect-or-start.ts';
import { InterruptedError, Interruption } from './interruption.ts';
import type { Options } from './options.ts';
import { OutputClosedError, outputClosed, say, saySome } from './output.ts';
import { ResultOutput, RUN_FORMATS } from './result-output.ts';
import { ScriptRun } from './script-run.ts';
import { readText, standardInput } from './standard-input.ts';
import { typedLine } from './typed-line.ts';
import { typedSecret } from './typed-secret.ts';
import { UsageError, wholeNumber } from './usage-error.ts';

/**
 * `querytape run`: one script through the same actors and tape, by the interfaces that the page uses: of the running
 * Querytape where there is one, else of one that lives as long as the script. Its session ends with this
 * process.
 */
export async function runCommand(options: Options, statement: string): Promise<number> {
  const name = options.profile;
  if (!name) throw new UsageError('run needs --profile NAME.');
  const format = RUN_FORMATS.find((one) => one === (options.format ?? 'table'));
  if (!format) throw new UsageError(`--format is one of ${RUN_FORMATS.join(', ')}.`);
  const ejson = EJSON_FORMS.find((one) => one === (options.ejson ?? 'relaxed'));
  if (!ejson) throw new UsageError(`--ejson is one of ${EJSON_FORMS.join(', ')}.`);
  const spreadsheet = options.spreadsheet ?? false;
  if (spreadsheet && format !== 'csv') throw new UsageError('--spreadsheet goes with --format csv.');
  const timeoutMs = wholeNumber('timeout', options.timeout, 0, STATEMENT_TIMEOUT_MAX_MS);
  const rowsMax = wholeNumber('limit', options.limit, 0);
  let script: ScriptRun | undefined;
  const interruption = new Interruption(() => script?.cancel() ?? false);
  const { signal } = interruption;
  const canAsk = statement !== '-' && process.stdin.isTTY && process.stderr.isTTY;
  try {
    const text = statement === '-' ? await readText(standardInput(), signal) : statement;
    return await withQuerytape(options, null, async (client) => {
      const profile = await findProfile(client, name);
      const { askPassword } = profile;
      const password = askPassword
        ? { password: await typedSecret(`Password of ${profile.name}`, 'QUERYTAPE_PASSWORD_FILE') }
        : {};
      signal.throwIfAborted();
      script = new ScriptRun({
        client,
        profile,
        output: new ResultOutput(client, format, { ejson, spreadsheet }),
        signal,
        confirmation: (question) =>
          options.confirm !== undefined
            ? Promise.resolve(options.confirm)
            : canAsk
              ? typedName(question, signal)
              : Promise.resolve(null),
      });
      const goOnAfterError = options['go-on'] ?? false;
      return script.run({ text, timeoutMs, rowsMax, goOnAfterError, fetchAll: true }, password);
    });
  } catch (error) {
    const { reason } = signal;
    if (!(reason instanceof InterruptedError) && !(error instanceof OutputClosedError)) throw error;
    // Any other reason is reported once the command has ended.
    if (outputClosed.reason instanceof OutputClosedError) say(outputClosed.reason.message);
    say(
      'The script did not run to its end. Its session is closed; what it had not committed is rolled back.',
    );
    return reason instanceof InterruptedError ? reason.exitCode : 1;
  }
}

/**
 * The profile of that name or id; a locked vault is unlocked for it, and stays so where the program goes on
 * running.
 */
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

/** What the user types to a question at the terminal; null for nothing. */
function typedName(question: string, signal: AbortSignal): Promise<string | null> {
  saySome(question);
  return typedLine(createInterface({ input: process.stdin, terminal: false }), signal);
}
