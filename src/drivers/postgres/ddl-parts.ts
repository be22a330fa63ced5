/**
 * The parts of the statements that would make a collection again, as queries on `c`: the collection, with `oid`, `name` (qualified and
 * quoted), `kind` (the word of ALTER and COMMENT), `grants` (the word of GRANT) and its columns of pg_class. PostgreSQL writes most
 * parts itself (`pg_get_…def`), but not a table as a whole. Each row is what the part is, a text to order it by, and its text. The
 * manual's chapter "System Catalogs" describes what is read.
 *
 *   head      what is made · column, constraint   lines of CREATE TABLE · tail   what follows its parenthesis
 *   options   storage parameters · body           a view's query
 *   before, after   statements around it · leftOut   what no statement here makes
 */

/** A name of a relation or type, qualified. */
const qualified = (namespace: string, name: string): string =>
  `pg_catalog.format('%I.%I', ${namespace}, ${name})`;

/** The names of a relation by its oid. */
const relation = (oid: string): string =>
  `(select ${qualified('rn.nspname', 'r.relname')} from pg_catalog.pg_class r
    join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace where r.oid = ${oid})`;

/** `name='value', …` of an array of options, each value a literal. */
const options = (array: string, separator: string, prefix = ''): string =>
  `(select pg_catalog.string_agg(pg_catalog.format('${prefix}%I${separator}%L', pg_catalog.split_part(o, '=', 1),
      pg_catalog.substr(o, pg_catalog.strpos(o, '=') + 1)), ', ') from pg_catalog.unnest(${array}) o)`;

/** What a sequence `s` (pg_sequence) differs in from one that CREATE SEQUENCE makes of its type. */
const sequenceOptions = `pg_catalog.concat(
    case when s.seqincrement <> 1 then ' INCREMENT BY ' || s.seqincrement end,
    case when s.seqmin <> case when s.seqincrement > 0 then 1 else t.low end then ' MINVALUE ' || s.seqmin end,
    case when s.seqmax <> case when s.seqincrement > 0 then t.high else -1 end then ' MAXVALUE ' || s.seqmax end,
    case when s.seqstart <> case when s.seqincrement > 0 then s.seqmin else s.seqmax end then ' START WITH ' || s.seqstart end,
    case when s.seqcache <> 1 then ' CACHE ' || s.seqcache end, case when s.seqcycle then ' CYCLE' end)`;

/** The sequences that belong to columns: `a` those of DEFAULT (serial), `i` those of an identity. */
const sequencesOf = (dependency: 'a' | 'i'): string => `pg_catalog.pg_depend d
    join pg_catalog.pg_class q on q.oid = d.objid and q.relkind = 'S'
    join pg_catalog.pg_namespace qn on qn.oid = q.relnamespace
    join pg_catalog.pg_sequence s on s.seqrelid = q.oid
    join (values ('int2'::pg_catalog.regtype, -32768::pg_catalog.int8, 32767::pg_catalog.int8),
      ('int4', -2147483648, 2147483647), ('int8', -9223372036854775808, 9223372036854775807)) t(type, low, high) on t.type = s.seqtypid
  where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    and d.deptype = '${dependency}'`;

const IDENTITY = `(select case when o = '' then '' else ' (' || pg_catalog.ltrim(o) || ')' end from (
    select pg_catalog.concat(
      case when q.relname <> c.relname || '_' || a.attname || '_seq' then ' SEQUENCE NAME ' || ${qualified('qn.nspname', 'q.relname')} end,
      ${sequenceOptions}) o
    from ${sequencesOf('i')} and d.refobjid = c.oid and d.refobjsubid = a.attnum) i)`;

/** Since version 18 NOT NULL is a constraint with a name, and may be added without a look at the rows that are there. */
const NOT_NULL = `coalesce((select case when not k.convalidated then '' else case when k.conname = c.relname || '_' || a.attname || '_not_null' then ''
      else pg_catalog.format(' CONSTRAINT %I', k.conname) end || ' NOT NULL' || case when k.connoinherit then ' NO INHERIT' else '' end end
    from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype = 'n' and k.conkey = array[a.attnum]), ' NOT NULL')`;

