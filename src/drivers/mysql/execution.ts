import type { FailureText } from '../../events/failure.ts';
import type { LexicalFacts } from '../../events/lexical-facts.ts';
import type { AfterCancel } from '../../events/query.ts';
import type { CancelObserver, Execution, ExecutionEnd, RowSink } from '../driver.ts';
import { withPlaceAdvice } from '../place-advice.ts';
import { type StatementLink, StatementRun, type StatementStops } from '../statement-run.ts';
import { afterKill } from './after-kill.ts';
import type { Client } from './client.ts';
import { completion } from './command-word.ts';
import { derivedNames } from './derived-tables.ts';
import { SYNTAX, syntaxPosition } from './error-position.ts';
import { failureText, serverFailure } from './failure.ts';
import { productOf } from './product.ts';
import { query, type TextQuery, type WireEnd } from './text-query.ts';
import { columnsOf } from './types.ts';

/** A statement that has ended on the wire. */
export interface Ran {
  readonly text: string;
  /** It was proven to read. */
  readonly isRead: boolean;
  readonly end: WireEnd;
  /** It was stopped, and not on request from here. */
  readonly isStoppedElsewhere: boolean;
}

/** What a statement needs of its connection. */
export interface ExecutionLink extends StatementLink, StatementStops {
  readonly client: Client;
  status(flags: number): void;
  /** What the reading of a text depends on. */
  readonly facts: LexicalFacts;
  /** The settings by which values are printed now, as `Connection.printing` has them. */
  readonly printing: readonly string[];
  /** Why the last statement was stopped, where the server was asked and its code leaves that open. */
  readonly stoppedBy: FailureText['stoppedBy'];
  /** What the connection does for itself before it takes the next statement. False when it can't take one. */
  settle(ran: Ran, notice: (notice: FailureText) => void): Promise<boolean>;
  /** Drops the socket; the server's last words, where it had any, are the reason. */
  abandon(lastWords?: FailureText): void;
}

/** ER_BAD_FIELD_ERROR and ER_NO_SUCH_TABLE, which quote the name in every language. */
const NO_SUCH_NAME: ReadonlySet<number> = new Set([1054, 1146]);
const QUOTED = /'[^']*'/;
/** ER_QUERY_INTERRUPTED: a KILL QUERY; on MySQL also a max_execution_time that passes while InnoDB counts rows by itself. */
const INTERRUPTED = 1317;
/** ER_NET_PACKET_TOO_LARGE: the statement did not run, and the server hangs up. */
const TOO_LARGE = 1153;
/** What a server says as it ends a connection: shutdown, KILL CONNECTION, idle for too long. To MariaDB 4031 is a trigger that is missing. */
const LAST_WORDS = { mysql: new Set([1053, 3169, 4031]), mariadb: new Set([1053, 1927]) };

/** It may be printed in a zone of its own: `SET STATEMENT time_zone = … FOR`, or a hint. */
const NAMES_ZONE = /time_zone/i;

/** A statement that runs on the server. */
export class MysqlExecution implements Execution {
  readonly ended: Promise<ExecutionEnd>;
  readonly query: TextQuery;
  private readonly run = new StatementRun<WireEnd>();
  private readonly text: string;
  private readonly isRead: boolean;

  constructor(
    private readonly link: ExecutionLink,
    /** `sent` is the text with its parameters' values in it. */
    { text, sent, isRead }: Pick<Ran, 'text' | 'isRead'> & { readonly sent: string },
    private readonly sink: RowSink,
  ) {
    this.text = text;
    this.isRead = isRead;
    const printing = NAMES_ZONE.test(text) ? null : link.printing;
    this.query = query(sent, {
      columns: (definitions) =>
        sink.columns(columnsOf(definitions, derivedNames(text, link.facts), printing), 'mysql-text'),
      rows: (bytes, count, isGiven) => sink.rows(bytes, count, isGiven),
      status: (flags) => link.status(flags),
      end: (end) => this.run.settle(end),
    });
    this.ended = this.end();
  }

  /** Hands the statement to mysql2, which sends it at once, as nothing else runs. */
  start(): void {
    this.link.client.addCommand(this.query);
  }

  resume(): void {
    this.query.resume();
  }

