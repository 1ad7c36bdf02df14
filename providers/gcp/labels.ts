import type { Labels } from '../../src/core/assets.ts';

/** Labels as Compute Engine has them: keys and values of at most 63 characters, lower case, digits, `-` and `_`. */
export type RawLabels = Readonly<Record<string, string>>;

/** Every change to merge; a label whose value is undefined is taken away. */
export type LabelChanges = { readonly [key in keyof Labels]: Labels[key] | undefined };

/** clouds.md, Compute Engine: "Labels: 64 per asset, keys and values of 63". */
const LONGEST_VALUE = 63;
export const MOST_LABELS = 64;
export const OWN_PREFIX = 'chews-';

interface Codec<T> {
  readonly write: (value: T) => string;
  /** Undefined where the text is none of ours: what cannot be read is left out. */
  readonly read: (text: string) => T | undefined;
}

const text: Codec<string> = { write: escape, read: unescape };

const whole: Codec<number> = {
  write: String,
  read: (found) => (/^\d{1,9}$/.test(found) ? Number(found) : undefined),
};

const flag: Codec<boolean> = {
  write: String,
  read: (found) => (found === 'true' ? true : found === 'false' ? false : undefined),
};

function oneOf<T extends string>(...words: readonly T[]): Codec<T> {
  return { write: (word) => word, read: (found) => words.find((word) => word === found) };
}

/** Names one after the other, each ended by `__`, which no escape has in it; so the empty list is the empty text. */
const names: Codec<readonly string[]> = {
  write: (list) => list.map((name) => `${escape(name)}__`).join(''),
  read: (found) => {
    if (found === '') return [];
    if (!found.endsWith('__')) return undefined;
    const list = found.slice(0, -'__'.length).split('__').map(unescape);
    return list.every((name) => name !== undefined) ? list : undefined;
  },
};

const codecs: { readonly [key in keyof Required<Labels>]: Codec<Required<Labels>[key]> } = {
  workstation: text,
  owner: text,
  disk: text,
  role: oneOf('boot', 'data'),
  set: text,
  setIndex: whole,
  setSize: whole,
  clean: flag,
  restoredFrom: text,
  members: names,
  putInto: text,
  settings: text,
  endOn: flag,
  deleting: flag,
};

const keys = Object.keys(codecs) as (keyof Labels)[];

/** `setIndex` is `chews-set-index`. */
export function rawKey(key: keyof Labels): string {
  return OWN_PREFIX + key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * What is longer than one value goes on in `chews-members-2`, `chews-members-3` and so on. Characters that no value can have
 * are written as `_` and the two hex digits of each of their bytes.
 */
export function encodeLabels(labels: Labels): RawLabels {
  const raw: Record<string, string> = {};
  for (const key of keys) {
    const value = labels[key];
    if (value === undefined) continue;
    chunksOf(written(key, value)).forEach((chunk, index) => {
      raw[index === 0 ? rawKey(key) : `${rawKey(key)}-${index + 1}`] = chunk;
    });
  }
  return raw;
}

export function decodeLabels(raw: RawLabels): Labels {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = Object.hasOwn(raw, rawKey(key)) ? codecs[key].read(joined(raw, rawKey(key))) : undefined;
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

/** Merges into what is there; labels that are not ours stay as they are. */
export function mergeLabels(raw: RawLabels, changes: LabelChanges): RawLabels {
  const changed = Object.keys(changes) as (keyof Labels)[];
  const merged = Object.fromEntries(
    Object.entries(raw).filter(([name]) => !changed.some((key) => isOf(name, key))),
  );
  const set = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return { ...merged, ...encodeLabels(set) };
}

function written<K extends keyof Labels>(key: K, value: Required<Labels>[K]): string {
  return codecs[key].write(value);
}

function isOf(name: string, key: keyof Labels): boolean {
  const own = rawKey(key);
  return name === own || (name.startsWith(`${own}-`) && /^\d+$/.test(name.slice(own.length + 1)));
}

function chunksOf(whole: string): string[] {
  const count = Math.max(1, Math.ceil(whole.length / LONGEST_VALUE));
  return Array.from({ length: count }, (_, index) =>
    whole.slice(index * LONGEST_VALUE, (index + 1) * LONGEST_VALUE),
  );
}

function joined(raw: RawLabels, key: string): string {
  let whole = raw[key] ?? '';
  for (let number = 2; Object.hasOwn(raw, `${key}-${number}`); number += 1)
    whole += raw[`${key}-${number}`] ?? '';
  return whole;
}

function escape(plain: string): string {
  return [...new TextEncoder().encode(plain)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[a-z0-9-]/.test(character) ? character : `_${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

function unescape(escaped: string): string | undefined {
  if (!/^(?:[a-z0-9-]|_[0-9a-f]{2})*$/.test(escaped)) return undefined;
  const bytes = [...escaped.matchAll(/_([0-9a-f]{2})|[^_]/g)].map(([character, hex]) =>
    hex === undefined ? character.charCodeAt(0) : Number.parseInt(hex, 16),
  );
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(bytes));
  } catch {
    return undefined;
  }
}
