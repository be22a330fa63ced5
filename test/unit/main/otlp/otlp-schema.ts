import { type TSchema, Type } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';

/**
 * The parts of opentelemetry-proto 1.x that are sent, closed, as its JSON mapping has them: ids in lower-case hexadecimal, 64-bit numbers
 * as strings, enums as numbers. An unknown name is refused, so that a misspelt field is found.
 */
const closed = { additionalProperties: false } as const;
const int64 = Type.String({ pattern: '^\\d{1,20}$' });
const value = Type.Union([
  Type.Object({ stringValue: Type.String() }, closed),
  Type.Object({ boolValue: Type.Boolean() }, closed),
  Type.Object({ intValue: Type.String({ pattern: '^-?\\d+$' }) }, closed),
  Type.Object({ doubleValue: Type.Number() }, closed),
]);
const attributes = Type.Array(Type.Object({ key: Type.String({ minLength: 1 }), value }, closed));
const resource = Type.Object({ attributes }, closed);
const scope = Type.Object({ name: Type.String(), version: Type.String() }, closed);
const traceId = Type.String({ pattern: '^(?!0{32})[0-9a-f]{32}$' });
const spanId = Type.String({ pattern: '^(?!0{16})[0-9a-f]{16}$' });

const span = Type.Object(
  {
    traceId,
    spanId,
    parentSpanId: Type.Optional(spanId),
    name: Type.String({ minLength: 1 }),
    kind: Type.Integer({ minimum: 1, maximum: 5 }),
    startTimeUnixNano: int64,
    endTimeUnixNano: int64,
    attributes,
    status: Type.Object({ code: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 })) }, closed),
  },
  closed,
);
const logRecord = Type.Object(
  {
    timeUnixNano: int64,
    observedTimeUnixNano: int64,
    severityNumber: Type.Integer({ minimum: 1, maximum: 24 }),
    severityText: Type.String(),
    eventName: Type.String(),
    body: value,
    attributes,
    traceId: Type.Optional(traceId),
    spanId: Type.Optional(spanId),
  },
  closed,
);
const temporality = Type.Literal(2);
const sum = Type.Object(
  {
    aggregationTemporality: temporality,
    isMonotonic: Type.Boolean(),
    dataPoints: Type.Array(Type.Object({ attributes, timeUnixNano: int64, asInt: int64 }, closed)),
  },
  closed,
);
const histogram = Type.Object(
  {
    aggregationTemporality: temporality,
    dataPoints: Type.Array(
      Type.Object(
        {
          attributes,
          timeUnixNano: int64,
          count: int64,
          sum: Type.Number(),
          bucketCounts: Type.Array(int64, { minItems: 2 }),
          explicitBounds: Type.Array(Type.Number(), { minItems: 1 }),
        },
        closed,
      ),
    ),
  },
  closed,
);
const named = { name: Type.String(), unit: Type.String() };
const metric = Type.Union([
  Type.Object({ ...named, sum }, closed),
  Type.Object({ ...named, histogram }, closed),
]);

/** One kind of request: the resource, the scope, and what is in it. */
function check(outer: string, middle: string, inner: string, item: TSchema): (request: unknown) => string[] {
  const inScope = Type.Object({ scope, [inner]: Type.Array(item, { minItems: 1 }) }, closed);
  const inResource = Type.Object({ resource, [middle]: Type.Array(inScope, { minItems: 1 }) }, closed);
  const compiled = TypeCompiler.Compile(
    Type.Object({ [outer]: Type.Array(inResource, { minItems: 1 }) }, closed),
  );
  return (request) =>
    [...compiled.Errors(JSON.parse(JSON.stringify(request)))].map(
      ({ path, message }) => `${path}: ${message}`,
    );
}

/** What is wrong with a request; nothing where it is as the protocol has it. */
export const checkTraces = check('resourceSpans', 'scopeSpans', 'spans', span);
export const checkLogs = check('resourceLogs', 'scopeLogs', 'logRecords', logRecord);
export const checkMetrics = check('resourceMetrics', 'scopeMetrics', 'metrics', metric);