  /** The protocol knows no end but the statement's own. */
  enough(): void {}

  lose(failure: FailureText): void {
    this.query.lose(failure);
  }

  cancel(observer: CancelObserver): void {
    this.run.cancel(observer, this.link, {
      begin: () => this.query.discard(),
      abandon: () => {
        this.lose(ABANDONED);
        this.link.abandon(ABANDONED);
      },
    });
  }

  private async end(): Promise<ExecutionEnd> {
    const { link, run, sink, text, isRead } = this;
    const end = this.asLost(await run.settled);
    const isSafe = await run.channelsClosed();
    let isInterrupted = false;
    const notice = (notice: FailureText): void => {
      isInterrupted ||= notice.code === `${INTERRUPTED}`;
      sink.notice(notice);
    };
    const isStoppedElsewhere =
      end.type === 'failed' && end.error.errno === INTERRUPTED && !this.isStopped(INTERRUPTED);
    const isReady = isSafe && (await link.settle({ text, isRead, end, isStoppedElsewhere }, notice));
    const common = run.common(link, end, isReady, this.query.paused);
    switch (end.type) {
      case 'completed':
        return {
          type: 'completed',
          ...common,
          ...completion(this.text, end.ok.affected, this.query.hasColumns),
          ...this.afterCancel(isInterrupted),
        };
      case 'refused':
        return run.failed(end.failure, false, common);
      case 'lost':
        return { type: 'lost', ran: end.ran, failure: end.failure, ...common };
      case 'failed': {
        const failure = this.failure(end);
        const { stoppedBy } = link;
        const why = isStoppedElsewhere && stoppedBy ? { ...failure, stoppedBy } : failure;
        return run.failed(why, this.isStopped(end.error.errno), common);
      }
    }
  }

  private afterCancel(isInterrupted: boolean): { afterCancel?: AfterCancel; rowsDiscarded?: boolean } {
    if (!this.run.isCancelled) return {};
    const { discardedRows, discardedDigit } = this.query;
    const rowsDiscarded = discardedRows > 0;
    if (!this.run.wasAsked) return { afterCancel: 'won', rowsDiscarded };
    const lastDigit = discardedRows === 1 ? discardedDigit : null;
    return { afterCancel: afterKill(this.text, { isInterrupted, lastDigit }), rowsDiscarded };
  }

  /** An error that ends the connection tells nothing of the statement, unless the end of the connection was asked for. */
  private asLost(end: WireEnd): WireEnd {
    if (end.type === 'lost' && this.run.wasTerminated && end.failure.source === 'connection')
      return { ...end, failure: TERMINATED };
    if (end.type !== 'failed') return end;
    const { errno } = end.error;
    if (errno !== TOO_LARGE && !this.areLastWords(errno)) return end;
    const failure = serverFailure(end.error);
    this.link.abandon(failure);
    if (errno === TOO_LARGE || this.isStopped(errno)) return end;
    return { type: 'lost', ran: 'mayHaveCompleted', failure };
  }

  /** Another client's KILL has the same number; only our own can have been what stopped it when we asked. */
  private isStopped(errno: number): boolean {
    if (errno === INTERRUPTED) return this.run.wasAsked || this.run.wasTerminated;
    return this.run.wasTerminated && this.areLastWords(errno);
  }

  private areLastWords(errno: number): boolean {
    return LAST_WORDS[productOf('mysql', this.link.facts)].has(errno);
  }

  private failure({ error }: WireEnd & { type: 'failed' }): FailureText {
    const failure = serverFailure(error, 'statement', this.link.facts);
    const position = syntaxPosition(this.text, error);
    return withPlaceAdvice(position === undefined ? failure : { ...failure, position }, {
      text: this.text,
      syntaxCode: `${SYNTAX}`,
      quoted: NO_SUCH_NAME.has(error.errno) ? QUOTED.exec(error.message)?.[0] : undefined,
    });
  }
}

const ABANDONED = failureText(
  'cancel.abandoned',
  'The server did not stop the statement, and the connection was closed here: the statement may still run there.',
  'client',
);

/** A server that kills a connection may hang up without a word, and then how far its statement came is not known. */
const TERMINATED = failureText(
  'cancel.terminated',
  'The connection was ended on the server, which said nothing of the statement any more.',
);
