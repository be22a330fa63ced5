import { quoted } from '../../events/engines/mysql-dialect.ts';
import {
  type HeldState,
  NO_STATE,
  type SessionState,
  type StateSetting,
} from '../../events/session-state.ts';
import { SESSION_VARIABLES_UNITS_MAX } from '../limits.ts';
import { notRestored, restoreSettings } from '../session-restore.ts';
import { type Client, readText, settled } from './client.ts';
import { commandWord } from './command-word.ts';
import { driverError, failureText, isServerError } from './failure.ts';
import { HeldByText } from './held-by-text.ts';
import { literal } from './literal.ts';
import { ALL_ROWS } from './names.ts';
import { CHARACTERISTICS, NEXT_TRANSACTION, setForNext } from './next-transaction.ts';
import type { StatementOk } from './protocol.ts';
import { query, type WireEnd } from './text-query.ts';

/** Has the server report with each OK what the session changed (MySQL manual, "Server Tracking of Client Session State"). */
const TRACK_SESSION = `SET SESSION session_track_system_variables = '*', session_track_schema = ON, session_track_state_change = ON`;
/**
 * And, on MySQL, with what characteristics its transactions begin. MariaDB would count them among the changes with the end of rows, which
 * does not say what changed.
 */
const TRACK = {
  MariaDB: TRACK_SESSION,
  MySQL: `${TRACK_SESSION}, session_track_transaction_info = 'CHARACTERISTICS'`,
} as const;
/**
 * What a statement changed that ended in rows or in an error is reported with the next OK: on MariaDB with the next one of a change,
 * on MySQL with any, and one that changes nothing of its own says whether the statement before it did. TRACK would forget it,
 * because it changes what is reported.
 */
const REPORT = { MariaDB: 'SET SESSION session_track_schema = ON', MySQL: 'DO 0' } as const;
const TRACKS = /\bsession_track_/i;

/** Variables that are this driver's, that stand for the next statement alone, or that only tell. */
const NOT_KEPT =
  /^(?:session_track_.*|character_set_(?:client|results|connection)|insert_id|last_insert_id|identity|rand_seed.|pseudo_.*|error_count|warning_count|gtid_next|gtid_seq_no|server_id|proxy_.*|last_gtid|skip_parallel_replication)$/;
/** Which the wall of a read-only connection sets. */
const READ_ONLY = /^(?:tx|transaction)_read_only$/;

