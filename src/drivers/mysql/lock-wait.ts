import type { ServerProcess } from '../../events/connection.ts';
import { SHOWN_TEXT_UNITS_MAX } from '../../events/limits.ts';
import type { LockKind, SeenBlocker, SeenWait } from '../../events/lock-wait.ts';
import type { Target } from '../../events/profile.ts';
import { DriverError, type SideOptions } from '../driver.ts';
import { LOCK_PAIRS_MAX } from '../limits.ts';
import {
  durationOf,
  type LinkedBlocker,
  lockChain,
  locksHidden,
  processGone,
  WAITS_FOR_NOTHING,
} from '../lock-chain.ts';
import { type Client, readText } from './client.ts';
import { isServerError } from './failure.ts';
import { IDLE } from './kill-connection.ts';
import { holderEdges, MDL_HOLDERS, MDL_PAIRS, pairEdges, type ThreadEdge } from './metadata-locks.ts';
import { onSide } from './process.ts';

/** MySQL manual, "The data_lock_waits Table". Wants SELECT on performance_schema. */
const MYSQL_ROWS = `SELECT r.PROCESSLIST_ID, b.PROCESSLIST_ID, l.LOCK_TYPE, NULL
  FROM performance_schema.data_lock_waits w
  JOIN performance_schema.threads r ON r.THREAD_ID = w.REQUESTING_THREAD_ID
  JOIN performance_schema.threads b ON b.THREAD_ID = w.BLOCKING_THREAD_ID
  JOIN performance_schema.data_locks l ON l.ENGINE_LOCK_ID = w.REQUESTING_ENGINE_LOCK_ID LIMIT ${LOCK_PAIRS_MAX}`;
/** MariaDB documentation, "Information Schema INNODB_LOCK_WAITS Table". Wants PROCESS. */
const MARIADB_ROWS = `SELECT r.trx_mysql_thread_id, b.trx_mysql_thread_id, l.lock_type,
  TIMESTAMPDIFF(MICROSECOND, r.trx_wait_started, NOW(6)) / 1000
  FROM information_schema.INNODB_LOCK_WAITS w
  JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id
  JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id
  JOIN information_schema.INNODB_LOCKS l ON l.lock_id = w.requested_lock_id LIMIT ${LOCK_PAIRS_MAX}`;
const LIST = (ids: readonly number[]): string => `SELECT ID, USER, HOST, COMMAND, TIME * 1000,
  LEFT(INFO, ${SHOWN_TEXT_UNITS_MAX}) FROM information_schema.PROCESSLIST WHERE ID IN (${ids.join(',')})`;
const SERVER = `SELECT VERSION(), @@performance_schema, CONNECTION_ID()`;

/** States of the list in which a statement waits for a lock that InnoDB has nothing to do with (MySQL manual, "General Thread States"). */
const METADATA_STATE = /^Waiting for .*lock$|^User lock$/i;

/** Who blocks what a connection runs, asked by another in a read-only transaction. @throws DriverError */
export function threadLockWait(
  target: Target,
  process: ServerProcess,
  options: SideOptions,
): Promise<SeenWait> {
  return onSide(target, process, options, async (row, side) => {
    if (!row) throw processGone();
    const [command, , , state] = row;
    if (command === IDLE) return WAITS_FOR_NOTHING;
    await readText(side, 'START TRANSACTION READ ONLY');
    const [server] = await readText(side, SERVER);
    const isMariadb = /mariadb/i.test(server?.[0] ?? '');
    const hasSchema = server?.[1] === '1';
    const rows = await rowEdges(side, isMariadb, hasSchema);
    const isMetadata = METADATA_STATE.test(state ?? '');
    const others = [process.processId, Number(server?.[2])];
    const metadata = isMetadata ? await metadataEdges(side, isMariadb, hasSchema, others) : NO_EDGES;
    const edges = [...rows.edges, ...metadata.edges];
    const { blockers, isCut } = await lockChain(process.processId, (ids) =>
      edges.filter(({ waiter }) => ids.includes(waiter)),
    );
    const own = edges.find(({ waiter }) => waiter === process.processId);
    const { waitedMs = null } = own ?? {};
    if (!own && !isMetadata) return { ...WAITS_FOR_NOTHING, waitEvent: state ?? '' };
    const shown = await listed(side, blockers);
    const hides = blockers.some(({ processId }) => !shown.has(processId));
    return {
      waits: 'lock',
      lock: own?.lock ?? 'metadata',
      waitedMs,
      waitEvent: state ?? '',
      blockers: blockers.map((one) => seen(one, shown.get(one.processId), edges)),
      isCut,
      note: [
        own ? '' : metadata.note,
        hides ? 'This role may not see what other users run. One with the PROCESS privilege may.' : '',
      ]
        .filter(Boolean)
        .join(' '),
    };
  });
}

