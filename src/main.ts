#!/usr/bin/env node
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rememberCompiled } from './main/compile-cache.ts';

rememberCompiled(dirname(fileURLToPath(import.meta.url)));
// Not before what it loads can be remembered.
void import('./main/command-line.ts');
