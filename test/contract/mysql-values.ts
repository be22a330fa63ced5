/** A column's type and the expression that fills it: every type, and the awkward values of each. */
export type Value = readonly [type: string, expression: string];

const of = (type: string, ...expressions: string[]): Value[] => expressions.map((text) => [type, text]);
const texts = (...values: string[]): string[] =>
  values.map((text) => `_utf8mb4 0x${Buffer.from(text).toString('hex')}`);

const WORDS = texts(
  'a',
  'A',
  'a ',
  ' a',
  'Ünïcode 🦊 e\u0301 漢字 \u202e',
  'a\nb\tc\\d\'e"f`g',
  '\ufeffmark',
  'nul\0inside',
  'NULL',
  '0x41',
  '%_',
);

export const VALUES: readonly Value[] = [
  // Whole numbers
  ...of('tinyint', '-128', '127', '0'),
  ...of('tinyint unsigned', '255'),
  ...of('tinyint(1)', '1', '0'),
  ...of('smallint', '-32768', '32767'),
  ...of('smallint(5) unsigned zerofill', '5'),
  ...of('mediumint', '-8388608', '8388607'),
  ...of('mediumint unsigned', '16777215'),
  ...of('int', '-2147483648', '2147483647', '0'),
  ...of('int unsigned', '4294967295'),
  ...of('int(6) unsigned zerofill', '42'),
  ...of('bigint', '-9223372036854775808', '9223372036854775807', '9007199254740993'),
  ...of('bigint unsigned', '18446744073709551615', '9007199254740993'),
  ...of('bigint(20) unsigned zerofill', '7'),
  // Exact and floating numbers
  ...of('decimal(10,2)', '0', '10.00', '-0.01', '99999999.99'),
  ...of(
    'decimal(65,30)',
    `${'1234567890'.repeat(3)}12345.${'1234567890'.repeat(3)}`,
    '-0.000000000000000000000000000001',
  ),
  ...of('decimal(5,0) unsigned', '99999'),
  ...of('decimal(8,3) unsigned zerofill', '1.5'),
  ...of('decimal(30,30)', '0.5', '0'),
  ...of(
    'double',
    '0',
    '0.1',
    '-0.0',
    '-0e0',
    '1e308',
    '1.7976931348623157e308',
    '5e-324',
    '2.2250738585072014e-308',
    '0.30000000000000004',
    '1e15',
    '123456789012345680000',
  ),
  ...of('double(10,3)', '1234567.891', '-0e0'),
  ...of('double unsigned', '1.5'),
  ...of('float', '0.1', '-0.0', '-0e0', '16777216', '16777217', '3.4028235e38', '1e-45', '1234567'),
  ...of('float(7,3)', '1234.568'),
  // Bits and bytes
  ...of('bit(1)', "b'1'", "b'0'"),
  ...of('bit(3)', "b'101'"),
  ...of('bit(9)', "b'100000001'"),
  ...of('bit(64)', "b'1111111111111111111111111111111111111111111111111111111111111111'", "b'1'"),
  ...of('binary(4)', "X'00FF10'", "X''", "'ab'"),
  ...of('varbinary(300)', "X'00FF10'", "X''", "'text'", "X'20'", "X'0A0D09005C27'", "REPEAT(X'FE', 251)"),
  ...of('tinyblob', "X'FFFEFD'", "X''"),
  ...of('blob', "X'89504E470D0A1A0A'", "REPEAT(X'00', 300)", "REPEAT('x', 65535)"),
  ...of('mediumblob', "REPEAT(X'80', 70000)"),
  ...of('longblob', "X'C3'", "''", "REPEAT(X'0001FF', 100000)"),
  ...of('binary(1)', "X'00'", "X'FF'"),
  ...of('bit(24)', "b'111111110000000010101010'"),
  ...of('bit(8)', "b'01000001'"),
  // Text
  ...of('varchar(200)', "''", ...WORDS),
  ...of('varchar(200) CHARACTER SET latin1', "''", ...texts('Ünïcode', "a\\b'c", '€')),
  ...of('varchar(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', ...texts('a', 'a ', 'Ä')),
  ...of('varchar(200) CHARACTER SET ucs2', ...texts('漢字', 'a')),
  ...of('varchar(200) CHARACTER SET utf16', ...texts('🦊')),
  ...of('varchar(200) CHARACTER SET ascii', "'plain'"),
  ...of('varchar(200) CHARACTER SET sjis', ...texts('漢字', 'ア')),
  ...of('char(10)', "'padded'", "''", "'a '", "' a'"),
  ...of('char(1)', "'é'"),
  ...of('binary(5)', "'ab'"),
  ...of('varchar(20) CHARACTER SET utf8mb3', ...texts('漢字', 'ß')),
  ...of('varchar(20) CHARACTER SET cp1250', ...texts('Łódź')),
  ...of('varchar(20) CHARACTER SET koi8r', ...texts('Привет')),
  ...of('tinytext', "'tiny'", "''"),
  ...of('text', "REPEAT('long ', 1000)", ...texts('zwölf\r\nBoxkämpfer')),
  ...of('mediumtext', "REPEAT('m', 70000)"),
  ...of('longtext', "'long'"),
  ...of("enum('new', 'so so', 'it''s', 'Ü', '1', '2')", "'so so'", "'it''s'", "'Ü'", "'2'", "'1'"),
  ...of("set('a', 'b', 'c d', 'Ü')", "''", "'a'", "'a,c d'", "'a,b,c d,Ü'"),
  // Documents
  ...of(
    'json',
    `'{"n": 12345678901234567890, "a": [1, null, "x"], "d": 10.5}'`,
    "'null'",
    "'[]'",
    `'"text"'`,
    "'1'",
    `'{"ü": "\\\\u00e9 🦊 \\\\\\\\ \\\\""}'`,
  ),
  // Time
  ...of('date', "'2024-02-29'", "'1000-01-01'", "'9999-12-31'", "'0001-01-01'"),
  ...of('time', "'00:00:00'", "'838:59:59'", "'-838:59:59'", "'12:34:56'"),
  ...of('time(6)', "'00:00:00.000001'", "'-12:34:56.789000'", "'838:59:58.999999'"),
  ...of('time(2)', "'12:34:56.70'"),
  ...of('datetime', "'2024-03-31 02:30:00'", "'1000-01-01 00:00:00'", "'9999-12-31 23:59:59'"),
  ...of('datetime(6)', "'2024-03-31 02:30:00.123456'", "'2024-01-01 00:00:00'"),
  ...of('datetime(3)', "'2024-03-31 02:30:00.120'"),
  ...of('timestamp NULL', "'2024-02-29 12:00:00'", "'1970-01-02 00:00:01'", "'2038-01-18 03:14:07'"),
  ...of('timestamp(6) NULL', "'2024-02-29 12:00:00.123456'", "'2024-02-29 12:00:00'"),
  ...of('timestamp(1) NULL', "'2024-02-29 12:00:00.5'"),
  ...of('year', '2024', '1901', '2155', '0'),
  ...of('datetime(1)', "'2024-12-31 23:59:59.9'"),
  ...of('time(4)', "'-00:00:00.0001'"),
  ...of('timestamp(3) NULL', "'1970-01-01 00:00:01.001'"),
  // Shapes
  ...of('point', "ST_GeomFromText('POINT(1.5 -2)')", "ST_GeomFromText('POINT(0 0)')"),
  ...of('linestring', "ST_GeomFromText('LINESTRING(0 0,1 1,2 0)')"),
  ...of('polygon', "ST_GeomFromText('POLYGON((0 0,1 1,2 0,0 0))')"),
  ...of('multipoint', "ST_GeomFromText('MULTIPOINT(0 0,1 1)')"),
  ...of('multilinestring', "ST_GeomFromText('MULTILINESTRING((0 0,1 1),(2 2,3 3))')"),
  ...of('multipolygon', "ST_GeomFromText('MULTIPOLYGON(((0 0,1 1,2 0,0 0)))')"),
  ...of('geometrycollection', "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))')"),
  ...of('geometry', "ST_GeomFromText('POINT(1 2)')", "ST_GeomFromText('POINT(1 2)', 4326)"),
  // Nothing, in one type of each kind
  ...['int', 'varchar(20)', 'blob', 'bit(3)', 'json', 'datetime(6)', 'point', 'float', "enum('a')"].flatMap(
    (type) => of(type, 'NULL'),
  ),
];

/** Types and values that only MariaDB has; the dates are refused by MySQL's default mode. */
export const MARIADB_VALUES: readonly Value[] = [
  ...of('uuid', "'123e4567-e89b-12d3-a456-426655440000'", 'NULL'),
  ...of('inet6', "'2001:db8::ff00:42:8329'", "'::'", "'::ffff:192.0.2.128'"),
  ...of('date', "'0000-00-00'", "'2024-00-00'"),
  ...of('datetime', "'0000-00-00 00:00:00'"),
  ...of('timestamp NULL', "'0000-00-00 00:00:00'"),
  ...of("enum('a', 'b')", "''"),
];

/** Types that only MySQL has. */
export const MYSQL_VALUES: readonly Value[] = [
  ...of('vector(3)', "STRING_TO_VECTOR('[1,2,3]')", "STRING_TO_VECTOR('[-0.5,1e10,0]')", 'NULL'),
  ...of('geomcollection', "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1))')"),
  ...of('point SRID 4326', "ST_GeomFromText('POINT(1 2)', 4326)"),
];
