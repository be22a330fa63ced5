import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { describe, expect, it } from 'vitest';
import { madeVault, newFolder, openVault, passphrase, profile } from './vault-support.ts';

/** A fixture as one program that Node runs. */
async function programOf(name: string): Promise<string> {
  const entry = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
  const result = await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: { ssr: entry, write: false, minify: false },
  });
  const [bundle] = [result].flat();
  if (bundle === undefined || !('output' in bundle)) throw new Error('nothing was built');
  return bundle.output[0].code;
}

function start(program: string, flags: readonly string[], args: readonly string[]) {
  const child = spawn(process.execPath, [...flags, '--input-type=module', '-', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(program);
  return child;
}

describe('a process with a vault', () => {
  it('can be killed at any instant: what it said is saved is there, and whole', {
    tags: ['slow'],
    timeout: 120_000,
  }, async () => {
    const program = await programOf('vault-child.ts');
    const folder = newFolder();
    const vault = await madeVault(folder);
    await vault.save(profile('a'));
    vault.lock();
    let from = 1;
    for (let round = 0; round < 12; round++) {
      const child = start(program, [], [folder, passphrase().reveal(), 'a', String(from), '1e9']);
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (more) => {
        output += more;
        // Some saves in, at an instant that differs from round to round.
        if (output.split('\n').length > 3 + round) setTimeout(() => child.kill('SIGKILL'), (round * 7) % 11);
      });
      await once(child, 'close');
      expect(child.signalCode).toBe('SIGKILL');
      const told = Number(output.trimEnd().split('\n').at(-1));
      expect(told).toBeGreaterThan(from);

      const after = await openVault(folder);
      await after.unlock(passphrase());
      const found = Number(after.password('a'));
      expect([told, told + 1]).toContain(found);
      expect(after.get('a')?.notes).toMatch(new RegExp(`^${found} x*$`));
      expect(after.backup).not.toBeNull();
      // The dead process left its lock and its half-written file: the next save is not in their way.
      await after.save(profile('b', { notes: String(round) }));
      from = found + 1;
    }
  });

  it('saves beside another one, and neither loses what it saved', {
    tags: ['slow'],
  }, async () => {
    const program = await programOf('vault-child.ts');
    const folder = newFolder();
    const vault = await madeVault(folder);
    const ids = ['a', 'b', 'c'];
    for (const id of ids) await vault.save(profile(id));
    const children = ids.map((id) => start(program, [], [folder, passphrase().reveal(), id, '1', '40']));
    const outputs = await Promise.all(children.map((child) => text(child.stdout)));
    for (const output of outputs) expect(output.trim().split('\n')).toHaveLength(40);
    await vault.refresh();
    expect(ids.map((id) => vault.password(id))).toEqual(['40', '40', '40']);
    const after = await openVault(folder);
    expect(after.backup?.revision).toBe(123);
  });

  it('holds no password in its heap once the vault is locked', {
    tags: ['slow'],
  }, async () => {
    const program = await programOf('vault-heap-child.ts');
    const child = start(program, ['--expose-gc'], [newFolder(), 'qv7Zk2']);
    const { found } = JSON.parse(await text(child.stdout));
    expect(found).toEqual({ revealed: true, locked: false });
  });
});
