/** Values as canonical Extended JSON: every type of BSON that can be written, at its edges, and inside of one another. */
const int = (text: string): string => `{"$numberInt":"${text}"}`;
const long = (text: string): string => `{"$numberLong":"${text}"}`;
const double = (text: string): string => `{"$numberDouble":"${text}"}`;
const decimal = (text: string): string => `{"$numberDecimal":"${text}"}`;
const date = (text: string): string => `{"$date":{"$numberLong":"${text}"}}`;
const binary = (base64: string, subtype: string): string =>
  `{"$binary":{"base64":"${base64}","subType":"${subtype}"}}`;
const regex = (pattern: string, options: string): string =>
  `{"$regularExpression":{"pattern":${JSON.stringify(pattern)},"options":"${options}"}}`;
const timestamp = (t: number, i: number): string => `{"$timestamp":{"t":${t},"i":${i}}}`;
const code = (text: string): string => `{"$code":${JSON.stringify(text)}}`;

const INTS = ['0', '1', '-1', '42', '2147483647', '-2147483648'].map(int);
const LONGS = [
  '0',
  '1',
  '-1',
  '2147483648',
  '9007199254740992',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
].map(long);
const DOUBLES = [
  ...[
    '0.0',
    '-0.0',
    '1.0',
    '-1.0',
    '0.1',
    '0.30000000000000004',
    '1.5',
    '-2.25',
    '1e-7',
    '5e-324',
    '1.7976931348623157e+308',
  ],
  ...[
    '2147483647.0',
    '9007199254740992.0',
    '9007199254740994.0',
    '1e+21',
    '1.2e+300',
    'NaN',
    'Infinity',
    '-Infinity',
    '3.141592653589793',
  ],
].map(double);
const DECIMALS = [
  ...[
    '0',
    '-0',
    '0.0',
    '0.00',
    '1',
    '1.0',
    '1.00',
    '1.10',
    '-1.5',
    '12345678901234567890123456789012.34',
    '1E+3',
    '1E-6176',
  ],
  ...[
    '9.999999999999999999999999999999999E+6144',
    '-9.999999999999999999999999999999999E+6144',
    '0E+3',
    'NaN',
    'Infinity',
    '-Infinity',
  ],
].map(decimal);
const STRINGS = [
  ...[
    '',
    ' ',
    'a',
    'A',
    'null',
    '1',
    'true',
    'it’s',
    "it's",
    'say "hi"',
    'back\\slash',
    'tab\tand\nlines\r\n',
    '\u0000inside\u0000',
  ],
  ...[
    '\u0001\u001f\u007f\u0080',
    '\u2028\u2029',
    '\ufeffbom',
    'é',
    'e\u0301',
    '李小龍',
    'العربية',
    '🦊👩‍👩‍👧',
    '\u{10ffff}',
    '$set',
    '$a.b',
    '$$ROOT',
    '$',
  ],
  ...[
    '{"$oid":"x"}',
    `\`$\{x}\``,
    '/regex/i',
    '//comment',
    '/* comment */',
    '"; db.dropDatabase() //',
    'ObjectId("x")',
    'x'.repeat(10_000),
    '\uffff',
  ],
].map((text) => JSON.stringify(text));
const IDS = ['000000000000000000000000', 'ffffffffffffffffffffffff', '65f0aa00bb11cc22dd33ee44'].map(
  (hex) => `{"$oid":"${hex}"}`,
);
const DATES = [
  ...[
    '0',
    '1',
    '-1',
    '1714521600000',
    '951782400000',
    '-62135596800000',
    '-62135596800001',
    '253402300799999',
    '253402300800000',
  ],
  ...['8640000000000000', '-8640000000000000'],
].map(date);
const BINARIES = [
  ...['', 'AA==', 'AAEC', '/////w==', 'x'.repeat(400)].map((base64) => binary(base64, '00')),
  ...['01', '02', '03', '05', '06', '07', '80', 'ff'].map((subtype) =>
    binary('AAECAwQFBgcICQoLDA0ODw==', subtype),
  ),
  binary('bxyPDloLTB2eLzpLXG1+jw==', '04'),
  binary('AAE=', '04'),
];
const REGEXES = [
  ...['', 'a', '^a.*b$', '/', '\\/', '\\d+', '[/]', '"', '\n', '李', '(?i)x', '(', '$a'].map((pattern) =>
    regex(pattern, ''),
  ),
  ...['i', 'm', 's', 'x', 'im', 'imsx'].map((options) => regex('a', options)),
];
const TIMESTAMPS = [
  timestamp(0, 0),
  timestamp(1, 2),
  timestamp(4294967295, 4294967295),
  timestamp(2147483648, 0),
];
const CODES = [
  ...['', 'return 1', 'function () { return "x"; }', '"\n'].map(code),
  '{"$code":"x + y","$scope":{}}',
  '{"$code":"x + y","$scope":{"x":{"$numberInt":"1"},"y":{"$numberDouble":"2.0"}}}',
];
const OTHERS = [
  'true',
  'false',
  'null',
  '{"$minKey":1}',
  '{"$maxKey":1}',
  '{"$symbol":""}',
  '{"$symbol":"a"}',
  '{"$symbol":"$x"}',
];
const DOCUMENTS = [
  '{}',
  `{"a":${int('1')}}`,
  `{"a":${double('1.0')}}`,
  `{"a":${long('1')}}`,
  `{"b":${int('1')},"a":${int('2')}}`,
  `{"a":${int('2')},"b":${int('1')}}`,
  `{"b":true,"1":false,"0":null}`,
  `{"__proto__":{"x":true},"constructor":null,"toString":"x"}`,
  `{"":{"":{"":""}}}`,
  `{"a.b":${int('1')},"$c":${double('1.0')},"d":{"e.f":${long('1')}}}`,
  `{"a b":{"c-d":{"é":[${decimal('1.10')}]}}}`,
  `{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":${double('-0.0')}}}}}}}}}`,
  `{"$ref":"orders","$id":${IDS[0]},"$db":"shop"}`,
  `{"a":null,"b":[],"c":{},"d":""}`,
  `{"a":"$set","b":["$a"],"c":{"d":"$$ROOT"}}`,
  `{"s":{"$symbol":"x"},"r":${regex('x', 'i')},"t":${timestamp(1, 1)}}`,
];
const ARRAYS = [
  '[]',
  '[[]]',
  '[null]',
  `[${int('1')}]`,
  `[${double('1.0')}]`,
  `[${long('1')}]`,
  `[[${int('1')}]]`,
  `[${int('1')},${int('2')},${int('1')}]`,
  `["a",["b",["c",{"d":["e"]}]]]`,
  `[{"a":${int('1')}},{"a":${double('1.0')}},{"a":${decimal('1.00')}},{"b":${double('0.0')}}]`,
  `[${regex('a', '')},"a",${date('0')},${binary('AA==', '00')},${timestamp(1, 0)},null,true]`,
  `[[[${int('1')},{"x":[${double('2.5')},${long('-5')}]}]]]`,
  `[${IDS.join(',')}]`,
  `[${'null,'.repeat(300)}null]`,
];

