/**
 * The name of a type without its size, members and attributes, in lower case: `varbinary` of
 * `varbinary(20) COMPRESSED`, `enum` of `enum('x','blob')`. Empty where the text does not begin with a name.
 */
export function baseType(type: string): string {
  return /^\s*([a-z_]\w*)/i.exec(type)?.[1]?.toLowerCase() ?? '';
}
