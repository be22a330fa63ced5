import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { classifyPostgres, loadPostgresParser } from '../../../src/drivers/postgres/classify.ts';
import type { Command } from '../../../src/events/command.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import { type LogEntry, logLine } from '../../../src/events/log/log-entry.ts';
import { recordEntries } from '../../../src/events/log/record-entries.ts';
import { logsRequest, metricsRequest, otlpLog } from '../../../src/events/otlp/otlp-json.ts';
import { apply, emptyState, type State } from '../../../src/events/views/state.ts';
import { Log } from '../../../src/main/log.ts';
import { hashedId } from '../../../src/main/otlp/hashed-id.ts';
import { otlpSettings, otlpTargets } from '../../../src/main/otlp/otlp-settings.ts';
import { writtenTrace } from '../../../src/main/trace-writers.ts';
import { prometheusText } from '../../../src/server/prometheus-text.ts';
import { canary, found } from '../../canary.ts';
import { eventually, type FakeExecution, fakeWorkspace } from '../actors/fakes.ts';
import { appDouble } from '../server/app-double.ts';

beforeAll(() => loadPostgresParser());

/** What the program gives out of a tape, each as text. */
async function outlets(records: readonly Envelope[], defect: Error): Promise<Record<string, string>> {
  const entries: LogEntry[] = [];
  const log = new Log(() => 0);
  log.add({ least: 'trace', write: (entry) => entries.push(entry) });
  let views: State = emptyState();
  for (const record of records) {
    views = apply(views, record);
    for (const entry of recordEntries(record, views, 'trace')) log.write(entry);
  }
  log.defect('error', 'A defect ended one statement', defect);
  const resource = { 'service.name': 'querytape' };
  const written = async (format: 'perfetto' | 'otlp'): Promise<string> => {
    const pieces: string[] = [];
    const all = (async function* () {
      yield records;
    })();
    for await (const piece of writtenTrace(format, all, '1')) pieces.push(piece);
    return pieces.join('');
  };
  return {
    log: entries.map((entry) => JSON.stringify(logLine(entry))).join('\n'),
    'OTLP logs': JSON.stringify(
      logsRequest(
        resource,
        '1',
        entries.map((entry) => otlpLog(entry, hashedId)),
      ),
    ),
    'OTLP metrics': JSON.stringify(metricsRequest(resource, '1', views.metrics, 0)),
    'OTLP traces': await written('otlp'),
    perfetto: await written('perfetto'),
    '/metrics': prometheusText(views, appDouble().processFigures(), '1'),
  };
}

it('gives out no password, literal, host, path or word of a server: log, OTLP, /metrics, traces', async () => {
  const word = canary();
  const world = fakeWorkspace({ spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')) });
  world.judge = (text) => classifyPostgres(text);
  world.profiles.add(
    {
      profileId: 'p2',
      name: word,
      notes: word,
      environment: 'staging',
      readOnly: false,
      target: {
        engine: 'postgres',
        host: `${word}.example`,
        port: 5432,
        database: word,
        user: word,
        tls: { mode: 'verify-full', caFile: `/home/${word}/ca.pem`, serverName: `${word}.example` },
      },
    },
    word,
  );
  const send = async (command: Command) => {
    const answer = await world.workspace.take(command);
    if ('refused' in answer) throw new Error(answer.refused.code);
    return answer;
  };
  const state = (): State => world.tape.envelopes.reduce(apply, emptyState());
  const { sessionId } = await send({ type: 'session.open', profileId: 'p2' });
  await eventually(() => state().sessions[sessionId!]?.state === 'ready');
  const ends: ((execution: FakeExecution) => void)[] = [
    (execution) => execution.complete(),
    (execution) => execution.fail('23505', { message: `duplicate key (${word})` }),
  ];
  for (const end of ends) {
    world.driver.onExecute = (execution) => setImmediate(() => end(execution));
    const text = `select '${word}', $$${word}$$ from t -- ${word}`;
    const { queryIds } = await send({ type: 'query.submit', sessionId: sessionId!, tabId: 't', text });
    await eventually(() => state().queries[queryIds![0]!]?.outcome ?? undefined);
  }
  const lost = { code: 'ECONNRESET', source: 'connection', message: `${word}.example hung up` } as const;
  world.driver.connections.at(-1)!.loseWith(lost);
  await eventually(() => Object.values(state().connections).some((one) => one.state === 'lost'));
  world.workspace.requestRefused('origin.wrong');

  const given = await outlets(world.tape.envelopes, new Error(word, { cause: word }));
  for (const [name, text] of Object.entries(given)) expect([name, found(text, [word])]).toEqual([name, []]);
  // Each of them has what it is for, so that an empty one is not taken for a safe one.
  expect(given.log).toContain('"msg":"Statement failed"');
  expect(given.log).toContain('querytape.defect');
  expect(given['OTLP logs']).toContain('23505');
  expect(given['OTLP traces']).toContain('db.query.summary');
  expect(given['OTLP metrics']).toContain('querytape.statements');
  expect(given['/metrics']).toContain('code="23505"');
  expect(given.perfetto).toContain('"ph"');
});

it('names collectors without what is secret in their variables', () => {
  const word = canary();
  const settings = otlpSettings({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${word}:${word}@collector:4318/${word}?key=${word}`,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=${word}`,
  });
  expect(found(JSON.stringify(otlpTargets(settings)), [word])).toEqual([]);
  expect(found(settings.problems.join('\n'), [word])).toEqual([]);
});
