import { NO_STATE, type SessionState, type StateSetting } from '../../events/session-state.ts';
import { notRestored, restoreSettings } from '../session-restore.ts';
import { type Client, readText } from './client.ts';
import { driverError, failureText } from './failure.ts';
import type { WireEnd } from './raw-query.ts';

/** What this driver sets back whatever a statement made of it. */
const ALWAYS_OURS = 'client_encoding';

/** Tags of commands that only begin, divide and end transactions. */
const TRANSACTION =
  /^(BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PREPARE TRANSACTION|LOCK TABLE)$/;
/** Tags of proven reads that leave nothing behind, as a cursor would be. A failed one has no tag. */
const READS = /^(?:SELECT|SHOW|EXPLAIN|COPY|)$/;
/** Tags of commands that may run code which the text does not show. */
const OPAQUE = /^(SELECT|CALL|DO|EXECUTE|FETCH)/;
/** What a text sets in a way that can be seen in a transaction. */
const SETS = /\b(?:set|reset|discard|set_config)\b/i;
/** A setting of an extension's or of the user's, which no list of the server's has: `app.tenant`. */
const CUSTOM_SETTING = /[a-z_][\w$]*(?:\.[a-z_][\w$]*)+/gi;
/** Settings of that kind that are asked for; more of them are not known of. */
const CUSTOM_SETTINGS_MAX = 100;

const SHOWN = 'show search_path; show role; show session_authorization; show extra_float_digits';

/** Everything but locks and custom settings, in one row. */
const STATE = `select pg_catalog.current_database(), pg_catalog.current_schema(), pg_catalog.current_setting('search_path'),
  current_user::pg_catalog.text, session_user::pg_catalog.text, pg_catalog.current_setting('role'),
  (select coalesce(pg_catalog.json_object_agg(name, setting)::pg_catalog.text, '{}') from pg_catalog.pg_show_all_settings() where source = 'session'),
  (select pg_catalog.json_agg(named)::pg_catalog.text from (
    select relname::pg_catalog.text as named from pg_catalog.pg_class
      where relnamespace = pg_catalog.pg_my_temp_schema() and relkind in ('r', 'v', 'm', 'S', 'f', 'p')
    union all select proname::pg_catalog.text from pg_catalog.pg_proc where pronamespace = pg_catalog.pg_my_temp_schema()) made),
  (select pg_catalog.json_agg(name)::pg_catalog.text from pg_catalog.pg_prepared_statements where from_sql),
  (select pg_catalog.json_agg(name)::pg_catalog.text from pg_catalog.pg_cursors where is_holdable),
  (select pg_catalog.json_agg(channel)::pg_catalog.text from pg_catalog.pg_listening_channels() channel),
  pg_catalog.current_setting('extra_float_digits')`;

/** Advisory locks of the session. Reading them copies the server's table of locks, so this is not asked after each statement. */
const LOCKS = `(select pg_catalog.count(*)::pg_catalog.text from pg_catalog.pg_lock_status()
  where locktype = 'advisory' and pid = pg_catalog.pg_backend_pid())`;

/** What one answer says. */
interface Answer {
  readonly database: string | null;
  readonly schema: string | null;
  readonly searchPath: string | null;
  readonly role: string | null;
  readonly login: string | null;
  /** `current_setting('role')`: what SET ROLE said, or `none`. */
  readonly setRole: string | null;
  readonly settings: Readonly<Record<string, string>>;
  readonly held: SessionState['held'];
}

const UNKNOWN = { kind: 'unknown', names: [] } as const;

/**
 * What a connection holds of its session (manual, "Resetting Session State": what DISCARD ALL discards). The server is asked after
 * each statement that was not proven to read, once no transaction is open: what is set in one may be rolled back with it. In a
 * transaction only what SHOW shows is asked for, because SHOW takes no snapshot, which would be too early for a SET TRANSACTION.
 */
