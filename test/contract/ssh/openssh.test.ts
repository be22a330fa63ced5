import { openByOpenssh } from '../../../src/drivers/ssh/openssh/open.ts';
import { tunnelContract } from './tunnel-contract.ts';

tunnelContract('OpenSSH', openByOpenssh);
