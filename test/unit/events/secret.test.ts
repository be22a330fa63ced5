import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, formatWithOptions, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { MessageChannel } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/events/secret.ts';

const WORD = 'hunter2-Zq9';
const secret = () => new Secret(WORD);

/** Everything that turns a value into text or data, by how it is asked to. */
const WAYS: Record<string, (it: Secret) => unknown> = {
  template: (it) => `password=${it}`,
  concatenation: (it) => 'password='.concat(it as never),
  'number and default hints': (it) => [Number(it as never), (it as never) + 1, `${[it]}`],
  'its own text': (it) => [it.toString(), it.toLocaleString(), Object.prototype.toString.call(it)],
  JSON: (it) => JSON.stringify({ profile: { password: it, all: [it] } }),
  'JSON as a key': (it) => JSON.stringify({ [it as never]: 1 }),
  inspect: (it) => inspect({ a: { b: { c: { it } } }, list: [it], map: new Map([[it, it]]) }, { depth: 9 }),
  'inspect with everything on': (it) =>
    inspect(it, { showHidden: true, showProxy: true, getters: true, depth: 9 }),
  'inspect without custom functions': (it) =>
    inspect({ it }, { customInspect: false, showHidden: true, showProxy: true, depth: 9 }),
  format: (it) => [format('%s %o %O %j %d', it, it, it, it, it), formatWithOptions({ depth: 9 }, it)],
  errors: (it) => {
    const error = new Error(`refused: ${it}`, { cause: it });
    return [error.message, error.stack, inspect(error), inspect(Object.assign(error, { it }), { depth: 9 })];
  },
  'thrown errors of its own': (it) => {
    it.wipe();
    try {
      return it.reveal();
    } catch (error) {
      return inspect(error);
    }
  },
  keys: (it) => [Object.keys(it), Object.entries(it), Object.values(it), Reflect.ownKeys(it), { ...it }],
  descriptors: (it) => Object.getOwnPropertyDescriptors(it),
  'for in': (it) => {
    const names = [];
    for (const name in it) names.push(name);
    return names;
  },
  assign: (it) => JSON.stringify(Object.assign({}, it)),
  structuredClone: (it) => inspect(structuredClone({ it }), { showHidden: true, depth: 9 }),
  serialize: (it) => [serialize({ it }).toString('latin1'), serialize({ it }).toString('utf16le')],
  console: (it) => {
    let shown = '';
    const stream = new Writable({
      write(chunk, _, done) {
        shown += chunk;
        done();
      },
    });
    const log = new Console({ stdout: stream, stderr: stream });
    log.log(it, { it }, [it], '%s', it);
    log.error(new Error('x', { cause: it }));
    log.dir(it, { showHidden: true });
    log.table([{ it }]);
    return shown;
  },
  dates: (it) => String(new Date(it as never)),
  urls: (it) => [new URLSearchParams({ password: it as never }).toString(), encodeURIComponent(it as never)],
  buffers: (it) => Buffer.from(String(it)).toString('latin1'),
  joins: (it) => [[it, it].join(), [it].toString()],
  subclasses: (it) => inspect(Object.create(it)),
  proxies: (it) => inspect(new Proxy(it, {}), { showProxy: true }),
};

describe('a secret', () => {
  for (const [way, ask] of Object.entries(WAYS)) {
    it(`does not leak by ${way}`, () => {
      const told = inspect(ask(secret()), { depth: 12, maxStringLength: null });
      for (const part of [WORD, 'hunter', 'Zq9', Buffer.from(WORD).toString('base64'), '104, 117, 110'])
        expect(told).not.toContain(part);
    });
  }

  it('does not leak by postMessage', async () => {
    const { port1, port2 } = new MessageChannel();
    const received = new Promise((resolve) => port2.once('message', resolve));
    port1.postMessage({ it: secret() });
    expect(inspect(await received, { showHidden: true })).toBe('{ it: {} }');
    port1.close();
  });

  it('says that it is one', () => {
    expect(`${secret()}`).toBe('[secret]');
    expect(JSON.stringify({ a: secret() })).toBe('{"a":"[secret]"}');
    expect(inspect({ a: secret() })).toBe('{ a: [secret] }');
  });

  it('gives back any text, and to reveal alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(new Secret(text).reveal()).toBe(text);
        expect(new Secret(text).copy().reveal()).toBe(text);
      }),
    );
    expect(new Secret('\ud800x\0').reveal()).toBe('\ud800x\0');
    const long = 'ä'.repeat(300_000);
    expect(new Secret(long).reveal()).toBe(long);
  });

  it('equals what has the same value', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(new Secret(a).equals(new Secret(b))).toBe(a === b);
        expect(new Secret(a).equals(new Secret(a))).toBe(true);
        expect(new Secret(a).equals(new Secret(a + b))).toBe(b === '');
        expect(new Secret(a + a).equals(new Secret(a))).toBe(a === '');
      }),
    );
    expect(new Secret('').equals(new Secret('\0'))).toBe(false);
  });

  it('is gone once it is wiped, and its copies are not', () => {
    const one = secret();
    const copy = one.copy();
    one.wipe();
    expect(one.wiped).toBe(true);
    expect(() => one.reveal()).toThrow('wiped');
    expect(() => one.copy()).toThrow('wiped');
    expect(one.equals(one)).toBe(false);
    expect(copy.reveal()).toBe(WORD);
  });

  it('can be given no property that would show', () => {
    expect(() => Object.assign(secret(), { password: WORD })).toThrow(TypeError);
  });
});
