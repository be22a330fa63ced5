import { html, nothing, type TemplateResult } from 'lit';
import { ENGINES, PRODUCTS } from '../../events/engines/engine-name.ts';
import { descriptorOf } from '../../events/engines/index.ts';
import { READ_PREFERENCES } from '../../events/engines/mongodb-hosts.ts';
import { ENVIRONMENTS, type Environment, TLS_PASSPHRASE } from '../../events/profile.ts';
import { ENVIRONMENT_WORDS, environmentChip } from '../controls/environment-frame.ts';
import { check, segments, selectField, textField } from '../controls/form-fields.ts';
import { secretField } from '../controls/secret-field.ts';
import {
  AUTH_MECHANISMS,
  COLOURS,
  TLS_MODES,
  TLS_WORDS,
  withEngine,
  withEnvironment,
  withWay,
} from './connection-form.ts';
import { type SectionProps, text } from './section-fields.ts';
import { commandTrust, reachedThrough, TUNNEL_FIELDS, type TunnelProps } from './tunnel-sections.ts';

/** The fields that an error can be shown at. */
export const SHOWN_FIELDS: readonly string[] = [
  'name',
  'target.engine',
  'target.host',
  'target.port',
  'target.database',
  'target.user',
  'secrets.password',
  'target.mongo.hosts',
  'target.mongo.replicaSet',
  'target.mongo.readPreference',
  'target.mongo.authSource',
  'target.mongo.authMechanism',
  'target.tls.mode',
  'target.tls.caFile',
  'target.tls.certFile',
  'target.tls.keyFile',
  'target.tls.serverName',
  'target.tls.serverKeyFile',
  `secrets.${TLS_PASSPHRASE}`,
  'environment',
  'readOnly',
  'folder',
  'tags',
  'notes',
  'colour',
  ...TUNNEL_FIELDS,
];

/** The form's sections, from the server to what it is called. */
export function sections(props: SectionProps): TemplateResult {
  const { form, errors, change } = props;
  const tunnel: TunnelProps = {
    ...props.tunnel,
    form: form.tunnel,
    errors,
    change: (to) => change({ ...form, tunnel: to }),
  };
  return html`
    <div class="fields">
      ${segments({
        path: 'target.engine',
        label: 'Engine',
        heard: true,
        chosen: form.engine,
        choices: ENGINES.map((value) => ({ value, label: PRODUCTS[value] })),
        choose: (engine) => change(withEngine(form, engine)),
      })}
      ${text(props, 'name', 'Name', 'name', { span: 6, required: true, max: 120, placeholder: 'shop' })}
    </div>
    <h3>Server</h3>
    <div class="fields">${server(props)} ${signIn(props)}</div>
    <h3>Reached through</h3>
    <div class="fields">${reachedThrough(tunnel)}</div>
    <h3>Trust</h3>
    <div class="fields">${trust(props)} ${commandTrust(tunnel)}</div>
    <h3>Encryption</h3>
    <div class="fields">${encryption(props)}</div>
    <details ?open=${form.folder + form.tags + form.notes + form.colour !== ''}>
      <summary>Folder, tags, colour and notes</summary>
      <div class="fields">${belongings(props)}</div>
    </details>`;
}

function server(props: SectionProps) {
  const { form, change } = props;
  const { address } = descriptorOf(form.engine);
  const mongo = address.hasMembers;
  const socket = form.way === 'socket';
  const way = segments({
    path: 'way',
    label: 'Connect via',
    chosen: form.way,
    choices: [
      { value: 'network', label: 'Network' },
      { value: 'socket', label: 'Unix socket' },
    ],
    span: 2,
    choose: (to) => change(withWay(form, to)),
  });
  // A socket's name has PostgreSQL's port in it; MySQL's has none.
  const portless = (mongo && form.srv) || (socket && !address.socket?.hasPort);
  return html`
    ${mongo ? nothing : way}
    ${text(
      props,
      'target.host',
      socket ? 'Socket folder' : mongo && form.srv ? 'DNS name of the cluster' : 'Host',
      'host',
      {
        span: mongo ? (portless ? 6 : 5) : portless ? 4 : 3,
        required: true,
        mono: true,
      },
    )}
    ${portless ? nothing : text(props, 'target.port', 'Port', 'port', { span: 1, required: true, mono: true, max: 5 })}
    ${mongo ? mongoServer(props) : nothing}`;
}

