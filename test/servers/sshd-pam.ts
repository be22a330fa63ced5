import { createHmac, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { program } from './debian.ts';

/** What is asked at a sign-in through PAM: a password, a code, or one after the other in two rounds. */
export interface SignInByPam {
  readonly password?: string;
  /** A second factor: a one-time code by RFC 6238, which `oneTimeCode` gives. */
  readonly code?: {
    readonly secret: Buffer;
    /** The server's question; may hold any bytes but those that end a word of PAM's configuration. */
    readonly prompt?: string;
    /** What is typed is shown. */
    readonly echo?: boolean;
  };
}

/**
 * What a program is started with so that PAM's service `sshd` asks it for what `signIn` says, and lets in the user that runs the
 * tests. Only that program and its children see this service: a file is mounted over the system's in a namespace of their own, and
 * no account and no configuration of the system is changed.
 * @throws Error where the tests don't run as root
 */
export async function withPam(home: string, signIn: SignInByPam): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) throw new Error('sshd asks for passwords through PAM only as root');
  const unshare = await program(['unshare'], 'util-linux');
  const file = join(home, 'pam-service');
  const lines: string[] = [];
  if (signIn.password !== undefined) {
    const check = join(home, 'check-password');
    await writeFile(join(home, 'password'), signIn.password, { mode: 0o600 });
    // What was typed comes with a NUL after it.
    const script = `#!/bin/sh\n[ "$(tr -d '\\000')" = "$(cat '${join(home, 'password')}')" ]\n`;
    await writeFile(check, script, { mode: 0o700 });
    lines.push(`auth required pam_exec.so quiet expose_authtok ${check}`);
  }
  if (signIn.code) {
    await program(['google-authenticator'], 'libpam-google-authenticator');
    const secret = join(home, 'code-secret');
    await writeFile(secret, `${base32(signIn.code.secret)}\n" TOTP_AUTH\n`, { mode: 0o400 });
    const prompt = signIn.code.prompt ?? 'Verification code: ';
    const echo = signIn.code.echo ? ' echo_verification_code' : '';
    const module = `pam_google_authenticator.so no_increment_hotp secret=${secret} user=${userInfo().username}`;
    lines.push(`auth required ${module}${echo} [authtok_prompt=${prompt}]`);
  }
  lines.push('account required pam_permit.so', 'session required pam_permit.so');
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o644 });
  const script = 'mount --bind "$0" /etc/pam.d/sshd && exec "$@"';
  return [unshare, '--mount', '--', '/bin/sh', '-c', script, file];
}

/** A secret of a second factor. */
export function codeSecret(): Buffer {
  return randomBytes(20);
}

/** The code of this half minute (RFC 6238, six digits, SHA-1). */
export function oneTimeCode(secret: Buffer, nowMs: number = Date.now()): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(nowMs / 30_000)));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const number = mac.readUInt32BE(mac[19]! & 0x0f) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** RFC 4648 §6, of whole groups of five bytes. */
function base32(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 5) {
    let group = BigInt(`0x${bytes.subarray(at, at + 5).toString('hex')}`);
    let part = '';
    for (let i = 0; i < 8; i++, group >>= 5n)
      part = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number(group & 31n)] + part;
    text += part;
  }
  return text;
}
