import { join } from 'node:path';
import type { VaultView } from '../events/config.ts';
import { lastAnswer, type OrphanConnection, orphanText, wayToKnow } from '../events/orphan-text.ts';
import type { Profile } from '../events/profile.ts';
import { type OrphanView, orphanAtStart } from '../events/views/orphan-view.ts';
import { apply, leftBehind } from '../events/views/state.ts';
import { livingOwner } from '../store/tape/lock.ts';
import { assertTape } from '../store/tape/segment.ts';
import { Vault } from '../store/vault/vault.ts';
import { readViewed } from './checked-tape.ts';
import { Client } from './client.ts';
import { findInstance, type Instance } from './instance-file.ts';
import type { Options } from './options.ts';
import { print, printJson } from './output.ts';
import { type DataPaths, dataPaths, defaultDataFolder } from './paths.ts';
import { terminalLine } from './terminal-text.ts';

/** What is listed, and what is known of its connections. */
interface Listed {
  readonly orphans: readonly OrphanView[];
  /** What its server last answered to an earlier run, in words with the time as `time` writes it; null for none. */
  answer(orphan: OrphanView, time: (at: number) => string): string | null;
  readonly profiles: readonly Profile[];
  /** Why a connection that is not among the profiles has no name. */
  readonly noName: Exclude<OrphanConnection, object>;
}

const NO_NAME = {
  absent: 'deleted',
  locked: 'vaultLocked',
  unlocked: 'deleted',
  unreadable: 'notRead',
} as const;

/**
 * `querytape orphans`: what a crash left behind, as the running Querytape of the data folder lists it, else by its tape alone. Asks no
 * server, unlocks no vault and writes nothing.
 */
export async function orphansCommand(options: Options): Promise<number> {
  const paths = dataPaths(options['data-dir'] ?? defaultDataFolder());
  const running = await findInstance(paths);
  const listed = running ? await ofInstance(running) : await ofTape(paths);
  for (const orphan of listed.orphans)
    await (options.json ? printJson(orphanRecord(orphan, listed)) : print(orphanLines(orphan, listed)));
  if (!options.json && listed.orphans.length === 0) await print('A crash left nothing behind.\n');
  return 0;
}

async function ofInstance(instance: Instance): Promise<Listed> {
  const client = new Client(instance.url);
  const { profiles, state } = await client.state();
  const vault = (await (await client.get('/api/vault')).json()) as VaultView;
  return {
    orphans: Object.values(state.orphans),
    // What it answered is its state, which is shown.
    answer: () => null,
    profiles,
    noName: NO_NAME[vault.state],
  };
}

async function ofTape({ folder, tape }: DataPaths): Promise<Listed> {
  await assertTape(tape, folder);
  // Looked at before the tape is read: a program that starts in between lists what the last one left itself.
  const owner = await livingOwner(join(tape, 'tape.lock'));
  const { state, records } = await readViewed(tape, Number.POSITIVE_INFINITY);
  let at = 0;
  for await (const envelopes of records)
    for (const envelope of envelopes) {
      apply(state, envelope);
      at = envelope.at;
    }
  const vault = await Vault.open({ folder });
  // A program that lives, though it does not answer, still has its connections.
  const left = owner === null ? leftBehind(state, at) : Object.values(state.orphans);
  const byId = new Map(left.map((orphan) => [orphan.orphanId, orphan]));
  return {
    orphans: left.flatMap((orphan) => orphanAtStart(orphan) ?? []),
    answer: ({ orphanId }, time) => lastAnswer(byId.get(orphanId)!, time),
    profiles: [],
    noName: vault.state === 'locked' ? 'vaultLocked' : 'notRead',
  };
}

function connectionOf({ profileId }: OrphanView, { profiles, noName }: Listed): OrphanConnection {
  return profiles.find((one) => one.profileId === profileId) ?? noName;
}

/** One line of `--json`: the view as `GET /api/state` gives it, and what is said of it. */
function orphanRecord(orphan: OrphanView, listed: Listed): Record<string, unknown> {
  const connection = connectionOf(orphan, listed);
  const { status, details } = orphanText(orphan, connection, isoTime);
  return {
    ...orphan,
    profileName: typeof connection === 'object' ? connection.name : null,
    noName: typeof connection === 'object' ? null : connection,
    status,
    lastAnswer: listed.answer(orphan, isoTime),
    details,
    hint: orphan.statement ? wayToKnow(orphan.statement) : null,
  };
}

/** An orphan as a terminal shows it: its connection and process, then a line for each thing that is known. */
function orphanLines(orphan: OrphanView, listed: Listed): string {
  const { engine, process, statement, leftAt } = orphan;
  const { connection, status, details } = orphanText(orphan, connectionOf(orphan, listed), localTime);
  const started = process.startedAt === '' ? '' : `, started ${process.startedAt}`;
  const answer = listed.answer(orphan, localTime);
  const hint = statement ? wayToKnow(statement) : null;
  return [
    `${connection} (${engine})`,
    `  Server process: ${process.processId}${started}`,
    statement
      ? `  Statement: ${statement.purpose}, ${statement.verdict ?? 'not classified'}, since ${localTime(statement.dispatchedAt ?? statement.submittedAt)}`
      : `  No statement was in flight. Left at ${localTime(leftAt)}.`,
    ...(statement?.shape ? [`  Shape: ${statement.shape}`] : []),
    `  ${status}`,
    ...(answer === null ? [] : [`  Last answer, ${answer}`]),
    ...details.map((detail) => `  ${detail}`),
    ...(hint === null || details.includes(hint) ? [] : [`  ${hint}`]),
  ]
    .map((line) => `${terminalLine(line)}\n`)
    .join('');
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}

/** By the local clock: `2026-11-28 14:03:11`. */
function localTime(at: number): string {
  return new Date(at).toLocaleString('sv');
}
