import { durationText } from '../events/duration-text.ts';
import type { Engine } from '../events/engines/engine-name.ts';
import type { BlockersAnswer } from '../events/lock-wait.ts';
import {
  blockersSentence,
  identityWords,
  LOCKS,
  processWords,
  stateWords,
} from '../events/lock-wait-sentence.ts';
import type { QueryView } from '../events/views/query-view.ts';
import { Client } from './client.ts';
import { findInstance } from './instance-file.ts';
import type { Options } from './options.ts';
import { print, printJson } from './output.ts';
import { dataPaths, defaultDataFolder } from './paths.ts';
import { terminalLine } from './terminal-text.ts';

/**
 * `querytape blockers`: who blocks a statement that the running Querytape of the data folder runs, by its server's word. Without an
 * id it lists the statements that run.
 *
 * @throws Error where no Querytape runs, for a statement that is not on a server, and with the words of a server that does not say
 */
export async function blockersCommand(options: Options, queryId: string | undefined): Promise<number> {
  const folder = options['data-dir'] ?? defaultDataFolder();
  const running = await findInstance(dataPaths(folder));
  if (!running)
    throw new Error(
      `No Querytape is running on ${folder}, so no statement can be asked about. Start it, or name its folder with --data-dir.`,
    );
  const client = new Client(running.url);
  return queryId === undefined ? list(client, options) : ask(client, queryId, folder, options);
}

async function ask(client: Client, queryId: string, folder: string, { json }: Options): Promise<number> {
  const { queries, sessions } = (await client.state()).state;
  const query = Object.hasOwn(queries, queryId) ? queries[queryId]! : null;
  if (query === null)
    throw new Error(`No statement ${queryId} is running. querytape blockers lists those that are.`);
  if (query.outcome !== null)
    throw new Error(
      `Statement ${queryId} has ended (${query.outcome}), so its server can’t be asked any more. What the tape says of it: querytape replay ${folder} explain ${queryId}`,
    );
  if (query.dispatchedAt === null)
    throw new Error(
      `Statement ${queryId} has not been sent to its server yet (${query.state}), so nothing there blocks it. Ask again once it has.`,
    );
  const { blockers } = await client.command({ type: 'query.blockers', queryId });
  await (json
    ? printJson({ queryId, ...blockers })
    : print(answerLines(blockers!, sessions[query.sessionId]?.engine)));
  return 0;
}

function answerLines(answer: BlockersAnswer, engine: Engine | undefined): string {
  const lines = [
    `When asked, ${blockersSentence(answer, engine)}`,
    answer.waitEvent && `The server’s word for it: ${answer.waitEvent}`,
    answer.note,
    ...answer.blockers.flatMap((one) => [
      `  ${processWords(one, engine)}, ${stateWords(one)}${one.waits ? ', waits for a lock itself' : ''}, blocks ${one.blocks.join(', ')}: ${LOCKS[one.lock]}`,
      identityWords(one) && `    ${identityWords(one)}`,
      one.text && `    ${one.text}`,
    ]),
    answer.isCut && 'There are more than are listed.',
  ];
  return lines.map((line) => (line ? `${terminalLine(line)}\n` : '')).join('');
}

/** The statements that run, oldest first. */
async function list(client: Client, { json }: Options): Promise<number> {
  const { profiles, state } = await client.state();
  const running = Object.values(state.queries).filter(({ outcome }) => outcome === null);
  for (const query of running) {
    const { queryId, sessionId, submittedAt, dispatchedAt, purpose, shape } = query;
    const profileId = state.sessions[sessionId]?.profileId;
    const profileName = profiles.find((one) => one.profileId === profileId)?.name ?? null;
    const record = { queryId, profileName, state: query.state, purpose, submittedAt, dispatchedAt, shape };
    await (json ? printJson(record) : print(statementLine(query, profileName)));
  }
  if (!json && running.length === 0) await print('No statement runs.\n');
  return 0;
}

/** `q-17  Shop  executing, submitted 12.0 s ago  update products set price = …` */
function statementLine(query: QueryView, profileName: string | null): string {
  const { queryId, state, submittedAt, shape } = query;
  const since = `${state}, submitted ${durationText(Date.now() - submittedAt)} ago`;
  const words = [queryId, profileName, since, shape].map((word) => (word ? terminalLine(word) : ''));
  return `${words.filter(Boolean).join('  ')}\n`;
}