export class SessionStateWatch {
  private current: SessionState = NO_STATE;
  /** As the connection was opened, before anything was set again on it. */
  private initial: Answer | null = null;
  private pending = false;
  private pendingLocks = false;
  private holdsLocks = false;
  private shows = false;
  private readonly custom = new Set<string>();
  /** Settings that this driver made, by name. */
  private readonly ours = new Map<string, string>();
  private digits = 1;

  constructor(
    private readonly client: Client,
    private readonly onState: (state: SessionState) => void,
  ) {}

  get state(): SessionState {
    return this.current;
  }

  /** `extra_float_digits`, as the server last said it: below 1 floats that differ may print alike (manual, "Locale and Formatting"). */
  get floatDigits(): number {
    return this.digits;
  }

  /** Makes a setting of this driver's own, which it makes again where a RESET or DISCARD of the user's has undone it. @throws pg's errors */
  async setOurs(name: string, value: string): Promise<void> {
    await this.set({ name, value });
    this.ours.set(name, value);
  }

  /** Learns what a new connection has. @throws DriverError */
  async begin(): Promise<void> {
    const answer = await this.ask();
    this.initial = answer;
    this.tell(this.stateOf(answer));
  }

  /** Takes note of a statement that has ended. True where the server has to be asked before the next one. */
  ran(text: string, end: WireEnd, isRead: boolean, transaction: string): boolean {
    // What a lost statement set, nothing holds any more; its own end says what became of it.
    if (end.type === 'lost') return false;
    const tag = end.type === 'completed' ? end.tag.replace(/ [\d ]+$/, '') : '';
    if (!(isRead && READS.test(tag)) && !TRANSACTION.test(tag)) {
      // What failed has been undone by the server, but for locks and what a procedure had committed.
      this.pendingLocks ||= end.type === 'failed' || /advisory/i.test(text) || OPAQUE.test(tag);
      this.pending = true;
      this.shows ||= SETS.test(text);
      if (this.shows)
        for (const [name] of text.matchAll(CUSTOM_SETTING))
          if (this.custom.size < CUSTOM_SETTINGS_MAX) this.custom.add(name.toLowerCase());
    }
    if (/^ROLLBACK/.test(tag)) this.shows = true;
    return this.pending && (transaction === 'none' || (transaction === 'open' && this.shows));
  }

  /** Asks the server. @throws pg's errors */
  async follow(transaction: string): Promise<void> {
    this.shows = false;
    if (transaction !== 'none') return this.show();
    const answer = await this.ask();
    // What a statement sets to another value is the user's own.
    for (const [name, value] of this.ours) if (!(name in answer.settings)) await this.set({ name, value });
    this.pending = false;
    this.tell(this.stateOf(answer));
  }

  /** The server was not reached, or did not answer: what the last statement changed is not known. */
  lose(): void {
    if (!this.pending || this.current.held.includes(UNKNOWN)) return;
    this.tell({ ...this.current, held: [...this.current.held, UNKNOWN] });
  }

  /**
   * Sets again what another connection held.
   * Behind a pooler nothing is set, because another client would have it next. @throws DriverError with STATE_NOT_RESTORED
   */
  async restore(wanted: SessionState, pooled: boolean): Promise<void> {
    const { initial } = this;
    const settings = [...wanted.settings];
    const has = (name: string): boolean => settings.some((one) => one.name === name);
    if (wanted.searchPath !== null && wanted.searchPath !== initial?.searchPath && !has('search_path'))
      settings.push({ kind: 'searchPath', name: 'search_path', value: wanted.searchPath });
    if (pooled && settings.length > 0)
      throw notRestored(failureText, 'Nothing is set on a connection behind a pooler.');
    try {
      for (const { name } of settings) this.noteCustom(name);
      await restoreSettings(settings, (setting) => this.set(setting));
    } catch (error) {
      const { failure } = driverError(error);
      throw notRestored(failureText, `${failure.message} (${failure.code})`, error);
    }
    const answer = await this.ask();
    this.tell(this.stateOf(answer));
    for (const [name, word] of COMPARED)
      if (wanted[name] !== null && wanted[name] !== answer[name])
        throw notRestored(
          failureText,
          `The current ${word} was ${wanted[name]} and is ${answer[name] ?? 'none'} now.`,
        );
  }