/** Of aclexplode `g`. */
const ROLE = `case when g.grantee = 0 then 'PUBLIC' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) end`;
const OPTION = `case when g.is_grantable then ' WITH GRANT OPTION' else '' end`;

const HEAD = `select 'head', '', pg_catalog.concat(c.relkind, c.relpersistence, ' ', c.name) from c`;

/** A partition has its identity columns from its parent: one that brings its own can't be attached. */
const COLUMNS = `select 'column', pg_catalog.to_char(a.attnum, '0000'),
    pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
    || coalesce(' OPTIONS (' || ${options('a.attfdwoptions', ' ')} || ')', '')
    || case when a.attcollation <> t.typcollation and a.attcollation <> 0
      then (select ' COLLATE ' || ${qualified('ln.nspname', 'l.collname')}
        from pg_catalog.pg_collation l join pg_catalog.pg_namespace ln on ln.oid = l.collnamespace
        where l.oid = a.attcollation) else '' end
    || case when c.relispartition and a.attidentity <> '' then ''
      when a.attidentity = 'a' then ' GENERATED ALWAYS AS IDENTITY' || coalesce(${IDENTITY}, '')
      when a.attidentity = 'd' then ' GENERATED BY DEFAULT AS IDENTITY' || coalesce(${IDENTITY}, '')
      when a.attgenerated = 's' then ' GENERATED ALWAYS AS (' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) || ') STORED'
      when a.attgenerated <> '' then ' GENERATED ALWAYS AS (' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) || ')'
      else coalesce(' DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') end
    || case when a.attnotnull then ${NOT_NULL} else '' end
  from c join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_catalog.pg_type t on t.oid = a.atttypid
  left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where c.relkind in ('r', 'p', 'f') and (a.attislocal or c.relispartition)`;

/** A partition is made alone and attached, so it has what it inherits; a child of INHERITS has it from its parents. */
const IS_OWN = `(k.conislocal or c.relispartition)
    and not exists (select from pg_catalog.pg_constraint p where p.oid = k.conparentid and p.conrelid = k.conrelid)`;

const CONSTRAINTS = `select 'constraint', pg_catalog.strpos('pufxc', k.contype) || k.conname,
    pg_catalog.format('CONSTRAINT %I %s', k.conname, pg_catalog.pg_get_constraintdef(k.oid, true))
  from c join pg_catalog.pg_constraint k on k.conrelid = c.oid
  where k.contype in ('p', 'u', 'f', 'x', 'c') and k.convalidated and ${IS_OWN}
  union all
  select 'after', '05' || k.conname, pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.name, k.conname,
    pg_catalog.pg_get_constraintdef(k.oid, true))
  from c join pg_catalog.pg_constraint k on k.conrelid = c.oid
  where k.contype in ('f', 'c', 'n') and not k.convalidated and ${IS_OWN}
  union all
  select 'after', '06' || k.conname, pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.name, k.conname,
    pg_catalog.pg_get_constraintdef(k.oid, true))
  from c join pg_catalog.pg_constraint k on k.conrelid = c.oid
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
  where k.contype = 'n' and k.convalidated and k.coninhcount = 0 and not a.attislocal and not c.relispartition`;

const TAIL = `select 'tail', '0', 'INHERITS (' || pg_catalog.string_agg(${relation('i.inhparent')}, ', ' order by i.inhseqno) || ')'
  from c join pg_catalog.pg_inherits i on i.inhrelid = c.oid where not c.relispartition and c.relkind in ('r', 'f') having pg_catalog.count(*) > 0
  union all
  select 'tail', '1', 'PARTITION BY ' || pg_catalog.pg_get_partkeydef(c.oid) from c where c.relkind = 'p'
  union all
  select 'tail', '2', 'USING ' || pg_catalog.quote_ident(m.amname) from c join pg_catalog.pg_am m on m.oid = c.relam
    where c.relkind in ('r', 'm') and m.amname <> 'heap'
  union all
  select 'tail', '4', 'TABLESPACE ' || pg_catalog.quote_ident(s.spcname) from c
    join pg_catalog.pg_tablespace s on s.oid = c.reltablespace
  union all
  select 'tail', '5', 'SERVER ' || pg_catalog.quote_ident(s.srvname) || coalesce(' OPTIONS (' || ${options('f.ftoptions', ' ')} || ')', '')
  from c join pg_catalog.pg_foreign_table f on f.ftrelid = c.oid join pg_catalog.pg_foreign_server s on s.oid = f.ftserver
  union all
  select 'options', '', o.text from c left join pg_catalog.pg_class x on x.oid = c.reltoastrelid
    cross join lateral (select pg_catalog.concat_ws(', ', ${options('c.reloptions', '=')}, ${options('x.reloptions', '=', 'toast.')}) text) o
    where o.text <> ''
  union all
  select 'body', '', pg_catalog.pg_get_viewdef(c.oid, true) from c where c.relkind in ('v', 'm')
  union all
  select 'tail', '9', 'WITH NO DATA' from c where c.relkind = 'm' and not c.relispopulated`;

