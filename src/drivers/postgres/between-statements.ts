import type { TransactionStatus } from '../../events/connection.ts';
import type { FailureText } from '../../events/failure.ts';
import { type CancelDelivery, type CancelTimes, cancelUntilSettled } from '../cancel-loop.ts';
import { within } from '../deadline.ts';
import { UPKEEP_TIMEOUT_MS } from '../limits.ts';
import { type Client, readText } from './client.ts';
import type { ColumnOrigins } from './column-origins.ts';
import type { Ran } from './execution.ts';
import type { SessionStateWatch } from './session-state.ts';
import { TypeNames } from './types.ts';

/** What it needs of its connection. */
export interface BetweenStatementsLink {
  readonly client: Client;
  readonly types: TypeNames;
  readonly origins: ColumnOrigins;
  readonly watch: SessionStateWatch;
  readonly times: CancelTimes;
  readonly transaction: TransactionStatus;
  readonly isGone: boolean;
  /** A pooler stands between. */
  readonly pooled: boolean;
  requestCancel(onSent: () => void): Promise<CancelDelivery>;
  abandon(): void;
}

/** Tags of commands after which there may be types that were not there before. */
const MAKES_TYPES = /^(CREATE|ALTER) (TYPE|DOMAIN|EXTENSION)$|^DO$/;
/** Tags of commands after which a table or a column may have another name. */
const RENAMES = /^(ALTER|DROP|CREATE) (TABLE|SCHEMA|VIEW|FOREIGN TABLE)$|^DO$|^CALL$|^ROLLBACK$/;
/** Tags of commands whose effect is a session's, which a pooler may give to others. */
const OF_SESSION = /^(SET|RESET|PREPARE|LISTEN|DECLARE CURSOR)$/;
/** The encoding of a database that has none (manual, "Character Set Support"). */
const NO_ENCODING = 'SQL_ASCII';
const SAVEPOINT = 'querytape_upkeep';
const UNOBSERVED = { sent() {}, acknowledged() {}, escalated() {} };

/**
 * What a connection does for itself between two statements: it learns the names of types and tables that the last one made or
 * met, follows what the session holds, and takes back a change of client_encoding.
 */
export class BetweenStatements {
  /** As the server last reported it (ParameterStatus). */
  private encoding = 'UTF8';
  /** What is read here. A SQL_ASCII database may hold any bytes, and sends a client of UTF8 no row that is not. */
  private ours = 'UTF8';

  get clientEncoding(): string {
    return this.encoding;
  }

  constructor(private readonly link: BetweenStatementsLink) {
    link.client.connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
      if (parameterName === 'client_encoding') this.encoding = parameterValue;
      if (parameterName === 'server_encoding')
        this.ours = parameterValue === NO_ENCODING ? NO_ENCODING : 'UTF8';
    });
  }

  /** Done once it is connected. @throws pg's errors */
  async begin(): Promise<void> {
    if (this.encoding !== this.ours) await this.setEncoding();
  }

  private async setEncoding(): Promise<void> {
    await readText(this.link.client, `set client_encoding to '${this.ours}'`);
  }

  /** Done when a statement has ended, before the next one. False when the connection can't take a next one. */
  async after({ text, isRead, end }: Ran, notice: (notice: FailureText) => void): Promise<boolean> {
    const { link } = this;
    const made = end.type === 'completed' && MAKES_TYPES.test(end.tag);
    if (end.type === 'completed' && RENAMES.test(end.tag)) link.origins.forget();
    if (link.pooled && end.type === 'completed' && OF_SESSION.test(end.tag)) notice(POOLED);
    const typesText = made ? TypeNames.allText : link.types.missedText;
    const originsText = link.origins.missedText;
    const isForeign = this.encoding !== this.ours;
    const asksState = link.watch.ran(text, end, isRead, link.transaction);
    if (end.type === 'lost' || link.isGone) link.watch.lose();
    if (end.type === 'lost' || link.isGone || link.transaction === 'failed') return true;
    if (isForeign) notice(encodingKept(this.ours));
    if (!isForeign && typesText === null && originsText === null && !asksState) return true;
    const isReady = await this.bounded(async () => {
      // Not guarded as the types are: SET takes effect even where it is rolled back to what it sets.
      if (isForeign) await this.setEncoding();
      if (typesText !== null) link.types.learn(await this.readGuarded(typesText));
      if (originsText !== null) link.origins.learn(await this.readGuarded(originsText));
      if (asksState) await link.watch.follow(link.transaction);
    });
    // Does nothing once the server has answered.
    if (asksState && link.transaction === 'none') link.watch.lose();
    return isReady;
  }

  /** In a transaction a savepoint keeps a failure of ours from being the user's. */
  private async readGuarded(text: string): Promise<readonly (readonly (string | null)[])[]> {
    const { client, transaction } = this.link;
    if (transaction === 'none') return readText(client, text);
    await readText(client, `savepoint ${SAVEPOINT}`);
    const rows = await readText(client, text).catch(async () => {
      await readText(client, `rollback to savepoint ${SAVEPOINT}`);
      return [];
    });
    await readText(client, `release savepoint ${SAVEPOINT}`);
    return rows;
  }

  private async bounded(work: () => Promise<void>): Promise<boolean> {
    const { link } = this;
    let settled = false;
    const done = work()
      // Either the connection was lost, which its end reports, or the names stay unknown, and their oids are shown.
      .catch(() => {})
      .finally(() => {
        settled = true;
      });
    await within(done, UPKEEP_TIMEOUT_MS);
    if (settled) return true;
    const means = {
      settled: done,
      isSettled: () => settled,
      request: (onSent: () => void) => link.requestCancel(onSent),
      terminate: async () => 'notDone' as const,
      abandon: () => link.abandon(),
    };
    return cancelUntilSettled(means, UNOBSERVED, link.times);
  }
}

const POOLED: FailureText = {
  code: 'pooler.sessionState',
  source: 'client',
  severity: 'WARNING',
  message:
    'A connection pooler stands between Querytape and the server. What a session holds (settings, prepared statements, LISTEN, temporary tables, locks) may be missing for the next statement, or be there for other clients.',
  advice: 'Use SET LOCAL in a transaction, or connect to the server itself.',
};

function encodingKept(ours: string): FailureText {
  return {
    code: 'encoding.kept',
    source: 'client',
    severity: 'WARNING',
    message: `client_encoding was set back to ${ours}, which is what Querytape reads.`,
  };
}
