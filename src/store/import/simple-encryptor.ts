import { createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * What the npm package simple-encryptor encrypted, or null where the key is not that one: HMAC-SHA-256 in
 * hexadecimal, IV in hexadecimal, AES-256-CBC of JSON in base64, all under the SHA-256 of the key (its
 * index.js, version 4).
 */
export function simplyDecrypted(text: string, key: string): unknown {
  const [mac, rest, iv, body] = [text.slice(0, 64), text.slice(64), text.slice(64, 96), text.slice(96)];
  if (!/^[0-9a-f]{64}$/.test(mac) || !/^[0-9a-f]{32}$/.test(iv)) return null;
  const secret = createHash('sha256').update(key).digest();
  const expected = createHmac('sha256', secret).update(rest).digest();
  if (!timingSafeEqual(expected, Buffer.from(mac, 'hex'))) return null;
  try {
    const decipher = createDecipheriv('aes-256-cbc', secret, Buffer.from(iv, 'hex'));
    return JSON.parse(Buffer.concat([decipher.update(body, 'base64'), decipher.final()]).toString('utf8'));
  } catch {
    return null;
  }
}
