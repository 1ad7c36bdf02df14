import { expect, it } from 'vitest';
import { literalKeys } from '../../scripts/literalKeys.ts';
import { withoutErrors } from '../../scripts/withoutErrors.ts';

it('writes the keys of a schema as literals, and leaves lists alone', () => {
  const source =
    'const _M = "Min";\nconst _xN = "xmlName";\nexport var A$ = [3, [_M], [[1, { [_xN]: _M,\n  [_M]: 1 }]]];\n';
  expect(literalKeys(source)).toBe(
    'const _M = "Min";\nconst _xN = "xmlName";\nexport var A$ = [3, [_M], [[1, { "xmlName": _M,\n  "Min": 1 }]]];\n',
  );
});

it('fails where a key is none that it knows', () => {
  expect(() => literalKeys('var a = { [other]: 1 };')).toThrow('a key that is no constant: other');
});

it('leaves the list of errors out, and fails where there is none', () => {
  const schemas = 'export var A$ = [-3, n0, "A"];\n';
  const lists = 'n0_registry.registerError(A$, A);\n';
  const base = '_s_registry.registerError(S$, S);\n';
  expect(withoutErrors(schemas + base + lists)).toBe(`${schemas}${base}\n`);
  expect(() => withoutErrors(schemas + base)).toThrow('lists its errors in another way');
});