export const VALUES: readonly string[] = [
  ...INTS,
  ...LONGS,
  ...DOUBLES,
  ...DECIMALS,
  ...STRINGS,
  ...IDS,
  ...DATES,
  ...BINARIES,
  ...REGEXES,
  ...TIMESTAMPS,
  ...CODES,
  ...OTHERS,
  ...DOCUMENTS,
  ...ARRAYS,
];

/** Values that the server, or a careless comparison, calls equal, or finds in one another. */
export const LOOK_ALIKES: readonly (readonly (string | null)[])[] = [
  // Stored documents that only look like values, and the values that they look like.
  ...[int('5'), IDS[0]!, '{"$minKey":1}', '{"$symbol":"a"}', code('x'), timestamp(1, 2)].map((value) => [
    value,
    value.replace('{"$', '{"\\u0024'),
  ]),
  [int('1'), long('1'), double('1.0'), decimal('1'), decimal('1.0'), 'true', '"1"', `[${int('1')}]`],
  [
    int('0'),
    long('0'),
    double('0.0'),
    double('-0.0'),
    decimal('0'),
    decimal('-0'),
    decimal('0.0'),
    'false',
    'null',
    null,
    '""',
  ],
  [double('NaN'), decimal('NaN'), '"NaN"'],
  [double('Infinity'), decimal('Infinity')],
  ['null', null, '[null]', '[]', '{}'],
  ['"a"', '"A"', '{"$symbol":"a"}', regex('a', ''), regex('a', 'i'), '["a"]', '[["a"]]', code('a')],
  [date('0'), timestamp(0, 0), long('0')],
  [binary('AAE=', '00'), binary('AAE=', '80'), binary('AAE=', '04')],
  [`[${int('1')}]`, `[${long('1')}]`, `[${double('1.0')}]`, `[${int('1')},${int('1')}]`, `[[${int('1')}]]`],
  [
    `{"a":${int('1')}}`,
    `{"a":${double('1.0')}}`,
    `{"a":${long('1')}}`,
    `{"a":${decimal('1')}}`,
    `[{"a":${int('1')}}]`,
  ],
  [`{"a":${int('1')},"b":${int('2')}}`, `{"b":${int('2')},"a":${int('1')}}`, `{"a":${int('1')}}`],
  [`{"a":[{"b":${double('0.0')}}]}`, `{"a":[{"b":${double('-0.0')}}]}`, `{"a":[{"b":${int('0')}}]}`],
  [`{"a.b":${int('1')}}`, `{"a.b":${long('1')}}`, `{"a":{"b":${int('1')}}}`],
  [decimal('1.10'), decimal('1.1'), double('1.1'), '"1.10"'],
  [long('9007199254740993'), long('9007199254740992'), double('9007199254740992.0')],
];
