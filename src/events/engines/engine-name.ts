import { Type } from '@sinclair/typebox';
import type { Of } from '../schema.ts';

/** The engines that a profile can name. MariaDB is spoken to by the MySQL driver. */
export const Engine = Type.Union([
  Type.Literal('postgres'),
  Type.Literal('mysql'),
  Type.Literal('mariadb'),
  Type.Literal('mongodb'),
]);
export type Engine = Of<typeof Engine> & string;

/** Each engine's product, as its makers write it. In the order in which they are offered. */
export const PRODUCTS: Readonly<Record<Engine, string>> = {
  postgres: 'PostgreSQL',
  mysql: 'MySQL',
  mariadb: 'MariaDB',
  mongodb: 'MongoDB',
};

/** The names of all engines, in the order in which they are offered. */
export const ENGINES = Object.keys(PRODUCTS) as readonly Engine[];

/** The engine of a new profile until another one is chosen. */
export const DEFAULT_ENGINE: Engine = ENGINES[0]!;
