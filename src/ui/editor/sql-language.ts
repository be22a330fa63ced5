import type { Completion, CompletionSource } from '@codemirror/autocomplete';
import {
  keywordCompletionSource,
  MariaSQL,
  MySQL,
  PostgreSQL,
  schemaCompletionSource,
} from '@codemirror/lang-sql';
import { LanguageSupport } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { type CompletionNames, columnsByName, kindsByName } from './completion-names.ts';

const DIALECTS = { postgres: PostgreSQL, mysql: MySQL, mariadb: MariaSQL } as const;

/** The engines whose statements are SQL. */
type SqlEngine = keyof typeof DIALECTS;

/**
 * SQL in an engine's dialect, with its own words and the catalogue's names to complete, each with what it is; those of `namespace` need
 * no prefix.
 */
export function sqlLanguage(engine: SqlEngine, names: CompletionNames, namespace: string): Extension {
  const { language } = DIALECTS[engine];
  return new LanguageSupport(language, [
    language.data.of({ autocomplete: namesSource(engine, names, namespace) }),
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

/** The catalogue's names, each with what it is. */
export function namesSource(engine: SqlEngine, names: CompletionNames, namespace: string): CompletionSource {
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
  return kinds.get(label) ?? 'schema';
}
