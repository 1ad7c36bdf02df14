import { expect, it } from 'vitest';
import { literalKeys } from '../../scripts/literalKeys.ts';

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
