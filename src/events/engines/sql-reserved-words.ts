/** Reserved key words (PostgreSQL manual, appendix C), which have to be quoted as names. */
export const SQL_RESERVED: ReadonlySet<string> = new Set(
  `all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
  current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc distinct do
  else end except false fetch for foreign from grant group having in initially intersect into lateral leading limit
  localtime localtimestamp not null offset on only or order placing primary references returning select session_user some
  symmetric system_user table then to trailing true union unique user using variadic when where window with authorization
  binary collation concurrently cross current_schema freeze full ilike inner is isnull join left like natural notnull outer
  overlaps right similar tablesample verbose`.split(/\s+/),
);

/** Reserved words of MySQL and MariaDB that are likely as names and not among those above (manual, "Keywords and Reserved Words"). */
export const MYSQL_RESERVED: ReadonlySet<string> = new Set(
  `accessible add alter before between bigint blob by call cascade change char character condition continue convert cube
  cume_dist cursor database databases day_hour dec decimal declare delayed delete dense_rank describe div double drop dual
  each elseif empty enclosed escaped except exists exit explain first_value float force function generated get groups
  high_priority if ignore index infile inout insert int integer interval iterate json_table key keys kill lag last_value lead
  leave lines linear load lock long loop match mod modifies numeric of optimize option out outfile over partition percent_rank
  precision procedure purge range rank read reads real recursive regexp release rename repeat replace require resignal
  restrict return revoke rlike row row_number rows schema schemas separator set show signal smallint spatial specific sql
  ssl starting stored straight_join system terminated text tinyint trigger undo unlock unsigned update usage use values
  varbinary varchar virtual while write xor year_month zerofill`.split(/\s+/),
);
