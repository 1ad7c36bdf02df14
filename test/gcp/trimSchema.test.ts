import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fallback } from 'google-gax';
import { describe, expect, it } from 'vitest';
import { callsIn, type SchemaNode, trimSchema } from '../../scripts/trimSchema.ts';

const source = readFileSync(join(import.meta.dirname, '../../providers/gcp/calls.ts'), 'utf8');
const whole = createRequire(import.meta.url)('@google-cloud/compute/build/protos/protos.json') as SchemaNode;

describe('the schema that goes into the bundle', () => {
  const calls = callsIn(source);
  const trimmed = trimSchema(whole, calls);

  it('has every call that is made, with all that its messages lead to', () => {
    expect(calls.length).toBeGreaterThan(35);
    expect(calls).toContain('disks.createSnapshot');
    const root = fallback.protobuf.Root.fromJSON(
      trimmed as Parameters<typeof fallback.protobuf.Root.fromJSON>[0],
    );
    root.resolveAll();
    for (const call of calls) {
      const [service = '', method = ''] = call
        .split('.')
        .map((word) => word.charAt(0).toUpperCase() + word.slice(1));
      const found = root.lookupService(`google.cloud.compute.v1.${service}`);
      expect(Object.keys(found.methods), call).toContain(method);
    }
  });

  it('is a small part of the whole', () => {
    expect(JSON.stringify(trimmed).length * 20).toBeLessThan(JSON.stringify(whole).length);
  });

  it('fails for a call that the SDK does not have', () => {
    expect(() => trimSchema(whole, ['disks.polish'])).toThrow('the SDK has no disks.polish');
  });
});
