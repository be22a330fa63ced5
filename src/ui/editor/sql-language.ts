import { type Completion, type CompletionSource, ifNotIn } from '@codemirror/autocomplete';
import {
  keywordCompletionSource,
  MariaSQL,
  MySQL,
  PostgreSQL,
  schemaCompletionSource,
} from '@codemirror/lang-sql';
import { LanguageSupport } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { type CompletionNames, columnsByName, kindsByName, type Learn } from './completion-names.ts';
import { statementNames, statementNode, unquoted } from './statement-names.ts';

const DIALECTS = { postgres: PostgreSQL, mysql: MySQL, mariadb: MariaSQL } as const;

/** The engines whose statements are SQL. */
type SqlEngine = keyof typeof DIALECTS;

/**
 * SQL in an engine's dialect, with its own words and the catalogue's names to complete, each with what it is; those of `namespace` need
 * no prefix.
 */
export function sqlLanguage(engine: SqlEngine, namespace: string, learn: Learn): Extension {
  const { language } = DIALECTS[engine];
  return new LanguageSupport(language, [
    language.data.of({ autocomplete: ifNotIn(WORDLESS, namesSource(engine, namespace, learn)) }),
    language.data.of({ autocomplete: keywordsSource(engine) }),
  ]);
}

/** The engine's own words, each with what it is; none behind a dot, where only a name can stand. */
export function keywordsSource(engine: SqlEngine): CompletionSource {
  const source = keywordCompletionSource(DIALECTS[engine], false, (label, type) => ({
    label,
    type,
    detail: type === 'type' ? 'type' : 'keyword',
    boost: -1,
  }));
  return (context) => (context.matchBefore(/\.\s*\w*/) ? null : source(context));
}

/** Text of a statement before and after the cursor that is looked at. */
const AROUND_UNITS_MAX = 10_000;

/** Where no name stands. */
const WORDLESS = ['String', 'LineComment', 'BlockComment'];

/** The catalogue's names, each with what it is, and what is nameable in the statement at hand alone (`statementNames`). */
export function namesSource(engine: SqlEngine, namespace: string, learn: Learn): CompletionSource {
  let source = sourceOf(engine, {}, namespace);
  let known: CompletionNames | null = null;
  return async (context) => {
    const { state, pos } = context;
    const statement = statementNode(state, pos);
    const from = Math.max(statement?.from ?? pos, pos - AROUND_UNITS_MAX);
    const to = Math.max(pos, Math.min(statement?.to ?? pos, pos + AROUND_UNITS_MAX));
    const names = await learn(state.sliceDoc(from, to));
    if (names !== known) source = sourceOf(engine, names, namespace);
    known = names;
    const found = await source(context);
    if (!statement) return found;
    const inside = await sourceOf(engine, statementNames(state, statement, pos, names), '')(context);
    if (!found || !inside) return found ?? inside;
    // What is nearest is most often meant.
    const near = inside.options
      .filter(({ type }) => type !== 'constant')
      .map((one) => ({ ...one, boost: 1 }));
    const labels = new Set(near.map(({ label }) => label));
    return { ...found, options: [...found.options.filter(({ label }) => !labels.has(label)), ...near] };
  };
}

function sourceOf(engine: SqlEngine, names: CompletionNames, namespace: string): CompletionSource {
  const source = schemaCompletionSource({
    dialect: DIALECTS[engine],
    schema: columnsByName(names),
    ...(namespace === '' ? {} : { defaultSchema: namespace }),
  });
  const kinds = kindsByName(names);
  return async (context) => {
    const found = await source(context);
    return (
      found && { ...found, options: found.options.map((one) => ({ ...one, detail: detailOf(one, kinds) })) }
    );
  };
}

/** What a name of the catalogue is, by the type that the language gives it: collections and namespaces have the same. */
function detailOf({ label, type }: Completion, kinds: ReadonlyMap<string, string>): string {
  if (type === 'property') return 'column';
  if (type === 'constant') return 'alias';
  return kinds.get(unquoted(label)) ?? 'schema';
}
