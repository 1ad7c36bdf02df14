import type { AssetKind } from '../../src/core/assets.ts';

type Shape = 'text' | 'number' | 'yes or no' | 'mapping' | 'assets' | 'texts';

const common = {
  id: 'text',
  name: 'text',
  labels: 'mapping',
  createdAtMs: 'number',
  madeBy: 'text',
} as const;

/** What the file of every asset has to say; what may be missing is not among it. */
const shapes: Readonly<Record<AssetKind, Readonly<Record<string, Shape>>>> = {
  vm: {
    ...common,
    size: 'mapping',
    image: 'text',
    disks: 'assets',
    firstBoot: 'yes or no',
    hostKeys: 'texts',
  },
  disk: {
    ...common,
    type: 'text',
    sizeBytes: 'number',
    imageBytes: 'number',
    origin: 'mapping',
    generation: 'number',
    pristineStamp: 'text',
  },
  snapshot: {
    ...common,
    sourceDiskId: 'text',
    sourceDiskName: 'text',
    sizeBytes: 'number',
    imageBytes: 'number',
    imageStamp: 'text',
    takenAtMs: 'number',
    contentVersion: 'text',
  },
};

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fits(value: unknown, shape: Shape): boolean {
  switch (shape) {
    case 'text':
      return isText(value);
    case 'number':
      return Number.isFinite(value);
    case 'yes or no':
      return typeof value === 'boolean';
    case 'mapping':
      return isMapping(value);
    case 'assets':
      return (
        Array.isArray(value) &&
        value.every((entry) => isMapping(entry) && isText(entry['id']) && isText(entry['name']))
      );
    case 'texts':
      return Array.isArray(value) && value.every(isText);
  }
}

/** The first entry of an asset's content that is missing or of another type than it must be; undefined where all are there. */
export function misshapen(kind: AssetKind, content: object): string | undefined {
  const values = content as Readonly<Record<string, unknown>>;
  return Object.entries(shapes[kind]).find(([key, shape]) => !fits(values[key], shape))?.[0];
}