/** Commands whose own words say what they change; what any other one changed, a routine or a trigger did. */
const PLAIN = /^(?:SET|USE|PREPARE|DEALLOCATE|DROP|CREATE|ALTER|TRUNCATE|LOCK|UNLOCK|HANDLER|FLUSH)\b/;
/** Commands that change no variable by themselves. */
const CHANGES_ROWS = /^(?:SELECT|WITH|INSERT|UPDATE|DELETE|REPLACE|LOAD)\b/;
/** Every place where a user variable may be given a value. */
const VARIABLE = /@[\w.$`'"]/;
/** Wherever a SET may be, or hide. */
const MAY_SET = /^\s*(?:SET|USE|CALL|EXECUTE)\b|\/\*M?!/i;

/** The user's variables, on MariaDB and on MySQL; both may be switched off or out of reach. */
const VARIABLES = [
  `SELECT VARIABLE_NAME FROM information_schema.USER_VARIABLES ${ALL_ROWS}`,
  `SELECT VARIABLE_NAME FROM performance_schema.user_variables_by_thread WHERE THREAD_ID =
     (SELECT THREAD_ID FROM performance_schema.threads WHERE PROCESSLIST_ID = CONNECTION_ID()) ${ALL_ROWS}`,
];

const UNKNOWN: HeldState = { kind: 'unknown', names: [] };

/** What one answer says. */
interface Answer {
  readonly database: string | null;
  readonly user: string | null;
  readonly collation: string | null;
  readonly setRole: string | null;
}

/**
 * What a connection holds of its session. The server says which variables a statement changed, and that it changed something else;
 * only then is it asked. What it does not list is known from the statements (`HeldByText`); what a routine did beside is unknown.
 */
export class SessionStateWatch {
  private current: SessionState = NO_STATE;
  private initial: Answer | null = null;
  private answer: Answer | null = null;
  /** Variables of the session with the values that were reported, in order. */
  private readonly variables = new Map<string, string>();
  /** Their names and values together. */
  private reportedUnits = 0;
  private readonly byText = new HeldByText();
  private userVariables: readonly string[] = [];
  /** Of the transaction that is open, or will be next; empty for none but the session's own. */
  private characteristics = '';
  private isUnknown = false;
  private flavour: keyof typeof TRACK = 'MySQL';
  private tracks = true;
  private hasRoles = true;
  private pending = false;
  private pendingReport = false;
  /** The change that is still to be reported is one that a statement's own words say, and no routine's. */
  private pendingIsNamed = true;
  private pendingVariables = false;
  /** A statement named what is reported. */
  private isTrackingTouched = false;

  constructor(
    private readonly client: Client,
    private readonly readOnly: boolean,
    private readonly onState: (state: SessionState) => void,
  ) {}

  get state(): SessionState {
    return this.current;
  }

  /** The next transaction has characteristics that are its alone. */
  get setsNextTransaction(): boolean {
    return CHARACTERISTICS.test(this.characteristics);
  }

  /** Has the server report changes, and learns what a new connection has. @throws DriverError */
  async begin(flavour: keyof typeof TRACK): Promise<void> {
    this.flavour = flavour;
    this.tracks = await settled(this.client, (target) => query(TRACK[flavour], target)).then(
      () => true,
      (error: unknown) => {
        if (!isServerError(error)) throw error;
        return false;
      },
    );
    this.answer = await this.ask();
    this.initial = this.answer;
    this.tell();
  }

  /** Takes note of a statement that has ended. True where the server has to be asked before the next one. */
  ran(text: string, end: WireEnd, isRead: boolean): boolean {
    // What a lost statement set, nothing holds any more; its own end says what became of it.
    if (end.type === 'lost') return false;
    const ok = end.type === 'completed' ? end.ok : null;
    const setNext = this.setsNextTransaction;
    if (ok) this.hear(ok);
    const changed = ok?.changed === true;
    if (this.flavour === 'MariaDB')
      this.characteristics = setForNext(text, ok !== null, this.characteristics);
    // Whether this one took the characteristics is reported with a later OK.
    else if (setNext && ok?.characteristics === undefined) this.pendingReport = this.pending = true;
    if (setNext !== this.setsNextTransaction) this.pending = true;
    if (isRead && !changed) return this.pending;
    const word = commandWord(text);
    const before = JSON.stringify(this.byText.held);
    if (ok) this.byText.ran(text);
    const isReportedLater = this.flavour === 'MySQL' && (ok?.endsRows ?? true);
    this.noteUnknown(text, { isNamed: namesItsChange(text, word), changed, isReportedLater });
    if (VARIABLE.test(text) || (changed && !PLAIN.test(word))) this.pendingVariables = true;
    // What it changed is reported later; to ask now would clear what SHOW WARNINGS and ROW_COUNT() still tell of it.
    const asksAfterError = ok === null && (MAY_SET.test(text) || !CHANGES_ROWS.test(word));
    this.pendingReport ||= isReportedLater || ok === null || TRACKS.test(text) || (changed && word !== 'SET');
    this.pending ||=
      changed ||
      asksAfterError ||
      (ok !== null && (isReportedLater || MAY_SET.test(text) || this.pendingVariables));
    if (JSON.stringify(this.byText.held) !== before) this.pending = true;
    return this.pending;
  }

  /** Takes note of what nothing tells about a statement's change. */
  private noteUnknown(
    text: string,
    {
      isNamed,
      changed,
      isReportedLater,
    }: Readonly<Record<'isNamed' | 'changed' | 'isReportedLater', boolean>>,
  ): void {
    if (TRACKS.test(text)) {
      this.isUnknown = true;
      this.isTrackingTouched = this.tracks;
    }
    if (changed && !isNamed) this.isUnknown = true;
    if (isReportedLater && !isNamed) this.pendingIsNamed = false;
    if (!this.tracks && MAY_SET.test(text)) this.isUnknown = true;
  }

  /** Asks the server. @throws DriverError */
  async follow(): Promise<void> {
    if (this.pendingReport && this.tracks) await this.report();
    if (this.isTrackingTouched) await this.run(TRACK[this.flavour]);
    this.pendingReport = false;
    this.isTrackingTouched = false;
    this.answer = await this.ask();
    if (this.pendingVariables || this.userVariables.length > 0)
      this.userVariables = await this.askVariables();
    this.pendingVariables = false;
    this.pending = false;
    this.tell();
  }

  private async report(): Promise<void> {
    const { changed } = await this.run(REPORT[this.flavour]);
    // MariaDB's is a change by itself.
    if (this.flavour === 'MySQL' && changed && !this.pendingIsNamed) {
      this.isUnknown = true;
      this.pendingVariables = true;
    }
    this.pendingIsNamed = true;
  }

  /** The server was not reached, or did not answer: what the last statement changed is not known. */
  lose(): void {
    if (!this.pending) return;
    this.isUnknown = true;
    this.tell();
  }

  /** Sets again what another connection held. @throws DriverError with STATE_NOT_RESTORED */
  async restore(wanted: SessionState): Promise<void> {
    try {
      if (wanted.database !== null && wanted.database !== this.answer?.database)
        await this.run(`USE ${quoted(wanted.database)}`);
      const settings = wanted.settings.filter(
        ({ kind, name }) => kind !== 'database' && !(this.readOnly && READ_ONLY.test(name)),
      );
      await restoreSettings(settings, (setting) => this.set(setting));
      this.answer = await this.ask();
    } catch (error) {
      const { failure } = driverError(error);
      throw notRestored(failureText, `${failure.message} (${failure.code})`, error);
    }
    this.tell();
    for (const name of ['database', 'role'] as const)
      if (wanted[name] !== this.current[name])
        throw notRestored(
          failureText,
          `The current ${name} was ${wanted[name] ?? 'none'} and is ${this.current[name] ?? 'none'} now.`,
        );
  }

  /** A number stands as such: the server takes no string for it, and no number for a string. */
  private async set({ kind, name, value }: StateSetting): Promise<void> {
    const assign = `SET SESSION ${quoted(name)} = `;
    if (kind === 'role') await this.run(`SET ROLE ${value}`);
    else if (name === NEXT_TRANSACTION)
      for (const text of value.split(';').filter((one) => one.trim() !== '')) await this.run(text);
    else if (!/^-?\d+(\.\d+)?$/.test(value)) await this.run(assign + literal(value));
    else await this.run(assign + value).catch(() => this.run(assign + literal(value)));
  }

  private async run(text: string): Promise<StatementOk> {
    const ok = await settled(this.client, (target) => query(text, target));
    this.hear(ok);
    if (this.flavour === 'MariaDB') this.characteristics = setForNext(text, true, this.characteristics);
    return ok;
  }

  private hear({ variables, characteristics }: Partial<StatementOk>): void {
    this.characteristics = characteristics ?? this.characteristics;
    for (const [name, value] of Object.entries(variables ?? {})) {
      if (NOT_KEPT.test(name)) continue;
      this.reportedUnits -= unitsOf(name, this.variables.get(name));
      this.variables.delete(name);
      const units = unitsOf(name, value);
      if (this.reportedUnits + units > SESSION_VARIABLES_UNITS_MAX) {
        this.isUnknown = true;
        continue;
      }
      this.reportedUnits += units;
      this.variables.set(name, value);
    }
  }

  private async ask(): Promise<Answer> {
    const role = this.hasRoles ? 'CURRENT_ROLE()' : 'NULL';
    try {
      const [row = []] = await readText(
        this.client,
        `SELECT DATABASE(), CURRENT_USER(), @@SESSION.collation_connection, ${role} LIMIT 1`,
      );
      const [database = null, user = null, collation = null, setRole = null] = row;
      return { database, user, collation, setRole: setRole === 'NONE' ? null : this.rolesOf(setRole) };
    } catch (error) {
      // MySQL before 8.0 has no roles.
      if (!this.hasRoles || !isServerError(error)) throw error;
      this.hasRoles = false;
      return this.ask();
    }
  }

  private async askVariables(): Promise<readonly string[]> {
    for (const text of VARIABLES) {
      try {
        const rows = await readText(this.client, text);
        return rows.map(([name]) => name ?? '');
      } catch (error) {
        if (!isServerError(error)) throw error;
      }
    }
    // It is not known, so it counts as there.
    return [''];
  }

  private tell(): void {
    const { answer, initial, variables, byText, userVariables } = this;
    const settings: StateSetting[] = [...variables].map(([name, value]) => ({
      kind: 'settings',
      name,
      value,
    }));
    if (
      answer?.collation !== initial?.collation &&
      answer?.collation &&
      !variables.has('collation_connection')
    )
      settings.push({ kind: 'settings', name: 'collation_connection', value: answer.collation });
    if (answer && initial && answer.setRole !== initial.setRole)
      settings.push({ kind: 'role', name: 'role', value: this.roleText(answer.setRole) });
    if (answer && initial && answer.database !== initial.database && answer.database !== null)
      settings.push({ kind: 'database', name: 'database', value: answer.database });
    if (this.setsNextTransaction)
      settings.push({ kind: 'settings', name: NEXT_TRANSACTION, value: this.characteristics });
    const held: HeldState[] = settings.map(({ kind, name }) => ({ kind, names: [name] }));
    held.push(...byText.held);
    if (userVariables.length > 0)
      held.push({ kind: 'variables', names: userVariables.filter((name) => name !== '') });
    if (this.isUnknown) held.push(UNKNOWN);
    const state: SessionState = {
      database: answer?.database ?? null,
      schema: null,
      searchPath: null,
      role: answer?.setRole ?? answer?.user ?? null,
      settings,
      held,
    };
    const isNew = JSON.stringify(state) !== JSON.stringify(this.current);
    this.current = state;
    if (isNew) this.onState(state);
  }

  /** MySQL quotes the names of roles by the sql_mode that there is: in backticks they mean the same under every other. */
  private rolesOf(text: string | null): string | null {
    if (this.flavour === 'MariaDB' || !text?.startsWith('"')) return text;
    return text.replace(/"((?:[^"]|"")*)"/g, (_, name: string) => quoted(name.replaceAll('""', '"')));
  }

  /** MySQL writes roles as SET ROLE takes them; MariaDB the bare name of one. */
  private roleText(role: string | null): string {
    if (role === null) return 'NONE';
    return role.startsWith('`') ? role : quoted(role);
  }
}

/** A statement's own words say what it changes in the session, rather than a routine's or a trigger's. */
function namesItsChange(text: string, word: string): boolean {
  return PLAIN.test(word) || (VARIABLE.test(text) && /^(?:SELECT|DO)$/.test(word));
}

function unitsOf(name: string, value: string | undefined): number {
  return value === undefined ? 0 : name.length + value.length;
}
