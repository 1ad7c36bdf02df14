import { billsOf } from '../core/bills.ts';
import { type DriftKind, describeSize } from '../core/drift.ts';
import { printable } from '../core/printable.ts';
import type { Situation } from '../core/state.ts';
import { formatAge, formatBytes } from '../core/units.ts';
import type { Workstation } from '../core/workstation.ts';
import type { Look, LookOrError } from '../engine/session.ts';
import type { Paint } from './paint.ts';
import { billsText } from './resultText.ts';
import { setTime, tooManySets } from './snapshotSetText.ts';
import { paintState } from './stateText.ts';
import { type Cell, type Column, leastWidth, table, wrap } from './table.ts';

export interface Row {
  readonly workstation: Workstation;
  readonly found: LookOrError;
}

const COLUMNS: readonly Column[] = [
  { title: 'NAME', least: 8 },
  { title: 'STATE', least: 12 },
  { title: 'LOCATION', least: 8 },
  { title: 'SIZE', least: 6 },
  { title: 'DISKS', least: 10 },
  { title: 'NEWEST SET (UTC)', least: 10 },
  { title: 'DRIFT', least: 8 },
];

/** Where a workstation is; undefined where nothing of it is anywhere. */
export function locationOf({ situation, inventory }: Look): string | undefined {
  const live = situation.vm ?? inventory.disks[0];
  if (live !== undefined) return live.location;
  return situation.newestSet?.byDisk.values().next().value?.location;
}

function disksText({ situation, claim }: Look): string {
  const { membership, newestSet, state } = situation;
  if (membership.members.length === 0)
    return claim.workstation.disks
      .map(({ name, sizeBytes }) => `${name} ${formatBytes(sizeBytes)}`)
      .join(', ');
  return membership.members
    .map(({ name, live }) => {
      const bytes = live?.sizeBytes ?? newestSet?.byDisk.get(name)?.sizeBytes;
      const size = bytes === undefined ? '' : ` ${formatBytes(bytes)}`;
      return live === undefined && state !== 'DESSICATED' ? `${name}${size} gone` : `${name}${size}`;
    })
    .join(', ');
}

/** By what the file wants, since it is the file that was changed. */
const DRIFT_WORDS: Readonly<Record<DriftKind, string>> = {
  size: 'size',
  location: 'location',
  'disk-type': 'other type',
  'disk-grown': 'larger in file',
  'disk-shrunk': 'smaller in file',
  'disk-new': 'new in file',
  'disk-removed': 'not in file',
  'boot-order': 'boot order',
};

function driftText({ drift }: Situation): string {
  return drift
    .map(({ kind, disk }) => (disk === undefined ? DRIFT_WORDS[kind] : `${disk} ${DRIFT_WORDS[kind]}`))
    .join(', ');
}

function rowCells({ workstation, found }: Row, paint: Paint): Cell[] {
  const name = { text: workstation.name, paint: (text: string) => paint('bold', text) };
  const dim = (text: string) => paint('dim', text);
  if ('error' in found) {
    const state = { text: 'unreadable', paint: (text: string) => paint('red', text) };
    return [name, state, { text: workstation.locations[0], paint: dim }];
  }
  const { look } = found;
  const { situation, inventory } = look;
  const { state, vm, newestSet } = situation;
  const faint = state === 'NOT_EXIST' ? { paint: dim } : {};
  const age = newestSet === undefined ? '' : ` (${formatAge(newestSet.firstTakenAtMs, inventory.readAtMs)})`;
  return [
    name,
    { text: state, paint: (text) => paintState(paint, state, text) },
    { text: printable(locationOf(look) ?? workstation.locations[0]), ...faint },
    {
      text: printable(describeSize(vm?.size ?? workstation.size)),
      ...(vm === undefined ? { paint: dim } : {}),
    },
    { text: printable(disksText(look)), ...faint },
    { text: newestSet === undefined ? '' : printable(`${setTime(newestSet.timestamp).slice(0, 16)}${age}`) },
    { text: printable(driftText(situation)), paint: (text) => paint('yellow', text) },
  ];
}

