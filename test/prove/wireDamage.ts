import type { Draws } from './draws.ts';

/** What can become of one piece of an answer. */
export type Damage =
  { readonly kind: 'drop' | 'empty' | 'twice' | 'cut' } | { readonly kind: 'replace'; readonly text: string };

export const oddTexts = [
  'dreaming',
  '-1',
  '1e99',
  'true',
  '&#0;',
  '1970-01-01T00:00:00.000Z',
  '<x/>',
  '__proto__',
  '\u001b[2J\nFORGED',
] as const;

/** Instead of an answer. */
const wholes = ['', '<html><body>Bad gateway', 'null', '[]', '{}', '<x/>'] as const;

export function drawDamage(draws: Draws): Damage {
  if (draws.chance(0.5)) return { kind: draws.oneOf(['drop', 'empty', 'twice', 'cut']) };
  return { kind: 'replace', text: draws.oneOf(oddTexts) };
}

/** Does it to the n-th element of an XML text that has no other within it. */
export function damagedXml(answer: string, index: number, damage: Damage): string {
  const leaves = [...answer.matchAll(/<(\w+)>([^<]*)<\/\1>/g)];
  const leaf = leaves[index % Math.max(1, leaves.length)];
  if (leaf === undefined) return answer;
  const [whole, tag = ''] = leaf;
  const before = answer.slice(0, leaf.index);
  const after = answer.slice(leaf.index + whole.length);
  switch (damage.kind) {
    case 'drop':
      return before + after;
    case 'empty':
      return `${before}<${tag}/>${after}`;
    case 'twice':
      return before + whole + whole + after;
    case 'cut':
      return before;
    case 'replace':
      return `${before}<${tag}>${damage.text}</${tag}>${after}`;
  }
}

/** A value of a JSON text, and what holds it. */
interface Held {
  readonly value: unknown;
  readonly drop: () => void;
  readonly put: (value: unknown) => void;
  readonly twice: () => void;
}

function heldIn(value: unknown): Held[] {
  if (Array.isArray(value)) {
    const list: unknown[] = value;
    return list.flatMap((item, at) => [
      {
        value: item,
        drop: () => list.splice(at, 1),
        put: (other) => (list[at] = other),
        twice: () => list.splice(at, 0, item),
      },
      ...heldIn(item),
    ]);
  }
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Record<string, unknown>;
  return Object.keys(object).flatMap((key) => [
    {
      value: object[key],
      drop: () => delete object[key],
      put: (other) => (object[key] = other),
      twice: () => (object[key] = [object[key], object[key]]),
    },
    ...heldIn(object[key]),
  ]);
}

function emptied(value: unknown): unknown {
  if (Array.isArray(value)) return [];
  if (typeof value === 'object' && value !== null) return {};
  return typeof value === 'string' ? '' : null;
}

/** Does it to the n-th value of a JSON text. */
export function damagedJson(answer: string, index: number, damage: Damage): string {
  const whole: unknown = JSON.parse(answer);
  const values = heldIn(whole);
  const held = values[index % Math.max(1, values.length)];
  if (held === undefined) return answer;
  switch (damage.kind) {
    case 'drop':
      held.drop();
      break;
    case 'empty':
      held.put(emptied(held.value));
      break;
    case 'twice':
      held.twice();
      break;
    case 'cut':
      return answer.slice(0, index % answer.length);
    case 'replace':
      held.put(/^(-1|1e99|true)$/.test(damage.text) ? JSON.parse(damage.text) : damage.text);
  }
  return JSON.stringify(whole);
}

/** A drawn mistake in an answer, of one place mostly, of the whole now and then. */
export function damaged(answer: string, draws: Draws): string {
  if (draws.chance(0.05)) return draws.oneOf(wholes);
  const index = draws.below(2 ** 20);
  const damage = drawDamage(draws);
  return answer.startsWith('<') ? damagedXml(answer, index, damage) : damagedJson(answer, index, damage);
}
