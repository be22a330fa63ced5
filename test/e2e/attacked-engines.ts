import type { Target } from '../../src/events/profile.ts';
import { obtainMongodb } from '../servers/mongodb.ts';
import { emptyMariadb } from '../servers/mysql.ts';
import { makeCluster } from '../servers/postgres-cluster.ts';

const tls = { mode: 'disable' } as const;

/** A server, what is in it, and how it is written to without the right to. */
export interface Attacked {
  readonly name: string;
  obtain(): Promise<{ target: Target; password: string; stop(): Promise<void> }>;
  readonly make: readonly string[];
  /** What there is to be changed, in one row. */
  readonly all: string;
  readonly namespace: string;
  readonly key: { column: string; value: string };
  readonly cell: { column: string; value: string };
  readonly writes: readonly string[];
}

export const ATTACKED_ENGINES: readonly Attacked[] = [
  {
    name: 'PostgreSQL',
    async obtain() {
      const cluster = await makeCluster();
      const { password, ...address } = cluster.address;
      return { target: { engine: 'postgres', ...address, tls }, password, stop: () => cluster.remove() };
    },
    make: ['create table kept (id int primary key, name text)', "insert into kept values (1, 'a')"],
    all: 'select * from kept order by id',
    namespace: 'public',
    key: { column: 'id', value: '1' },
    cell: { column: 'name', value: 'attacked' },
    writes: [
      "insert into kept values (2, 'b')",
      'explain analyze delete from kept',
      'explain (analyze) create table more as select 1',
      'commit; delete from kept',
      'set default_transaction_read_only = off; delete from kept',
      'begin read write; delete from kept; commit',
    ],
  },
  {
    name: 'MariaDB',
    async obtain() {
      const { address, stop } = await emptyMariadb();
      const { password, ...rest } = address;
      return { target: { engine: 'mariadb', ...rest, database: 'mysql', tls }, password, stop };
    },
    make: [
      'CREATE DATABASE IF NOT EXISTS attacked',
      'DROP TABLE IF EXISTS attacked.kept',
      'CREATE TABLE attacked.kept (id INT PRIMARY KEY, name VARCHAR(40))',
      "INSERT INTO attacked.kept VALUES (1, 'a')",
    ],
    all: 'SELECT * FROM attacked.kept ORDER BY id',
    namespace: 'attacked',
    key: { column: 'id', value: '1' },
    cell: { column: 'name', value: 'attacked' },
    writes: [
      "INSERT INTO attacked.kept VALUES (2, 'b')",
      'ANALYZE DELETE FROM attacked.kept',
      'COMMIT; DELETE FROM attacked.kept',
      'SET SESSION TRANSACTION READ WRITE; DELETE FROM attacked.kept',
      'START TRANSACTION READ WRITE; DELETE FROM attacked.kept; COMMIT',
      '/*!50000 DELETE FROM attacked.kept */',
    ],
  },
  {
    name: 'MongoDB',
    async obtain() {
      const { address, stop } = await obtainMongodb();
      const { host, port, user, password } = address;
      const mongo = { directConnection: true, authSource: 'admin' };
      return {
        target: { engine: 'mongodb', host, port, user, database: 'shop', tls, mongo },
        password,
        stop,
      };
    },
    make: ['db.kept.drop()', 'db.kept.insertOne({ _id: 1, name: "a" })'],
    all: 'db.kept.find({}).sort({ _id: 1 })',
    namespace: 'shop',
    key: { column: '_id', value: '{"$numberInt":"1"}' },
    cell: { column: 'name', value: '"attacked"' },
    writes: [
      'db.kept.insertOne({ _id: 2 })',
      'db.kept.deleteMany({})',
      'db.kept.aggregate([{ $out: "more" }])',
      'db.runCommand({ delete: "kept", deletes: [{ q: {}, limit: 0 }] })',
    ],
  },
];