function mongoServer(props: SectionProps) {
  const { form, change } = props;
  return html`
    ${check('target.mongo.srv', 'The host is a DNS seed list (mongodb+srv)', form.srv, (srv) => change({ ...form, srv, directConnection: srv ? false : form.directConnection }), undefined, 3)}
    ${check('target.mongo.directConnection', 'Connect directly to this server only', form.directConnection, (directConnection) => change({ ...form, directConnection }), undefined, 3, form.srv)}
    ${form.srv || form.directConnection ? nothing : text(props, 'target.mongo.hosts', 'Other members', 'hosts', { span: 6, mono: true, placeholder: 'host:port, host:port' })}
    ${text(props, 'target.mongo.replicaSet', 'Replica set', 'replicaSet', { span: 3, mono: true, placeholder: 'any' })}
    ${form.directConnection && !form.srv ? nothing : readPreference(props)}`;
}

function readPreference({ form, errors, change }: SectionProps) {
  const path = 'target.mongo.readPreference';
  return selectField({
    path,
    label: 'Read from',
    chosen: form.readPreference,
    choices: ['', ...READ_PREFERENCES.slice(1)].map((value) => ({ value, label: value || 'The primary' })),
    error: errors[path],
    choose: (to) => change({ ...form, readPreference: to }),
  });
}

function signIn(props: SectionProps) {
  const { form, errors, change } = props;
  const { address, words } = descriptorOf(form.engine);
  const mongo = address.hasMembers;
  return html`
    ${text(props, 'target.database', 'Database', 'database', {
      span: 2,
      mono: true,
      placeholder: words.noDatabase,
    })}
    ${text(props, 'target.user', 'User', 'user', {
      span: 2,
      mono: true,
      placeholder: words.noUser,
    })}
    ${password(props)}
    ${
      mongo
        ? html`${text(props, 'target.mongo.authSource', 'Authentication database', 'authSource', { mono: true, placeholder: 'admin' })}
          ${selectField({
            path: 'target.mongo.authMechanism',
            label: 'Mechanism',
            chosen: form.authMechanism,
            choices: ['', ...AUTH_MECHANISMS].map((value) => ({ value, label: value || 'Automatic' })),
            error: errors['target.mongo.authMechanism'],
            choose: (authMechanism) => change({ ...form, authMechanism }),
          })}`
        : nothing
    }
    ${check('askPassword', 'Ask for the password each time', form.askPassword, (askPassword) => change({ ...form, askPassword }), 'It is then never stored, not even in the vault.')}`;
}

function password({ form, errors, kept, change }: SectionProps) {
  const path = 'secrets.password';
  if (form.askPassword)
    return textField({
      path,
      label: 'Password',
      span: 2,
      value: '',
      disabled: true,
      placeholder: 'asked each time',
      typed: () => {},
    });
  const removed = form.forgetPassword && form.password === '';
  return secretField({
    path,
    label: 'Password',
    span: 2,
    value: form.password,
    stored: kept === null ? null : kept === 'import' ? 'imported' : 'stored',
    absent: 'none',
    removed,
    error: errors[path],
    hint:
      kept === 'vault' && !removed ? 'The stored password is never shown. Type to replace it.' : undefined,
    typed: (to) => change({ ...form, password: to }),
    remove: (forgetPassword) => change({ ...form, forgetPassword }),
  });
}

