import { describe, expect, it } from 'vitest';
import type { ProfilesPort } from '../../../src/actors/ports.ts';
import { Secret } from '../../../src/events/secret.ts';
import { ProfileSources } from '../../../src/store/profile-sources.ts';
import { Profiles } from '../../../src/store/profiles.ts';
import { madeVault, newFolder, openVault, passphrase, profile } from './vault/vault-support.ts';

describe('the sources of profiles', () => {
  it('are the demo and the unsaved beside the vault, and what actors ask for', async () => {
    const memory = new Profiles();
    const demo = profile('demo', { name: 'Demo' });
    memory.add(demo, 'demo word');
    const vault = await madeVault(newFolder());
    const sources = new ProfileSources(memory, vault);
    const port: ProfilesPort = sources;
    await vault.save(profile('a'), { password: new Secret('x'), 'ssh.0.password': new Secret('y') });
    await vault.save(profile('demo', { name: 'Not the demo' }), { password: new Secret('z') });
    const unsaved = port.addUnsaved('U', demo.target, 'development', 'u');
    expect(port.get('demo')).toBe(demo);
    expect(port.password('demo')).toBe('demo word');
    expect(sources.secret('demo', 'password')).toBeUndefined();
    expect(port.password(unsaved.profileId)).toBe('u');
    expect(port.password('a')).toBe('x');
    expect(sources.secret('a', 'ssh.0.password')?.reveal()).toBe('y');
    vault.lock();
    expect(port.list().map(({ profileId }) => profileId)).toEqual(['demo', unsaved.profileId]);
    expect(port.password('a')).toBeUndefined();
    await vault.unlock(passphrase());
    expect(port.get('a')).toEqual(profile('a'));
  });

  it('need no vault for a demo', async () => {
    const memory = new Profiles();
    memory.add(profile('demo'), undefined);
    const sources = new ProfileSources(memory, await openVault(newFolder()));
    expect(sources.list()).toHaveLength(1);
    expect(sources.password('none')).toBeUndefined();
  });
});