/** What has to be said of a workstation beyond its row: why, and the command that mends it. */
export function remarks({ workstation, found }: Row, paint: Paint): string[] {
  const { name } = workstation;
  // Why it could not be read is an error, and told as one.
  if ('error' in found) return [];
  const { situation } = found.look;
  const { state, problems, mend, drift, endOn } = situation;
  const lines: string[] = [];
  const { lookalikes } = found.look;
  if (lookalikes.length > 0) {
    lines.push(`${paint('bold', name)} does not exist by this file, and yet:`);
    lines.push(...lookalikes.map((sentence) => `  ${printable(sentence)}`));
  }
  if (problems.length > 0) {
    lines.push(`${paint('bold', name)} is ${paintState(paint, state)}:`);
    lines.push(...problems.map(({ sentence }) => `  ${printable(sentence)}`));
    if (mend !== undefined) lines.push(`  → chews ${printable(mend)}`);
    else if (state === 'INCONSISTENT')
      lines.push('  → put it right with the provider’s own tools: chews never picks');
    else if (state === 'CHANGING') lines.push('  → it should pass by itself');
  }
  if (endOn) {
    lines.push(`${paint('bold', name)} was stopped by a command that was cut off, and is to end ON`);
    lines.push(`  → chews ${mend ?? `recover ${name}`}`);
  }
  if (drift.length > 0) {
    lines.push(`${paint('bold', name)} differs from the file:`);
    for (const { sentence, mend: command } of drift)
      lines.push(`  ${printable(sentence)}`, `    → ${printable(command)}`);
  }
  const surplus = tooManySets(workstation, situation);
  if (surplus !== undefined) lines.push(`note: ${surplus}`);
  return lines;
}

function totalBills(rows: readonly Row[]): string[] {
  const looks = rows.flatMap(({ found }) => ('look' in found ? [found.look.inventory] : []));
  const [first] = looks;
  if (first === undefined) return [];
  const vms = looks.flatMap((inventory) => inventory.vms);
  const disks = looks.flatMap((inventory) => inventory.disks);
  const snapshots = looks.flatMap((inventory) => inventory.snapshots);
  return [billsText(billsOf({ ...first, vms, disks, snapshots }))];
}

/** What a narrow terminal can do without: `info` shows it. */
const DISPENSABLE = ['SIZE', 'LOCATION', 'NEWEST SET (UTC)', 'DISKS'];

function columnsThatFit(columns: readonly Column[], width: number | undefined): readonly Column[] {
  let left = columns;
  for (const title of DISPENSABLE) {
    if (width === undefined || leastWidth(left) <= width) break;
    left = left.filter((column) => column.title !== title);
  }
  return left;
}

/** The table, under it what needs an explanation, and what it all costs. */
export function statusText(rows: readonly Row[], paint: Paint, width: number | undefined): string[] {
  const cells = rows.map((row) => rowCells(row, paint));
  const filled = COLUMNS.filter(
    (_, index) => index < 5 || cells.some((row) => (row[index]?.text ?? '') !== ''),
  );
  const used = columnsThatFit(filled, width);
  const shown = cells.map((row) =>
    COLUMNS.flatMap((column, at) => (used.includes(column) ? [row[at] ?? { text: '' }] : [])),
  );
  const below = rows.flatMap((row) => remarks(row, paint));
  const wrapped = below.flatMap((line) => fold(line, width));
  return [
    ...table(used, shown, width, (text) => paint('dim', text)),
    ...(wrapped.length === 0 ? [] : ['', ...wrapped]),
    '',
    ...totalBills(rows),
  ];
}

/** A line folded to the terminal; what follows is indented like its beginning. */
export function fold(line: string, width: number | undefined): string[] {
  if (width === undefined) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const [first = '', ...others] = wrap(line.slice(indent.length), Math.max(20, width - indent.length - 2));
  return [indent + first, ...others.map((rest) => `${indent}  ${rest}`)];
}
