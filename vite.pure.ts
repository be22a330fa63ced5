/**
 * Building a schema has no effect but its value. Told to the bundler, it leaves out those whose types alone are used: all of
 * them in the page, most of them in the program.
 */
export const treeshake = {
  manualPureFunctions: [
    'message',
    'part',
    ...[
      'Union',
      'Object',
      'Literal',
      'String',
      'Number',
      'Integer',
      'Boolean',
      'Optional',
      'Array',
      'Null',
      'Omit',
    ].map((name) => `Type.${name}`),
  ],
};
