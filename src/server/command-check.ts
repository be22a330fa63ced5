import { TypeCompiler } from '@sinclair/typebox/compiler';
import { Command } from '../events/command.ts';
import { schemaCheck } from './schema-check.ts';

/** Whether a body is a command. */
export const commandCheck = schemaCheck(Command);

/** Names the field that is wrong in a body that is no command. */
export function whatIsWrong(body: { type?: unknown }): string {
  const schema = Command.anyOf.find((one) => one.properties.type.const === body.type);
  if (!schema) {
    const known = Command.anyOf.map((one) => one.properties.type.const).join(', ');
    return `\`type\` is none of ${known}.`;
  }
  const error = TypeCompiler.Compile(schema).Errors(body).First();
  return error ? `${error.path || 'the command'}: ${error.message}.` : 'The command is not valid.';
}