const SEQUENCES = `select 'before', q.relname, pg_catalog.format('CREATE SEQUENCE %s AS %s%s', ${qualified('qn.nspname', 'q.relname')},
    pg_catalog.format_type(s.seqtypid, null), ${sequenceOptions}) from c, ${sequencesOf('a')} and d.refobjid = c.oid
  union all
  select 'after', '00' || q.relname, pg_catalog.format('ALTER SEQUENCE %s OWNED BY %s.%I', ${qualified('qn.nspname', 'q.relname')}, c.name, a.attname)
  from c, pg_catalog.pg_attribute a, ${sequencesOf('a')} and d.refobjid = c.oid and a.attrelid = c.oid and a.attnum = d.refobjsubid
  union all
  select 'after', '51' || q.relname, pg_catalog.format('COMMENT ON SEQUENCE %s IS %L', ${qualified('qn.nspname', 'q.relname')}, m.description)
  from c, pg_catalog.pg_description m, ${sequencesOf('a')} and d.refobjid = c.oid and m.objoid = q.oid and m.objsubid = 0
    and m.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
  union all
  select 'after', '64' || q.relname || g.grantee || g.is_grantable || g.privilege_type, pg_catalog.format('GRANT %s ON SEQUENCE %s TO %s',
    g.privilege_type, ${qualified('qn.nspname', 'q.relname')}, ${ROLE}) || ${OPTION}
  from c, ${sequencesOf('a').replace('where', 'cross join lateral pg_catalog.aclexplode(q.relacl) g where')} and d.refobjid = c.oid
    and g.grantee <> q.relowner`;

/** Whether an index `x` comes with the line of its constraint. */
const IS_OF_CONSTRAINT =
  "exists (select from pg_catalog.pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x'))";

/** An index of a partitioned table is written ON ONLY it, which would leave partitions without. */
const INDEXES = `select 'after', '10' || i.relname, pg_catalog.replace(pg_catalog.pg_get_indexdef(x.indexrelid),
    pg_catalog.format('INDEX %I ON ONLY ', i.relname), pg_catalog.format('INDEX %I ON ', i.relname))
  from c join pg_catalog.pg_index x on x.indrelid = c.oid join pg_catalog.pg_class i on i.oid = x.indexrelid
  where not ${IS_OF_CONSTRAINT}
  union all
  select 'after', '11' || i.relname || s.word, pg_catalog.format('ALTER INDEX %s %s', ${relation('x.indexrelid')}, s.word)
  from c join pg_catalog.pg_index x on x.indrelid = c.oid join pg_catalog.pg_class i on i.oid = x.indexrelid
  cross join lateral (select 'SET (' || ${options('i.reloptions', '=')} || ')' where ${IS_OF_CONSTRAINT}
    union all
    select 'SET TABLESPACE ' || pg_catalog.quote_ident(s.spcname) from pg_catalog.pg_tablespace s where s.oid = i.reltablespace
    union all
    select pg_catalog.format('ALTER COLUMN %s SET STATISTICS %s', a.attnum, a.attstattarget) from pg_catalog.pg_attribute a
      where a.attrelid = i.oid and a.attstattarget >= 0) s(word)
  where s.word is not null
  union all
  select 'after', '12' || i.relname, pg_catalog.format('ALTER TABLE %s CLUSTER ON %I', c.name, i.relname)
  from c join pg_catalog.pg_index x on x.indrelid = c.oid and x.indisclustered join pg_catalog.pg_class i on i.oid = x.indexrelid
  union all
  select 'after', '13', pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY %s', c.name, case c.relreplident when 'f' then 'FULL'
    when 'n' then 'NOTHING' else (select pg_catalog.format('USING INDEX %I', i.relname) from pg_catalog.pg_index x
      join pg_catalog.pg_class i on i.oid = x.indexrelid where x.indrelid = c.oid and x.indisreplident) end)
  from c where c.relkind in ('r', 'p') and c.relreplident <> 'd'
  union all
  select 'after', '15', pg_catalog.format('ALTER TABLE %s ATTACH PARTITION %s %s', ${relation('i.inhparent')}, c.name,
    pg_catalog.pg_get_expr(c.relpartbound, c.oid))
  from c join pg_catalog.pg_inherits i on i.inhrelid = c.oid where c.relispartition`;

