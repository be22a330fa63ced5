/** A list of words. */
export const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Functions of a column, and operators, whose value is another for most other values of the column. */
export const KEEPING = words(`
  lower upper trim btrim ltrim rtrim lcase ucase date binary collate convert_tz hex unhex md5 sha1 sha2 sha256 sha512 uuid_to_bin
  bin_to_uuid inet_aton inet6_aton from_unixtime unix_timestamp timestamp json_extract json_unquote json_value jsonb_extract_path_text
  json_extract_path_text -> ->> #> #>> date_add date_sub adddate subdate timestampadd
`);
/** Those of which the column is the last part. */
export const KEEPING_LAST = words('timezone date_trunc timestampadd');
/** Parts of a time: alike in many rows, so only one of their values narrows. */
export const PARTS = words('year month day dayofmonth week extract date_part');
/** Units of time that are alike in many rows. */
export const PARTS_OF_TIME = words('year month day week doy dow isodow isoyear quarter');
/** Casts that keep different values different. */
export const CASTS = words(`
  text varchar bpchar citext int int2 int4 int8 integer bigint numeric uuid date timestamp timestamptz json jsonb inet char datetime
`);
/** Functions of the current time. */
export const CLOCKS = words(`
  now current_date current_timestamp localtimestamp current_time localtime clock_timestamp statement_timestamp transaction_timestamp
  curdate sysdate utc_timestamp utc_date unix_timestamp $$now
`);
/** Functions of a literal that are a time of it. */
export const TIMES = words(
  'date timestamp str_to_date to_date to_timestamp unix_timestamp convert_tz from_unixtime timestamptz',
);
/** Functions of a clock that stay near it. */
export const OF_CLOCKS = words(`
  date_trunc date_sub date_add adddate subdate date timestamp unix_timestamp timezone from_unixtime convert_tz timestampadd
`);
/** Functions that give the elements of what they are given, and so a few rows for a literal. */
export const ELEMENTS = words(`
  unnest json_array_elements json_array_elements_text jsonb_array_elements jsonb_array_elements_text json_to_recordset
  jsonb_to_recordset json_populate_recordset jsonb_populate_recordset string_to_table regexp_split_to_table json_table
`);
