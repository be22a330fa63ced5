import { Type } from '@sinclair/typebox';
import { type Of, part } from './schema.ts';

/** The engines that a profile can name. MariaDB is spoken to by the MySQL driver. */
export const Engine = Type.Union([
  Type.Literal('postgres'),
  Type.Literal('mysql'),
  Type.Literal('mariadb'),
  Type.Literal('mongodb'),
]);
export type Engine = Of<typeof Engine> & string;

/** What an engine, or this very server, can do. The page asks it; the server side enforces it. */
export const Capabilities = part({
  transactions: Type.Boolean(),
  savepoints: Type.Boolean(),
  /** `server`: the server confirms a cancel. `bestEffort`: the client can only stop listening. */
  cancel: Type.Union([Type.Literal('server'), Type.Literal('bestEffort')]),
  streaming: Type.Boolean(),
  multipleResultSets: Type.Boolean(),
});
export type Capabilities = Of<typeof Capabilities>;