const COLUMN_SETTINGS = `select 'after', '20' || pg_catalog.to_char(a.attnum, '0000') || s.word,
    pg_catalog.format('ALTER %s %s ALTER COLUMN %I %s', c.kind, c.name, a.attname, s.word)
  from c join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_catalog.pg_type t on t.oid = a.atttypid
  left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  cross join lateral (values
    (case when c.relkind in ('r', 'p', 'm', 'f') and a.attstorage <> t.typstorage then 'SET STORAGE '
      || case a.attstorage when 'p' then 'PLAIN' when 'e' then 'EXTERNAL' when 'm' then 'MAIN' else 'EXTENDED' end end),
    (case a.attcompression when 'p' then 'SET COMPRESSION pglz' when 'l' then 'SET COMPRESSION lz4' end),
    (case when a.attstattarget >= 0 then 'SET STATISTICS ' || a.attstattarget end),
    ('SET (' || ${options('a.attoptions', '=')} || ')'),
    (case when c.relkind = 'v' or not (a.attislocal or c.relispartition) then 'SET DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) end),
    (case when d.adbin is null and a.attinhcount > 0 and not c.relispartition and exists (select from pg_catalog.pg_inherits i
      join pg_catalog.pg_attribute p on p.attrelid = i.inhparent and p.attname = a.attname and p.atthasdef where i.inhrelid = c.oid)
      then 'DROP DEFAULT' end)
  ) s(word) where s.word is not null`;

const ENABLED = (what: string, name: string, state: string): string =>
  `pg_catalog.format('ALTER TABLE %s %s ${what} %I', c.name, case ${state} when 'D' then 'DISABLE' when 'R' then 'ENABLE REPLICA'
    else 'ENABLE ALWAYS' end, ${name})`;

const ACTIONS = `select 'after', '30' || g.tgname, pg_catalog.pg_get_triggerdef(g.oid) from c
    join pg_catalog.pg_trigger g on g.tgrelid = c.oid where not g.tgisinternal and g.tgparentid = 0
  union all
  select 'after', '31' || g.tgname, ${ENABLED('TRIGGER', 'g.tgname', 'g.tgenabled')} from c
    join pg_catalog.pg_trigger g on g.tgrelid = c.oid where not g.tgisinternal and g.tgenabled <> 'O'
  union all
  select 'after', '32' || w.rulename, pg_catalog.rtrim(pg_catalog.pg_get_ruledef(w.oid), ';') from c
    join pg_catalog.pg_rewrite w on w.ev_class = c.oid where w.rulename <> '_RETURN'
  union all
  select 'after', '33' || w.rulename, ${ENABLED('RULE', 'w.rulename', 'w.ev_enabled')} from c
    join pg_catalog.pg_rewrite w on w.ev_class = c.oid where w.rulename <> '_RETURN' and w.ev_enabled <> 'O'
  union all
  select 'after', '34' || y.polname, pg_catalog.format('CREATE POLICY %I ON %s', y.polname, c.name)
    || case when y.polpermissive then '' else ' AS RESTRICTIVE' end
    || case y.polcmd when 'r' then ' FOR SELECT' when 'a' then ' FOR INSERT' when 'w' then ' FOR UPDATE' when 'd' then ' FOR DELETE' else '' end
    || case when y.polroles = '{0}' then '' else ' TO ' || (select pg_catalog.string_agg(case when u.oid = 0 then 'PUBLIC'
      else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(u.oid)) end, ', ') from pg_catalog.unnest(y.polroles) u(oid)) end
    || coalesce(' USING (' || pg_catalog.pg_get_expr(y.polqual, y.polrelid) || ')', '')
    || coalesce(' WITH CHECK (' || pg_catalog.pg_get_expr(y.polwithcheck, y.polrelid) || ')', '')
  from c join pg_catalog.pg_policy y on y.polrelid = c.oid
  union all
  select 'after', '35', pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', c.name) from c where c.relrowsecurity
  union all
  select 'after', '36', pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', c.name) from c where c.relforcerowsecurity
  union all
  select 'after', '40' || e.stxname, pg_catalog.pg_get_statisticsobjdef(e.oid) from c
    join pg_catalog.pg_statistic_ext e on e.stxrelid = c.oid
  union all
  select 'after', '41' || e.stxname, pg_catalog.format('ALTER STATISTICS %s SET STATISTICS %s', ${qualified('en.nspname', 'e.stxname')},
    e.stxstattarget)
  from c join pg_catalog.pg_statistic_ext e on e.stxrelid = c.oid and e.stxstattarget >= 0
  join pg_catalog.pg_namespace en on en.oid = e.stxnamespace`;