  private async set({ name, value }: Pick<StateSetting, 'name' | 'value'>): Promise<void> {
    await readText(this.client, 'select pg_catalog.set_config($1, $2, false)', [name, value]);
  }

  private noteCustom(name: string): void {
    if (name.includes('.')) this.custom.add(name);
  }

  private async ask(): Promise<Answer> {
    const asksLocks = this.pendingLocks || this.holdsLocks;
    const custom = [...this.custom];
    const asked = custom.map((name) => `pg_catalog.current_setting('${name}', true)`);
    const [row = []] = await readText(this.client, [STATE, asksLocks ? LOCKS : 'null', ...asked].join());
    const [database, schema, searchPath, role, login, setRole, set, temporary, prepared, cursors, channels] =
      row;
    const [digits, locks, ...values] = row.slice(11);
    this.digits = Number(digits);
    this.pendingLocks = false;
    this.holdsLocks = asksLocks && locks !== '0';
    const settings = JSON.parse(set ?? '{}') as Record<string, string>;
    for (const [at, name] of custom.entries()) {
      if (values[at]) settings[name] = values[at];
      // It was the name of something else, or was reset.
      else this.custom.delete(name);
    }
    const kinds = [
      ['temporaryTables', temporary],
      ['preparedStatements', prepared],
      ['cursors', cursors],
      ['listening', channels],
      ['locks', this.holdsLocks ? '[]' : null],
    ] as const;
    const held = kinds.flatMap(([kind, names]) =>
      names == null ? [] : [{ kind, names: JSON.parse(names) as string[] }],
    );
    return {
      database: database ?? null,
      schema: schema ?? null,
      searchPath: searchPath ?? null,
      role: role ?? null,
      login: login ?? null,
      setRole: setRole ?? null,
      settings,
      held,
    };
  }

  /** In a transaction: what the page shows, and nothing of what is to be set again. */
  private async show(): Promise<void> {
    const [searchPath, role, login, digits] = await readShown(this.client);
    this.digits = Number(digits);
    const isUnset = role === 'none';
    this.tell({
      ...this.current,
      searchPath: searchPath ?? null,
      schema: searchPath === this.current.searchPath ? this.current.schema : null,
      role: (isUnset ? login : role) ?? null,
      provisional: true,
    });
  }

  private stateOf(answer: Answer): SessionState {
    const { initial } = this;
    const { database, schema, searchPath, role, login, setRole } = answer;
    const settings: StateSetting[] = Object.entries(answer.settings)
      .filter(([name, value]) => name !== ALWAYS_OURS && value !== initial?.settings[name])
      .map(([name, value]) => ({ kind: name === 'search_path' ? 'searchPath' : 'settings', name, value }));
    if (initial && login !== initial.login && login !== null)
      settings.push({ kind: 'role', name: 'session_authorization', value: login });
    if (
      initial &&
      setRole !== null &&
      (setRole !== initial.setRole || login !== initial.login) &&
      setRole !== 'none'
    )
      settings.push({ kind: 'role', name: 'role', value: setRole });
    const held = [...settings.map(({ kind, name }) => ({ kind, names: [name] })), ...answer.held];
    return { database, schema, searchPath, role, settings, held };
  }

  private tell(state: SessionState): void {
    const isNew = JSON.stringify(state) !== JSON.stringify(this.current);
    this.current = state;
    if (isNew) this.onState(state);
  }
}

/** What has to be the same afterwards, so that no statement reaches anything else. */
const COMPARED = [
  ['database', 'database'],
  ['role', 'role'],
  ['searchPath', 'search_path'],
  ['schema', 'schema'],
] as const;

/** The values of several SHOWs in one message, in order. */
async function readShown(client: Client): Promise<(string | null)[]> {
  const results = (await client.query({ text: SHOWN, rowMode: 'array' })) as unknown as {
    readonly rows: readonly (readonly (string | null)[])[];
  }[];
  return results.map(({ rows }) => rows[0]?.[0] ?? null);
}
