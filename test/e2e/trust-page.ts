import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import '../../src/ui/tokens.css';
import type { CommandAnswer, Refusal } from '../../src/events/command.ts';
import { CommandRequest } from '../../src/ui/api/command-request.ts';
import { frame, frameStyles } from '../../src/ui/controls/environment-frame.ts';
import '../../src/ui/dialogs/qt-danger-dialog.ts';
import '../../src/ui/dialogs/qt-connection-dialog.ts';
import '../../src/ui/dialogs/qt-history.ts';
import '../../src/ui/query/qt-refusal.ts';
import '../../src/ui/dialogs/qt-settings.ts';
import '../../src/ui/app/qt-protection-badge.ts';
import '../../src/ui/dialogs/qt-vault-dialog.ts';
import { refusalText } from '../../src/ui/query/refusal-text.ts';
import * as samples from './trust-samples.ts';

/**
 * The page of the tests of what trust is built of: `/trust.page.html?show=qt-danger-dialog`. What an element asks for is
 * kept in `commands` and answered from `answers`, by the command's type; what it fires is kept in `events`.
 */
declare global {
  interface Window {
    commands: CommandRequest['command'][];
    /** Whether the last command that got no answer is still waited for. */
    waitedFor: () => boolean;
    /** Accepts the command that waits. */
    answerNow: () => void;
    /** By command type: more of an acceptance, or a refusal; `never` lets it wait. */
    answers: Record<string, Record<string, unknown> | { refused: Refusal } | 'never'>;
    events: { type: string; detail: unknown }[];
    samples: typeof samples;
    /** The element that is shown. */
    shown: HTMLElement & Record<string, never>;
  }
}

const asked = new URLSearchParams(location.search);
const dark = matchMedia('(prefers-color-scheme: dark)').matches;
document.documentElement.dataset.theme = dark ? 'dark' : 'light';
window.commands = [];
window.answers = {};
window.events = [];
window.samples = samples;

let signal: AbortSignal | undefined;
window.waitedFor = () => signal?.aborted === false;
addEventListener(CommandRequest.type, (event) => {
  const request = event as CommandRequest;
  window.commands.push(request.command);
  const answer = window.answers[request.command.type] ?? {};
  if (answer === 'never') {
    signal = request.signal;
    request.answer(
      new Promise<CommandAnswer>((answer) => {
        window.answerNow = () => answer({ accepted: true, commandId: 'c' });
      }),
    );
  } else if ('refused' in answer) request.answer({ refused: answer.refused as Refusal });
  else request.answer({ accepted: true, commandId: 'c', ...answer });
});
for (const type of [
  'qt-profile-changed',
  'qt-edit-connection',
  'qt-open-vault',
  'qt-open-settings',
  'qt-show-place',
  'qt-refusal-act',
  'qt-history-open',
  'qt-history-search',
  'qt-history-more',
  'qt-history-delete',
  'qt-history-purge',
])
  addEventListener(type, (event) => window.events.push({ type, detail: (event as CustomEvent).detail }));

const name = asked.get('show') ?? 'qt-danger-dialog';
const element = document.createElement(name) as unknown as Window['shown'];
window.shown = element;
Object.assign(element.style, { maxWidth: '100%' });

const where = {
  profileName: 'shop',
  environment: 'production',
  editable: true,
  flavour: 'PostgreSQL',
  judgement: samples.JUDGEMENT,
  variable: null,
  message: null,
} as const;

switch (name) {
  case 'qt-danger-dialog':
    Object.assign(element, { tabs: [{ tabId: samples.TAB_ID }] });
    break;
  case 'qt-refusal':
    Object.assign(element, {
      refusal: refusalText(asked.get('code') ?? 'readOnly.ddl', where),
      place: 'line 5',
    });
    break;
  case 'qt-protection-badge':
    Object.assign(element, {
      trusted: {
        engine: asked.get('engine') ?? 'postgres',
        environment: 'production',
        readOnly: asked.get('write') === null,
        enforcement: asked.get('engine') === 'mongodb' ? 'classifier' : 'server',
        canWrite: asked.get('write') === null ? null : true,
        dangerous: 'confirm',
      },
      target: samples.SHOP.target,
      chip: true,
      editable: true,
    });
    Object.assign(element.style, { position: 'fixed', bottom: '2px', left: '12px' });
    break;
  case 'qt-history':
    Object.assign(element, { entries: samples.history(Number(asked.get('count') ?? 10_000)) });
    Object.assign(element.style, { position: 'absolute', inset: '0' });
    break;
}
document.body.append(element);

const host = document.body.appendChild(document.createElement('div'));
host.attachShadow({ mode: 'open' }).adoptedStyleSheets = [frameStyles.styleSheet!];
frame(host, (asked.get('frame') as 'production' | 'staging' | null) ?? null);