const comment = (what: string, subject: string, from: string, catalogue: string, oid: string): string =>
  `select 'after', '50${what}' || ${subject}, pg_catalog.format('COMMENT ON ${what} %s IS %L', ${subject}, s.description)
   from c ${from} join pg_catalog.pg_description s on s.objoid = ${oid} and s.objsubid = 0
     and s.classoid = 'pg_catalog.${catalogue}'::pg_catalog.regclass`;
const onIt = (name: string): string => `pg_catalog.format('%I ON %s', ${name}, c.name)`;

const COMMENTS = [
  `select 'after', '50' || pg_catalog.to_char(s.objsubid, '0000'), pg_catalog.format('COMMENT ON %s %s IS %L',
     case when s.objsubid > 0 then 'COLUMN' else c.kind end,
     c.name || coalesce('.' || pg_catalog.quote_ident(a.attname), ''), s.description)
   from c join pg_catalog.pg_description s on s.objoid = c.oid and s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
   left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = s.objsubid and s.objsubid > 0`,
  comment(
    'CONSTRAINT',
    onIt('k.conname'),
    'join pg_catalog.pg_constraint k on k.conrelid = c.oid',
    'pg_constraint',
    'k.oid',
  ),
  comment(
    'TRIGGER',
    onIt('g.tgname'),
    'join pg_catalog.pg_trigger g on g.tgrelid = c.oid',
    'pg_trigger',
    'g.oid',
  ),
  comment(
    'RULE',
    onIt('w.rulename'),
    'join pg_catalog.pg_rewrite w on w.ev_class = c.oid',
    'pg_rewrite',
    'w.oid',
  ),
  comment(
    'POLICY',
    onIt('y.polname'),
    'join pg_catalog.pg_policy y on y.polrelid = c.oid',
    'pg_policy',
    'y.oid',
  ),
  comment(
    'INDEX',
    relation('x.indexrelid'),
    'join pg_catalog.pg_index x on x.indrelid = c.oid',
    'pg_class',
    'x.indexrelid',
  ),
  comment(
    'STATISTICS',
    qualified('en.nspname', 'e.stxname'),
    'join pg_catalog.pg_statistic_ext e on e.stxrelid = c.oid join pg_catalog.pg_namespace en on en.oid = e.stxnamespace',
    'pg_statistic_ext',
    'e.oid',
  ),
].join('\n  union all\n  ');

