import type { ProfileDraft } from '../../src/events/profile.ts';
import { obtainMongodb } from '../servers/mongodb.ts';
import { obtainMariadb } from '../servers/mysql.ts';
import { mysqlClient } from '../servers/mysql-client.ts';
import { obtainPostgres } from '../servers/postgres.ts';
import { psql } from '../servers/psql.ts';
import type { Sshd } from '../servers/sshd.ts';
import { type ProxiedConnection, tcpProxy } from '../servers/tcp-proxy.ts';
import { connectionsTo } from './held.ts';

/** An engine of the hour: how it is reached, and its words for what a user does. */
export interface HourServer {
  readonly name: string;
  readonly draft: ProfileDraft;
  readonly secrets: Readonly<Record<string, string>>;
  /** Makes the table or collection `hour`, empty. */
  readonly make: string;
  readonly drop: string;
  /** A script of several statements, of which one fails. */
  readonly script: string;
  /** Reads so many rows. */
  rows(count: number): string;
  insert(key: number): string;
  readonly deleteAll: string;
  /** Takes long enough to be cancelled. */
  readonly slow: string;
  readonly namespace: string;
  readonly key: { readonly column: string; readonly value: string };
  cell(text: string): string;
  /** Ends every connection of the program, from outside. */
  cut(): Promise<unknown>;
  /** Connections of the program that the server has. */
  connections(): Promise<number>;
}

/** Where the contract's documents are. */
const CONTRACT = `db.getSiblingDB("querytape_contract")`;
const tls = { mode: 'disable' } as const;
const development = { environment: 'development', readOnly: false } as const;

/** The servers of the hour, each by itself and one of them also through a tunnel, and how to give them back. */
export async function hourServers(sshd: Sshd, keyFile: string) {
  const [postgres, mariadb, mongodb] = await Promise.all([
    obtainPostgres(),
    obtainMariadb(),
    obtainMongodb(),
  ]);
  const ours = "from pg_stat_activity where application_name like 'querytape%'";
  const sql = {
    drop: 'drop table if exists hour',
    script: "select 1; select 2; selec 3; select 'never'",
    insert: (key: number) => `insert into hour values (${key}, 'row ${key}')`,
    deleteAll: 'delete from hour',
    key: { column: 'id', value: '1' },
    cell: (text: string) => text,
  };
  const { password, ...address } = postgres.address;
  const relational = {
    ...sql,
    secrets: { password },
    make: 'create table hour (id int primary key, name text)',
    rows: (count: number) => `select i, md5(i::text) as hash from generate_series(1, ${count}) i`,
    slow: 'select pg_sleep(600)',
    namespace: 'public',
    cut: () => psql(postgres.address, `select pg_terminate_backend(pid) ${ours}`),
    connections: async () => Number((await psql(postgres.address, `select count(*) ${ours}`))[0]![0]),
  };
  const target = { engine: 'postgres', ...address, tls } as const;
  const hop = { host: sshd.host, port: sshd.port, user: sshd.user, auth: { by: 'key', keyFile } } as const;
  const tunnelled = (backend: 'openssh' | 'embedded'): HourServer => ({
    ...relational,
    name: `through ${backend}`,
    draft: {
      name: `through ${backend}`,
      ...development,
      target,
      tunnel: { by: 'ssh', backend, hostKeys: 'strict', hops: [hop] },
    },
    // The tunnel itself is lost.
    cut: async () => {
      await sshd.kill();
      await sshd.start();
    },
  });
  const { password: word, ...maria } = mariadb.address;
  const asked = async (text: string) => String((await mysqlClient(mariadb.address, [], [text]))[0]);
  const theirs = "from information_schema.processlist where id <> connection_id() and command <> 'Daemon'";
  const { host, port, user } = mongodb.address;
  const open = new Set<ProxiedConnection>();
  const proxy = await tcpProxy({ host, port }, { fromClient: (_, connection) => void open.add(connection) });
  const servers: readonly HourServer[] = [
    { ...relational, name: 'postgres', draft: { name: 'postgres', ...development, target } },
    {
      ...sql,
      name: 'mariadb',
      draft: { name: 'mariadb', ...development, target: { engine: 'mariadb', ...maria, tls } },
      secrets: { password: word },
      make: 'create table hour (id int primary key, name varchar(100))',
      rows: (count) => `select seq, md5(seq) as hash from seq_1_to_${count}`,
      slow: 'select sleep(600)',
      namespace: maria.database,
      cut: async () => {
        const ids = await asked(`select coalesce(group_concat(id), '') ${theirs}`);
        const kills = ids.split(',').filter(Boolean);
        await mysqlClient(
          mariadb.address,
          kills.map((id) => `kill ${id}`),
          ['select 1'],
        );
      },
      connections: async () => Number(await asked(`select count(*) ${theirs}`)),
    },
    {
      name: 'mongodb',
      draft: {
        name: 'mongodb',
        ...development,
        target: {
          engine: 'mongodb',
          host: '127.0.0.1',
          port: proxy.port,
          user,
          database: 'shop',
          tls,
          mongo: { directConnection: true, authSource: 'admin' },
        },
      },
      secrets: { password: mongodb.address.password },
      make: 'db.hour.deleteMany({})',
      drop: 'db.hour.drop()',
      script:
        'db.hour.countDocuments({}); db.hour.find({}); db.hour.aggregate([{$nonsense: 1}]); db.hour.find({})',
      // A thousand documents, each as often as it takes.
      rows: (count) => `${CONTRACT}.thousand.aggregate([
        {$addFields: {again: {$range: [0, ${Math.max(1, count / 1000)}]}}}, {$unwind: "$again"}, {$limit: ${count}}])`,
      insert: (key) => `db.hour.insertOne({_id: ${key}, name: "row ${key}"})`,
      deleteAll: 'db.hour.deleteMany({})',
      slow: `${CONTRACT}.one.find({$where: "sleep(600000) || true"})`,
      namespace: 'shop',
      key: { column: '_id', value: '{"$numberInt":"1"}' },
      cell: (text) => JSON.stringify(text),
      cut: async () => {
        for (const connection of open) connection.cut();
        open.clear();
      },
      connections: async () => connectionsTo(port),
    },
    tunnelled('openssh'),
    tunnelled('embedded'),
  ];
  return {
    servers,
    stop: () => Promise.all([postgres.stop(), mariadb.stop(), proxy.close(), mongodb.stop()]),
  };
}
