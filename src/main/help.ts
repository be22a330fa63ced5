import { VERSION } from './version.ts';

const COMMANDS = `  querytape [serve]  --port 4477|0  --data-dir DIR  --demo  --no-open  --json
                     --allow-unsaved-profiles  --log pretty|json|none  --log-level LEVEL
      Serves the page on 127.0.0.1 and prints {"url": …} once ready. Ctrl-C ends it in order.
      --log shows the log on stderr; without it a terminal shows warnings and errors. LEVEL is trace to fatal; without it the settings say.
  querytape run      --profile NAME  [--timeout MS] [--limit N] [--format table|csv|json|ndjson]  [--go-on]
                     [--confirm NAME]  [--ejson relaxed|canonical]  [--spreadsheet]  STATEMENT|-
      Runs one script through the same actors and tape. It stops at the first error, or with --go-on runs the rest.
      CSV has every byte of a value in a pipe or a file; on a terminal, what it would obey is spelled out (\\x1B). With
      --spreadsheet an apostrophe stands before what a spreadsheet would take for a formula.
      Ctrl-C cancels what runs. A dangerous statement asks for the profile's name, or takes it from --confirm.
  querytape classify --engine postgres|mysql|mariadb|mongodb
      Reads statements from stdin as {"sql": …, "sqlMode"?} lines and says of each what it does.
  querytape tape     verify|tail  [--from SEQ]  [--json]
      Checks every CRC and the chain; follows.
  querytape tape     export  [--from SEQ|TIME] [--to SEQ|TIME] [--session ID[,ID]]  [--output FILE.qtape]
                     [--names keep|replace|KINDS]  [--preview]  [--format qtape|perfetto|otlp]  [--json]
      Writes a signed support bundle: no secret, literal or row is in it. Names are replaced, but for those that --names keeps: all,
      or some of hosts,users,databases,schemas,tables,columns. --preview shows what it would have and writes nothing.
      perfetto is a Chrome trace, otlp lines of OTLP/JSON; both go to stdout without --output, or with --output -.
  querytape history  [purge]  [--search WORDS] [--profile NAME] [--limit N]  [--json]
      Lists the statements that were run, newest first, or deletes them all.
  querytape logs     [--since TIME|15m|2h|3d] [--level LEVEL] [--query ID] [--follow]  [--json]
      Prints the log, oldest first, and with --follow what is added to it.
  querytape orphans  [--json]
      Lists what a crash left behind on servers: statements that may have completed, and what was lost with them.
  querytape blockers [QUERY_ID]  [--json]
      Asks the server of a statement that the running Querytape runs who blocks it. Without an id it lists the statements that run.
  querytape replay   FILE.qtape|DIR  [--until SEQ]  [--diagnose]  [--json]
      Folds it through the machines and says whether every recorded state was reached; with --diagnose also what went wrong.
  querytape replay   FILE.qtape|DIR  verdicts | diagnose | state-at SEQ|TIME | explain QUERY_ID  [--json]
  querytape replay   FILE.qtape|DIR  ask EXPRESSION  [--json]
  querytape replay   FILE.qtape|DIR  events  [--actor ID] [--type TYPE|PREFIX*] [--from SEQ|TIME] [--to SEQ|TIME]  [--json]
      Answers what is asked of a tape. TIME is written as 2026-01-31T14:03:00Z.
  querytape replay   FILE.qtape|DIR  --format perfetto|otlp  [--from SEQ|TIME] [--to SEQ|TIME]  [--output FILE]  [--json]
      Writes it for another tool, as tape export does the live tape: a Chrome trace, or lines of OTLP/JSON.
  querytape replay   FILE.qtape  --open  [--no-open]  [--json]
      Opens the bundle in the page of the running Querytape, or of one that it starts. --no-open prints the link only.
  querytape doctor   [--json]
      Says what works here.
`;

/** The whole of it. */
export const HELP = `querytape ${VERSION}: a database client with a flight recorder

${COMMANDS}
  Every command takes --data-dir DIR, the folder of tape, vault and history. Without it QUERYTAPE_DATA_DIR names that folder, else it is
  the platform's for a user's data. --help after a command describes that command alone; --version prints the version.
  Exit: 0 success, 1 what was checked does not hold, 2 wrong usage.
`;

/** The part on one command; empty where there is none of that name. */
export function helpOn(command: string): string {
  const parts = COMMANDS.split(/^(?= {2}querytape )/m);
  return parts.filter((part) => /^ {2}querytape \[?([a-z]+)/.exec(part)?.[1] === command).join('');
}
