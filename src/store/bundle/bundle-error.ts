/**
 * A bundle can't be opened or written. `code` is one of ours: `bundle.format` (not a bundle), `bundle.newer`, `bundle.truncated`,
 * `bundle.trailing`, `bundle.layout`, `bundle.zip64`, `bundle.encrypted`, `bundle.method`, `bundle.name`, `bundle.duplicate`,
 * `bundle.link`, `bundle.large`, `bundle.records`, `bundle.crc`, `bundle.utf8`, `bundle.keys`, `bundle.manifest`,
 * `bundle.signature`, `bundle.empty`, `bundle.session`, `bundle.output`, `bundle.key`.
 */
export class BundleError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${message} (${code})`);
    this.name = 'BundleError';
    this.code = code;
  }
}
