import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { OTLP_BATCH_MAX, OTLP_QUEUE_MAX } from '../../../../src/events/limits.ts';
import type { LogEntry } from '../../../../src/events/log/log-entry.ts';
import {
  logsRequest,
  metricsRequest,
  otlpLog,
  otlpSpan,
  tracesRequest,
} from '../../../../src/events/otlp/otlp-json.ts';
import { otlpSentence, otlpWords } from '../../../../src/events/otlp/otlp-target.ts';
import type { Span } from '../../../../src/events/trace/span.ts';
import { fold } from '../../../../src/events/views/state.ts';
import { hashedId } from '../../../../src/main/otlp/hashed-id.ts';
import { OtlpQueue } from '../../../../src/main/otlp/otlp-queue.ts';
import { otlpSettings, otlpTargets } from '../../../../src/main/otlp/otlp-settings.ts';
import { goldenTape } from '../../golden-tape.ts';
import { threadMs } from '../../thread-time.ts';
import { checkLogs, checkMetrics, checkTraces } from './otlp-schema.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

interface Received {
  readonly url: string;
  readonly headers: Record<string, unknown>;
  readonly body: unknown;
}

/** A collector that answers as instructed, the last answer from then on. */
async function collector(...answers: { status: number; headers?: Record<string, string>; body?: string }[]) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece) => {
      text += piece;
    });
    request.on('end', () => {
      const { status, headers = {}, body = '{}' } = answers[Math.min(received.length, answers.length - 1)]!;
      received.push({ url: request.url!, headers: request.headers, body: JSON.parse(text) });
      response.writeHead(status, headers).end(body);
    });
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces` };
}

const queue = (url: string, timeoutMs = 1000) =>
  new OtlpQueue<number>({ url, headers: { 'x-key': 'secret' }, timeoutMs }, (items) => ({ items }));

it('reads the standard variables, one signal’s before the general ones', () => {
  const settings = otlpSettings({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/base/',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20a,x=1',
    OTEL_EXPORTER_OTLP_TIMEOUT: '2000',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/here',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'y=2',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,team=a%20b',
    OTEL_SERVICE_NAME: 'mine',
  });
  const { traces, logs, metrics } = settings.targets;
  expect(traces).toEqual({ url: 'https://traces.example/here', headers: { y: '2' }, timeoutMs: 2000 });
  expect(logs?.url).toBe('http://collector:4318/base/v1/logs');
  expect(metrics?.headers).toEqual({ authorization: 'Bearer a', x: '1' });
  expect(settings.resource).toEqual({ 'service.name': 'mine', team: 'a b' });
  expect(settings.problems).toEqual([]);
});

it('says where to by host alone: no path, no user, no header', () => {
  const targets = otlpTargets(
    otlpSettings({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://canary-user:canary-password@collector:4318/canary-path',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=canary-key',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/canary-path',
    }),
  );
  expect(targets).toEqual([
    { host: 'traces.example', signals: ['traces'] },
    { host: 'collector:4318', signals: ['logs', 'metrics'] },
  ]);
  expect(otlpWords(targets)).toBe('OTLP to traces.example, collector:4318');
  expect(otlpSentence(targets)).toContain('traces to traces.example; logs, metrics to collector:4318');
  expect(otlpWords(otlpTargets(otlpSettings({})))).toBeNull();
});

it('sends nothing without an endpoint, when disabled, or to what is no URL, and quotes no value', () => {
  const endpoint = 'http://a';
  expect(otlpSettings({}).targets).toEqual({});
  expect(otlpSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'TRUE' }).targets).toEqual(
    {},
  );
  const wrong = otlpSettings({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'file:///secret',
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: 'secret',
    OTEL_EXPORTER_OTLP_TIMEOUT: 'secret',
  });
  expect(Object.keys(wrong.targets)).toEqual(['logs']);
  expect(wrong.problems.length).toBeGreaterThanOrEqual(3);
  expect(wrong.problems.join()).not.toContain('secret');
});

it('sends a URL’s user and password as a header, unless one is given, and no signal whose headers no request can have', () => {
  const targetsOf = (headers: string) =>
    otlpSettings({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://me:a%3Ab%C3%A9@collector',
      OTEL_EXPORTER_OTLP_HEADERS: headers,
    });
  const { logs } = targetsOf('x=1').targets;
  const authorization = `Basic ${Buffer.from('me:a:bé').toString('base64')}`;
  expect(logs).toMatchObject({ url: 'https://collector/v1/logs', headers: { authorization, x: '1' } });
  const given = targetsOf('Authorization=Bearer%20a').targets.logs!.headers;
  expect(new Headers(given).get('authorization')).toBe('Bearer a');
  for (const headers of ['x=secret%0Aline', 'x=secret%E2%82%AC', 'x y=secret']) {
    const wrong = targetsOf(headers);
    expect(wrong.targets).toEqual({});
    expect(wrong.problems).toHaveLength(3);
    expect(wrong.problems.join()).not.toMatch(/secret|me:/);
  }
});

it('delivers in order, and again what the collector could not take', { tags: ['slow'] }, async () => {
  const { received, url } = await collector(
    { status: 503, headers: { 'retry-after': '0' } },
    { status: 429, headers: { 'retry-after': '0' } },
    { status: 200 },
  );
  const sent = queue(url);
  for (const n of [1, 2, 3]) sent.add(n);
  await sent.close(60_000);
  expect(received.map(({ body }) => body)).toEqual(new Array(3).fill({ items: [1, 2, 3] }));
  expect(received[0]!.headers).toMatchObject({ 'x-key': 'secret', 'content-type': 'application/json' });
  expect(sent.takeDropped()).toBeNull();
});

it('pauses of its own accord before a collector that asks for no pause', { tags: ['slow'] }, async () => {
  const busy = { status: 429, headers: { 'retry-after': '0' } };
  const { received, url } = await collector(...new Array(1000).fill(busy));
  const sent = queue(url);
  sent.add(1);
  await sent.close(2000);
  expect(received.length).toBeLessThan(10);
  expect(sent.takeDropped()).toEqual({ items: 1, reason: 'http.429' });
});

it('gives no reason of the past for what is dropped later', { tags: ['slow'] }, async () => {
  const { url } = await collector({ status: 503, headers: { 'retry-after': '1' } }, { status: 200 });
  const sent = queue(url);
  sent.add(1);
  await sent.close(60_000);
  sent.add(2);
  expect(sent.takeDropped()).toEqual({ items: 1, reason: 'closed' });
});

it('calls closed, and no failure, what is on its way at the end', async () => {
  const server = createServer((request) => request.resume());
  await new Promise<void>((listens) => server.listen(0, '127.0.0.1', listens));
  const asked = new Promise((arrived) => server.once('request', arrived));
  const sent = queue(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, 60_000);
  for (let n = 0; n < OTLP_BATCH_MAX; n++) sent.add(n);
  await asked;
  await sent.close(1);
  expect(sent.takeDropped()).toEqual({ items: OTLP_BATCH_MAX, reason: 'closed' });
  server.closeAllConnections();
  server.close();
});

it.each([
  ['refuses', { status: 400 }, 'http.400'],
  ['redirects', { status: 307, headers: { location: 'http://127.0.0.1:1/' } }, 'http.307'],
])('drops and counts what a collector %s', async (_how, answer, reason) => {
  const { received, url } = await collector(answer);
  const sent = queue(url);
  sent.add(1);
  await sent.close(5000);
  expect(received).toHaveLength(1);
  expect(sent.takeDropped()).toEqual({ items: 1, reason });
  expect(sent.takeDropped()).toBeNull();
});

it('drops a batch of which no request can be made, says why, and sends the next', async () => {
  const { url, received } = await collector({ status: 200 });
  const queue = new OtlpQueue<bigint>({ url, headers: {}, timeoutMs: 1000 }, (items) => ({
    items: items.map((item) => (item === 1n ? item : Number(item))),
  }));
  for (let i = 0; i < OTLP_BATCH_MAX; i++) queue.add(1n);
  queue.add(2n);
  await queue.close(5000);
  expect(received.map(({ body }) => body)).toEqual([{ items: [2] }]);
  expect(queue.takeDropped()).toEqual({ items: OTLP_BATCH_MAX, reason: 'TypeError' });
});

it('takes an answer of rubbish as taken, as its status is what counts', async () => {
  const { url } = await collector({ status: 200, body: '\0'.repeat(100_000) });
  const sent = queue(url);
  sent.add(1);
  await sent.close(5000);
  expect(sent.takeDropped()).toBeNull();
});

it('takes a partial success as taken: what the collector rejected is not sent again', async () => {
  const body = JSON.stringify({ partialSuccess: { rejectedSpans: '1', errorMessage: 'no' } });
  const { received, url } = await collector({ status: 200, body });
  const sent = queue(url);
  sent.add(1);
  sent.add(2);
  await sent.close(5000);
  expect(received).toHaveLength(1);
  expect(sent.takeDropped()).toBeNull();
});

it('waits for a slow collector with one request at a time, and takes items in the meantime', async () => {
  let open = 0;
  let most = 0;
  const answers: (() => void)[] = [];
  const server = createServer((request, response) => {
    most = Math.max(most, ++open);
    request.resume();
    answers.push(() => {
      open--;
      response.end('{}');
    });
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const sent = queue(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, 60_000);
  const began = threadMs();
  for (let n = 0; n < OTLP_BATCH_MAX * 3; n++) sent.add(n);
  expect(threadMs() - began).toBeLessThan(2000);
  const closed = sent.close(60_000);
  for (let request = 0; request < 3; request++) {
    await vi.waitFor(() => expect(answers.length).toBe(request + 1), { timeout: 10_000 });
    answers[request]!();
  }
  await closed;
  expect(most).toBe(1);
  expect(sent.takeDropped()).toBeNull();
});

it('gives a request up after its time, and holds what it had', { tags: ['slow'] }, async () => {
  const server = createServer((request) => request.resume());
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const sent = queue(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, 50);
  sent.add(1);
  await sent.close(300);
  expect(sent.takeDropped()).toMatchObject({ items: 1 });
});

it('holds a bounded number for a collector that is down, counts the rest, and closes in time', async () => {
  const sent = queue('http://127.0.0.1:1/v1/traces');
  for (let n = 0; n < OTLP_QUEUE_MAX + 10; n++) sent.add(n);
  const began = Date.now();
  await sent.close(50);
  expect(Date.now() - began).toBeLessThan(10_000);
  const dropped = sent.takeDropped()!;
  expect(dropped.items).toBe(OTLP_QUEUE_MAX + 10);
});

it('makes requests as the protocol’s schema has them', () => {
  const resource = { 'service.name': 'querytape' };
  const entry: LogEntry = {
    at: 1_000_000,
    level: 'warn',
    name: 'query.ended',
    message: 'Statement failed',
    fields: { 'querytape.session.id': 's', 'querytape.query.id': 'q', n: 1, part: 0.5, yes: true },
  };
  const span: Span = {
    key: 'q/execute@1',
    trace: 's',
    parent: 'q',
    kind: 'phase',
    name: 'execute',
    actor: 'q',
    profileId: 'p',
    startAt: 1,
    endAt: 2.5,
    isError: true,
    seq: 1,
    attributes: { 'querytape.seq': 1 },
  };
  const traces = tracesRequest(resource, '1', [otlpSpan(span, hashedId)]);
  const logs = logsRequest(resource, '1', [otlpLog(entry, hashedId)]);
  const { metrics: view } = fold(goldenTape('cancels'));
  expect(checkTraces(traces)).toEqual([]);
  expect(checkLogs(logs)).toEqual([]);
  expect(checkMetrics(metricsRequest(resource, '1', view, 1000))).toEqual([]);
  // The schema bites.
  expect(
    checkTraces({ resourceSpans: [{ resource: {}, scopeSpans: [{ spans: [{ traceId: 'x' }] }] }] }),
  ).not.toEqual([]);
  // A line of the log and its statement's spans are of one trace.
  const [record] = logs.resourceLogs[0]!.scopeLogs[0]!.logRecords;
  const [made] = traces.resourceSpans[0]!.scopeSpans[0]!.spans;
  expect(record!.traceId).toBe(made!.traceId);
  expect(record!.spanId).toBe(made!.parentSpanId);
});
