/** A name as PostgreSQL reads it back: quoted where it would be folded or is no plain name. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Reserved key words (PostgreSQL manual, appendix C), which have to be quoted as names. */
const RESERVED = new Set(
  `all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
  current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc distinct do
  else end except false fetch for foreign from grant group having in initially intersect into lateral leading limit
  localtime localtimestamp not null offset on only or order placing primary references returning select session_user some
  symmetric system_user table then to trailing true union unique user using variadic when where window with authorization
  binary collation concurrently cross current_schema freeze full ilike inner is isnull join left like natural notnull outer
  overlaps right similar tablesample verbose`.split(/\s+/),
);