/** Rights that the owner has by itself are left out, unless some of them were taken from it. */
const OWNER = `select 'after', '60', pg_catalog.format('ALTER %s %s OWNER TO %I', c.kind, c.name, pg_catalog.pg_get_userbyid(c.relowner)) from c
  union all
  select 'after', '61', pg_catalog.format('REVOKE ALL ON %s FROM %I', c.name, pg_catalog.pg_get_userbyid(c.relowner)) from c
    where c.relacl is not null and not c.relacl @> pg_catalog.acldefault('r', c.relowner)
  union all
  select 'after', '62' || ${ROLE} || g.is_grantable, pg_catalog.format('GRANT %s ON %s TO %s', pg_catalog.string_agg(g.privilege_type, ', '
      order by g.privilege_type), c.name, ${ROLE}) || ${OPTION}
  from c, pg_catalog.aclexplode(c.relacl) g
  where g.grantee <> c.relowner or not c.relacl @> pg_catalog.acldefault('r', c.relowner)
  group by c.name, g.grantee, g.is_grantable
  union all
  select 'after', '63' || a.attname || ${ROLE} || g.is_grantable, pg_catalog.format('GRANT %s ON %s TO %s',
    pg_catalog.string_agg(pg_catalog.format('%s (%I)', g.privilege_type, a.attname), ', ' order by g.privilege_type), c.name, ${ROLE}) || ${OPTION}
  from c join pg_catalog.pg_attribute a on a.attrelid = c.oid, pg_catalog.aclexplode(a.attacl) g
  group by c.name, a.attname, g.grantee, g.is_grantable`;

/** What the statements above do not make. */
const LEFT_OUT = `select 'leftOut', '0', 'publications ' || pg_catalog.string_agg(pg_catalog.quote_ident(p.pubname), ', ' order by p.pubname)
  from c join pg_catalog.pg_publication_rel r on r.prrelid = c.oid join pg_catalog.pg_publication p on p.oid = r.prpubid
  having pg_catalog.count(*) > 0
  union all
  select distinct 'leftOut', '1', 'security labels' from c join pg_catalog.pg_seclabel l on l.objoid = c.oid
    and l.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
  union all
  select 'leftOut', '2', 'the type that the table is OF' from c where c.reloftype <> 0
  union all
  select distinct 'leftOut', '3' || q.oid, 'the sequence ' || ${relation('q.oid')} || ', which a default uses'
  from c join pg_catalog.pg_attrdef d on d.adrelid = c.oid
    join pg_catalog.pg_depend p on p.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and p.objid = d.oid
    join pg_catalog.pg_class q on q.oid = p.refobjid and q.relkind = 'S' and p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  where not exists (select from pg_catalog.pg_depend o where o.objid = q.oid and o.refobjid = c.oid and o.deptype = 'a')
  union all
  select distinct 'leftOut', '4' || p.proname, 'the trigger function ' || ${qualified('pn.nspname', 'p.proname')} || '()'
  from c join pg_catalog.pg_trigger g on g.tgrelid = c.oid and not g.tgisinternal join pg_catalog.pg_proc p on p.oid = g.tgfoid
    join pg_catalog.pg_namespace pn on pn.oid = p.pronamespace
  where pn.nspname <> 'pg_catalog'
  union all
  select 'leftOut', '5', 'the tables that are its partitions' from c where c.relkind = 'p' and c.relhassubclass
  union all
  select distinct 'leftOut', '6', 'who granted its rights' from c, pg_catalog.aclexplode(c.relacl) g where g.grantor <> c.relowner
  union all
  select 'leftOut', '7', 'the values that its sequences have reached' from c where exists (select from pg_catalog.pg_depend d
    join pg_catalog.pg_class q on q.oid = d.objid and q.relkind = 'S' where d.refobjid = c.oid and d.deptype in ('a', 'i'))`;

const ALL = [
  HEAD,
  COLUMNS,
  CONSTRAINTS,
  TAIL,
  SEQUENCES,
  INDEXES,
  COLUMN_SETTINGS,
  ACTIONS,
  COMMENTS,
  OWNER,
  LEFT_OUT,
];

/** Asks for all parts. `where` picks the collection of `pg_class c` and `pg_namespace n`. */
export function ddlText(where: string): string {
  return `with c as (
      select c.*, case when c.relpersistence = 't' then pg_catalog.quote_ident(c.relname) else ${qualified('n.nspname', 'c.relname')} end as name,
        case c.relkind when 'v' then 'VIEW' when 'm' then 'MATERIALIZED VIEW' when 'f' then 'FOREIGN TABLE' else 'TABLE' end as kind
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where ${where} and c.relkind in ('r', 'p', 'v', 'm', 'f'))
    select * from (${ALL.join('\n  union all\n  ')}) parts(part, place, text) order by 1, 2, 3`;
}
