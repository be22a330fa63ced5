import type { Server } from '../../events/connection.ts';
import { PRODUCTS } from '../../events/engines/engine-name.ts';
import type { FailureText } from '../../events/failure.ts';
import { NOTICES_MAX } from '../../events/limits.ts';
import type { CancelTimes } from '../cancel-loop.ts';
import { within } from '../deadline.ts';
import { UPKEEP_TIMEOUT_MS } from '../limits.ts';
import { type Client, readText, settled } from './client.ts';
import { withoutLead } from './command-word.ts';
import type { Ran } from './execution.ts';
import type { KeepAlive } from './keep-alive.ts';
import type { StatementOk } from './protocol.ts';
import type { SessionStateWatch } from './session-state.ts';
import type { SessionVariables } from './session-variables.ts';
import { ping } from './text-query.ts';

/** What it needs of its connection. */
export interface BetweenStatementsLink {
  readonly client: Client;
  readonly variables: SessionVariables;
  readonly watch: SessionStateWatch;
  readonly keepAlive: KeepAlive;
  readonly server: Pick<Server, 'flavour'>;
  readonly isGone: boolean;
  readonly times: CancelTimes;
  status(flags: number): void;
  abandon(): void;
}

const ABOUT_WARNINGS = /^[\s(]*SHOW\s+(?:WARNINGS|ERRORS|COUNT\s*\(\s*\*\s*\)\s*(?:WARNINGS|ERRORS))\b/i;

/** A statement that has a time limit of its own, by a hint. */
const HAS_LIMIT = /max_execution_time/i;

/** How long what follows may take, in milliseconds: a server that stands still for a moment costs no transaction. */
export function upkeepMs({ askMs }: CancelTimes): number {
  return UPKEEP_TIMEOUT_MS + askMs;
}

/**
 * What a connection does for itself between two statements: it asks for the warnings of the last one, which the protocol only
 * counts; follows what the meaning of the next text depends on; takes back a change of the character sets, as all that is read
 * here is utf8mb4; asks for the status after an error, whose packet does not say whether a transaction is still open; and whether a
 * statement that was stopped had a time limit.
 */
export class BetweenStatements {
  /** As `ExecutionLink` has it. */
  stoppedBy: FailureText['stoppedBy'];

  constructor(private readonly link: BetweenStatementsLink) {}

  /** Done when a statement has ended, before the next one. False when the connection can't take a next one. */
  async after(
    { text, isRead, end, isStoppedElsewhere }: Ran,
    notice: (notice: FailureText) => void,
  ): Promise<boolean> {
    const { client, keepAlive, server, watch } = this.link;
    this.stoppedBy = undefined;
    const asksState = watch.ran(text, end, isRead);
    if (end.type === 'lost' || this.link.isGone) {
      watch.lose();
      return true;
    }
    const work: (() => Promise<void>)[] = [];
    let isForeign = false;
    if (end.type === 'completed') {
      const { warnings, variables } = end.ok;
      isForeign = this.link.variables.hear(variables);
      if (warnings > 0 && !ABOUT_WARNINGS.test(withoutLead(text)))
        work.push(() => this.tellWarnings(end.ok, notice));
    } else {
      work.push(() => this.askStatus());
    }
    if (isStoppedElsewhere && server.flavour === PRODUCTS.mysql && !HAS_LIMIT.test(text))
      work.push(() => this.askLimit());
    const asks = this.link.variables.mayHaveChanged(text);
    if (asks || isForeign) work.push(() => this.followVariables(asks, notice));
    if (asksState) work.push(() => watch.follow());
    if (keepAlive.mayHaveChanged(text)) work.push(() => keepAlive.ask(client));
    if (work.length === 0) return true;
    const isReady = await this.bounded(work);
    // Does nothing once the server has answered.
    if (asksState) watch.lose();
    return isReady;
  }

  private async askStatus(): Promise<void> {
    const { client } = this.link;
    await settled(client, ping, { status: (flags) => this.link.status(flags) });
  }

  /** MySQL has one code for a KILL QUERY and for some limits that pass. Without a limit it was the one. */
  private async askLimit(): Promise<void> {
    const [row] = await readText(this.link.client, 'SELECT @@SESSION.max_execution_time LIMIT 1');
    if (row?.[0] === '0') this.stoppedBy = 'request';
  }

  private async followVariables(asks: boolean, notice: (notice: FailureText) => void): Promise<void> {
    const { client, variables } = this.link;
    if (asks && !(await variables.ask(client))) return;
    notice(CHARSET_KEPT);
    await variables.keepCharset(client);
  }

  /** SHOW WARNINGS clears nothing: the statement that follows still finds them, and LAST_INSERT_ID() (doc/drivers.md). */
  private async tellWarnings(
    { warnings }: StatementOk,
    notice: (notice: FailureText) => void,
  ): Promise<void> {
    const rows = await readText(this.link.client, `SHOW WARNINGS LIMIT ${NOTICES_MAX}`);
    for (const [level, code, message] of rows)
      notice({ code: code ?? '0', source: 'server', severity: level ?? 'Warning', message: message ?? '' });
    if (rows.length < warnings) notice(notKept(warnings - rows.length));
  }

  private async bounded(work: readonly (() => Promise<void>)[]): Promise<boolean> {
    const done = (async () => {
      // A failed step keeps none of the others from being taken: either the connection was lost, which its end reports, or the
      // server refused that one, or another client's KILL QUERY hit it.
      for (const step of work) await step().catch(() => undefined);
      return 'done' as const;
    })();
    if ((await within(done, upkeepMs(this.link.times))) === 'done') return true;
    this.link.abandon();
    return false;
  }
}

const CHARSET_KEPT: FailureText = {
  code: 'encoding.kept',
  source: 'client',
  severity: 'WARNING',
  message: 'The character sets were set back to utf8mb4, which is what Querytape reads and sends.',
};

function notKept(count: number): FailureText {
  return {
    code: 'warnings.notKept',
    source: 'client',
    severity: 'WARNING',
    message: `The server counted ${count} more warnings and did not keep them (max_error_count).`,
  };
}
