import { describe, expect, it } from 'vitest';
import { guards } from '../../src/core/guards.ts';
import { withoutGuards } from '../support/withoutGuard.ts';
import { guardCases } from './guardCases.ts';

const names = guards.map(({ name }) => name);

describe('the list of guards', () => {
  it('names each once', () => {
    expect(new Set(names).size).toBe(names.length);
  });

  it('says of each which rule of the design it holds', () => {
    for (const { name, rule } of guards) expect(rule, name).toMatch(/^R\d+$/);
  });

  it.each(names)('%s stands against something that nothing else stands against', async (name) => {
    const cases = guardCases.filter(({ guard }) => guard === name);
    expect(cases.length).toBeGreaterThan(0);
    for (const { verdict } of cases) {
      expect(verdict()).toMatchObject({ ok: false });
      expect(await withoutGuards([name], verdict)).toMatchObject({ ok: true });
    }
  });
});
