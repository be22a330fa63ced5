import { version } from '../../package.json';

/** This program's version, as package.json has it. */
export const VERSION: string = version;
