import { MariaSQL, MySQL, PostgreSQL, sql } from '@codemirror/lang-sql';
import type { Extension } from '@codemirror/state';
import type { CompletionNames } from './completion-names.ts';

const DIALECTS = { postgres: PostgreSQL, mysql: MySQL, mariadb: MariaSQL } as const;

/** The engines whose statements are SQL. */
export type SqlEngine = keyof typeof DIALECTS;

/**
 * SQL in an engine's dialect, with the catalogue's names to complete; those of `namespace` need no prefix.
 */
export function sqlLanguage(engine: SqlEngine, names: CompletionNames, namespace: string): Extension {
  return sql({
    dialect: DIALECTS[engine],
    schema: names as Record<string, string[]>,
    ...(namespace === '' ? {} : { defaultSchema: namespace }),
    upperCaseKeywords: false,
  });
}