function encryption(props: SectionProps) {
  const { form, errors, change } = props;
  const mode = form.tlsMode;
  const verified = mode === 'verify-ca' || mode === 'verify-full';
  const file = { mono: true, max: 4096, placeholder: '/path/to/file.pem' };
  return html`
    ${segments({
      path: 'target.tls.mode',
      label: 'Mode',
      heard: true,
      chosen: mode,
      choices: TLS_MODES.map((value) => ({ value, label: TLS_WORDS[value].label })),
      choose: (tlsMode) => change({ ...form, tlsMode, tlsChosen: true }),
    })}
    <p class="field s6 hint">${errors['target.tls.mode'] ? html`<span class="error">${errors['target.tls.mode']}</span>` : TLS_WORDS[mode].means}</p>
    ${verified ? text(props, 'target.tls.caFile', 'CA certificates', 'caFile', { ...file, placeholder: 'system default' }) : nothing}
    ${mode === 'verify-full' ? text(props, 'target.tls.serverName', 'Certificate name', 'serverName', { mono: true, placeholder: 'same as the host' }) : nothing}
    ${
      mode === 'disable'
        ? descriptorOf(form.engine).address.pinsServerKey
          ? text(props, 'target.tls.serverKeyFile', 'Server public key', 'serverKeyFile', {
              ...file,
              placeholder: 'none',
            })
          : nothing
        : html`${text(props, 'target.tls.certFile', 'Client certificate', 'certFile', { ...file, placeholder: 'none' })}
          ${text(props, 'target.tls.keyFile', 'Client key', 'keyFile', { ...file, placeholder: 'none' })}
          ${form.certFile || form.keyFile ? keyPassphrase(props) : nothing}`
    }`;
}

function keyPassphrase({ form, errors, tunnel: { stored }, change }: SectionProps) {
  const path = `secrets.${TLS_PASSPHRASE}`;
  return secretField({
    path,
    label: 'Passphrase of the key',
    span: 6,
    value: form.keyPassphrase,
    stored: stored.includes(TLS_PASSPHRASE) ? 'stored' : null,
    absent: 'none',
    removed: form.forgetKeyPassphrase && form.keyPassphrase === '',
    error: errors[path],
    hint: undefined,
    typed: (to) => change({ ...form, keyPassphrase: to }),
    remove: (forgetKeyPassphrase) => change({ ...form, forgetKeyPassphrase }),
  });
}

function trust({ form, fresh, readOnlyByDefault, change }: SectionProps) {
  const choose = (environment: Environment): void =>
    change(fresh ? withEnvironment(form, environment, readOnlyByDefault) : { ...form, environment });
  return html`<fieldset class="field s6" data-path="environment">
      <legend class="heard">Environment</legend>
      <div class="environments">${ENVIRONMENTS.map(
        (value) => html`<label class=${value}><input
          type="radio"
          name="environment"
          value=${value}
          .checked=${value === form.environment}
          @change=${() => choose(value)}
        />
          ${environmentChip(value, 'long')}<span class="hint">${ENVIRONMENT_WORDS[value].means}</span></label>`,
      )}</div>
    </fieldset>
    ${check('readOnly', 'Read-only', form.readOnly, (readOnly) => change({ ...form, readOnly }), descriptorOf(form.engine).words.readOnly)}`;
}

function belongings(props: SectionProps) {
  const { form, folders, change } = props;
  return html`
    ${text(props, 'folder', 'Folder', 'folder', { span: 2, list: 'folders', max: 200, placeholder: 'Shop/Berlin' })}
    <datalist id="folders">${folders.map((folder) => html`<option value=${folder}></option>`)}</datalist>
    ${text(props, 'tags', 'Tags', 'tags', { span: 2, placeholder: 'billing, eu', max: 700 })}
    <fieldset class="field s2" data-path="colour">
      <legend class="label">Colour</legend>
      <div class="colours">${coloursOf(form.colour).map(
        ({ value, name }) => html`<label title=${name} style="--colour:${value || 'transparent'}"><input
          type="radio"
          name="colour"
          aria-label=${name}
          .checked=${value === form.colour}
          @change=${() => change({ ...form, colour: value })}
        /></label>`,
      )}</div>
    </fieldset>
    ${text(props, 'notes', 'Notes', 'notes', { span: 6, lines: 2, max: 4000 })}`;
}

/** The colours to choose from, and the one that is worn where an import brought its own. */
function coloursOf(worn: string): typeof COLOURS {
  const known = COLOURS.some(({ value }) => value === worn);
  return known ? COLOURS : [...COLOURS, { value: worn, name: worn }];
}
