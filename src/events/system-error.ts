/** What a system's code means to the user who has to do something about it (POSIX, `<errno.h>`). */
const SENTENCES: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full. Make room on it.',
  EDQUOT: 'The disk quota is used up. Make room, or ask for more.',
  EROFS: 'The file system is read-only. Mount it for writing.',
  EACCES: 'The file system does not permit it to this user.',
  EPERM: 'The system does not permit it to this user.',
  EIO: 'The disk reports an error. Check it before anything else is stored on it.',
  EMFILE: 'The program has as many files open as the system permits. Raise the limit of open files.',
  ENFILE: 'The system has as many files open as it can.',
  ENOENT: 'The file or folder does not exist.',
  ENOTDIR: 'A part of the path is not a folder.',
  EISDIR: 'The path is a folder.',
  ENOTEMPTY: 'The folder is not empty.',
  EFBIG: 'The file is larger than the limit.',
  EEXIST: 'The file exists already.',
  EBUSY: 'The file is in use by another program.',
  ELOOP: 'The path has too many symbolic links.',
  ENAMETOOLONG: 'The path is too long.',
  ENOMEM: 'The system has no memory left.',
  ECONNREFUSED: 'Nothing listens at that address.',
  ECONNRESET: 'The other side closed the connection.',
  ETIMEDOUT: 'The other side did not answer in time.',
  ENOTFOUND: 'The host name is not known.',
  EADDRINUSE: 'The port is taken.',
};

/** Whether a code is one of the operating system's: `ENOSPC`. */
export function isSystemCode(code: unknown): code is string {
  return typeof code === 'string' && /^E[A-Z0-9]{2,15}$/.test(code);
}

/** A system's code as a sentence that says what to do, with the code in parentheses. */
export function systemSentence(code: string): string {
  const words = SENTENCES[code];
  return words ? words.replace(/\.(?= |$)/, ` (${code}).`) : `The system reports an error (${code}).`;
}

/** What an error says: a system's error in Node's words as a sentence, any other's own message. */
export function errorSentence(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: string };
  return isSystemCode(code) && isNodesOwn(code, message) ? systemSentence(code) : (message ?? String(error));
}

/** Whether a message is as Node writes one: `ENOSPC: no space left on device, write`. Ours have the code in parentheses, or not at all. */
function isNodesOwn(code: string, message = ''): boolean {
  return message === '' || (message.includes(code) && !message.includes(`(${code})`));
}
