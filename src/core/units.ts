/**
 * Sizes as people write them. GB means 2^30 bytes, exactly like GiB, and so with all others: the clouds count the GB of
 * their disks and memory in this way, and a size that is read here must be the one that they bill and show.
 */
const POWERS: Readonly<Record<string, number>> = { K: 1, M: 2, G: 3, T: 4, P: 5 };
const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Why a text is no size. */
export type SizeProblem =
  'no-unit' | 'unknown-unit' | 'comma' | 'negative' | 'not-a-size' | 'not-whole' | 'too-large';

export type ParsedSize = { readonly bytes: number } | { readonly problem: SizeProblem };

/**
 * Reads `10GB`, `10 GB`, `10G`, `1.5GiB`, `512mb`, `1024B`. A number alone is no size: nobody could tell what it counts.
 * A fraction of a byte is rounded away; a fraction has at most nine digits.
 */
export function parseSize(text: string): ParsedSize {
  if (text.length > 80) return { problem: 'not-a-size' };
  // Blanks alone: what else may stand around it is not to be seen, and was not meant.
  const match = /^ *([-+]?)(\d{1,40})(?:([.,])(\d{1,9}))? *([A-Za-z]*) *$/.exec(text);
  if (match === null) return { problem: 'not-a-size' };
  const [, sign, whole = '', point, fraction = '', unit = ''] = match;
  if (sign === '-') return { problem: 'negative' };
  if (sign === '+') return { problem: 'not-a-size' };
  if (point === ',') return { problem: 'comma' };
  if (unit === '') return { problem: 'no-unit' };
  const power = powerOf(unit);
  if (power === undefined) return { problem: 'unknown-unit' };
  return wholeBytes(whole, fraction, power);
}

function powerOf(unit: string): number | undefined {
  const upper = unit.toUpperCase();
  if (upper === 'B') return 0;
  const match = /^([KMGTP])(?:I?B)?$/.exec(upper);
  return match === null ? undefined : POWERS[match[1] ?? ''];
}

/** With whole numbers all the way: a product of doubles would turn 0.1 into something near it. */
function wholeBytes(whole: string, fraction: string, power: number): ParsedSize {
  const scale = 10n ** BigInt(fraction.length);
  const product = BigInt(whole + fraction) * 1024n ** BigInt(power);
  if (product > BigInt(Number.MAX_SAFE_INTEGER) * scale) return { problem: 'too-large' };
  if (power === 0 && product % scale !== 0n) return { problem: 'not-whole' };
  return { bytes: Number((product * 2n + scale) / (2n * scale)) };
}

/**
 * A size for people: `10GB`, `1.5GB`, `512MB`, at most two decimals. What it prints, `parseSize` reads, as the size itself
 * wherever two decimals were enough and as one within half a percent elsewhere.
 */
export function formatBytes(bytes: number): string {
  if (bytes < 0) return `-${formatBytes(-bytes)}`;
  const largest = UNITS.length - 1;
  let power = 0;
  // The rounded amount decides, so that 1023.999MB becomes 1GB and not 1024MB.
  while (power < largest && rounded(bytes, power) >= 1024) power++;
  return `${rounded(bytes, power)}${UNITS[power]}`;
}

/** The same without loss: the largest unit that needs no decimals. */
export function formatExactBytes(bytes: number): string {
  if (bytes < 0) return `-${formatExactBytes(-bytes)}`;
  let power = 0;
  let amount = bytes;
  while (amount !== 0 && power < UNITS.length - 1 && amount % 1024 === 0) {
    amount /= 1024;
    power++;
  }
  return `${amount}${UNITS[power]}`;
}

/** Two sizes that are not equal, so that it can be seen. */
export function formatApart(one: number, other: number): readonly [string, string] {
  const format = formatBytes(one) === formatBytes(other) ? formatExactBytes : formatBytes;
  return [format(one), format(other)];
}

/** Two decimals; bytes have none. */
function rounded(bytes: number, power: number): number {
  if (power === 0) return Math.round(bytes);
  return Math.round((bytes / 1024 ** power) * 100) / 100;
}

const DURATIONS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** A span for people: its two largest units that follow each other, rounded down (`3d 4h`, `1m 30s`, `12s`, `0s`). */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.floor(Math.max(0, milliseconds) / 1000);
  const first = DURATIONS.findIndex(([, length]) => seconds >= length);
  if (first === -1) return '0s';
  let rest = seconds;
  const parts: string[] = [];
  for (const [unit, length] of DURATIONS.slice(first, first + 2)) {
    const amount = Math.floor(rest / length);
    rest -= amount * length;
    if (amount > 0) parts.push(`${amount}${unit}`);
  }
  return parts.join(' ');
}

/**
 * How long ago something was, in one unit: `just now`, `5m ago`, `3h ago`, `12d ago`, `2y ago`. Two clocks differ a little:
 * what lies a minute ahead is `just now` too, and from there on it is told that it is ahead.
 */
export function formatAge(thenMs: number, nowMs: number): string {
  const seconds = Math.floor((nowMs - thenMs) / 1000);
  if (seconds < -60) return 'in the future';
  if (seconds < 60) return 'just now';
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h ago`;
  const days = Math.floor(seconds / 86_400);
  return days < 730 ? `${days}d ago` : `${Math.floor(days / 365.25)}y ago`;
}