/** What some tables say of waits, and why they say nothing. */
interface Edges {
  readonly edges: readonly ThreadEdge[];
  readonly note: string;
}

const NO_EDGES: Edges = { edges: [], note: '' };
/** "Unknown table in information_schema", "Table doesn't exist". */
const NO_TABLE: ReadonlySet<string> = new Set(['1109', '1146']);
/** ER_TABLEACCESS_DENIED, ER_SPECIFIC_ACCESS_DENIED, ER_DBACCESS_DENIED, ER_ACCESS_DENIED */
const DENIED: ReadonlySet<string> = new Set(['1142', '1227', '1044', '1045']);

/** Waits for rows and tables of InnoDB. */
async function rowEdges(side: Client, isMariadb: boolean, hasSchema: boolean): Promise<Edges> {
  if (!isMariadb && !hasSchema) return NO_EDGES;
  const pairs = await permitted(
    () => readText(side, isMariadb ? MARIADB_ROWS : MYSQL_ROWS),
    isMariadb
      ? 'Grant it PROCESS: GRANT PROCESS ON *.* TO the role.'
      : 'Grant it SELECT on performance_schema.*.',
  );
  const edges = pairs.map(([waiter, blocker, type, waited]) => ({
    waiter: Number(waiter),
    blocker: Number(blocker),
    lock: (type === 'TABLE' ? 'table' : 'row') as LockKind,
    waitedMs: durationOf(waited),
    byTransaction: true,
  }));
  return { edges, note: '' };
}

/** Waits for definitions of tables and for named locks. `others` are the one that waits and the one that asks. */
async function metadataEdges(
  side: Client,
  isMariadb: boolean,
  hasSchema: boolean,
  others: readonly number[],
): Promise<Edges> {
  if (hasSchema) {
    const advice = 'Grant it SELECT on performance_schema.*.';
    const pairs = await permitted(() => readText(side, MDL_PAIRS), advice);
    if (pairs.length > 0) return { edges: pairEdges(pairs), note: '' };
  }
  if (!isMariadb) return { edges: [], note: 'The server’s performance_schema does not list this lock.' };
  try {
    const holders = await readText(side, MDL_HOLDERS);
    const [waiter] = others;
    const ids = holders.map(([id]) => Number(id)).filter((id) => !others.includes(id));
    return holderEdges(waiter!, ids);
  } catch (error) {
    if (!isServerError(error) || !NO_TABLE.has(error.failure.code)) throw error;
    const note =
      'MariaDB does not say who holds this lock. With its plug-in metadata_lock_info (INSTALL SONAME "metadata_lock_info") or performance_schema it does.';
    return { edges: [], note };
  }
}

/** @throws DriverError `locks.hidden` where the role may not read those tables */
async function permitted<T>(read: () => Promise<T>, advice: string): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DriverError && DENIED.has(error.failure.code))
      throw locksHidden(`The server refused: ${error.failure.message}`, advice);
    throw error;
  }
}

type Row = readonly (string | null)[];

async function listed(side: Client, blockers: readonly LinkedBlocker[]): Promise<Map<number, Row>> {
  if (blockers.length === 0) return new Map();
  const rows = await readText(side, LIST(blockers.map(({ processId }) => processId)));
  return new Map(rows.map((row) => [Number(row[0]), row]));
}

function seen(one: LinkedBlocker, row: Row | undefined, edges: readonly ThreadEdge[]): SeenBlocker {
  const [, user, client, command, ms, text] = row ?? [];
  const holds = edges.some(({ blocker, byTransaction }) => blocker === one.processId && byTransaction);
  const idle = holds ? 'inTransaction' : 'idle';
  return {
    ...one,
    state: row === undefined ? 'hidden' : command === IDLE ? idle : 'running',
    forMs: durationOf(ms),
    user: user ?? '',
    application: '',
    client: client ?? '',
    text: text ?? '',
  };
}
