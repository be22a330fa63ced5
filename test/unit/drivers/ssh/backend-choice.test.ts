import { expect, it } from 'vitest';
import { chooseBackend } from '../../../../src/drivers/ssh/index.ts';
import type { HopAuth } from '../../../../src/events/tunnel.ts';

const hops = (...auths: HopAuth[]) => auths.map((auth) => ({ host: 'a', auth }));

const KEY: HopAuth = { by: 'key', keyFile: '/k' };
const CERTIFICATE: HopAuth = { ...KEY, certificateFile: '/c' };
const PASSWORD: HopAuth = { by: 'password' };

it.each([
  [hops(KEY), true, 'openssh', 'keyOrAgent'],
  [hops({ by: 'agent' }), true, 'openssh', 'keyOrAgent'],
  [hops(KEY), false, 'embedded', 'noSsh'],
  [hops(PASSWORD), true, 'embedded', 'interactive'],
  [hops(KEY, { by: 'keyboardInteractive' }), true, 'embedded', 'interactive'],
  [hops({ by: 'config' }, PASSWORD), true, 'openssh', 'onlyOpenssh'],
  [hops(CERTIFICATE), false, 'openssh', 'onlyOpenssh'],
] as const)('chooses for %j with ssh %s: %s, %s', (hops, hasSsh, backend, reason) => {
  expect(chooseBackend({ hops }, hasSsh)).toEqual({ backend, reason });
});

it('takes the backend that the profile names', () => {
  expect(chooseBackend({ hops: hops(PASSWORD), backend: 'openssh' }, true)).toEqual({
    backend: 'openssh',
    reason: 'configured',
  });
});
