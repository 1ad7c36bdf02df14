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
import { type Cell, type Column, table } from './table.ts';

export interface Row {
  readonly workstation: Workstation;
  readonly found: LookOrError;
}

/** More names than that are counted. */
const NAMES_TOLD = 5;

/** A narrow terminal can do without those that leave: `info` shows what they say. */
const COLUMNS: readonly Column[] = [
  { title: 'NAME', whole: true },
  { title: 'STATE', whole: true },
  { title: 'LOCATION', least: 8, leaves: 2 },
  { title: 'SIZE', least: 6, leaves: 1 },
  { title: 'DISKS', least: 10, leaves: 4 },
  { title: 'NEWEST SET (UTC)', least: 10, leaves: 3 },
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
      if (live !== undefined || state === 'DESSICATED') return `${name}${size}`;
      return `${name}${size} ${newestSet?.byDisk.has(name) === true ? 'in its set' : 'lost'}`;
    })
    .join(', ');
}

/** By what the file wants, since it is the file that was changed. */
const DRIFT_WORDS: Readonly<Record<DriftKind, string>> = {
  size: 'size',
  location: 'location',
  settings: 'settings',
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

/** What is not there may be somewhere else: another computer's store, another account. */
export function whereNothingIs(rows: readonly Row[]): string[] {
  const byPlace = new Map<string, string[]>();
  for (const { workstation, found } of rows) {
    if ('error' in found || found.look.situation.state !== 'NOT_EXIST') continue;
    const { place } = found.look.inventory;
    if (place !== undefined) byPlace.set(place, [...(byPlace.get(place) ?? []), workstation.name]);
  }
  return [...byPlace].map(([place, names]) => {
    const which = names.length <= NAMES_TOLD ? names.join(', ') : `${names.length} workstations of the file`;
    return printable(`note: nothing of ${which} is in ${place}`);
  });
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

/** The table, under it what needs an explanation, and what it all costs. */
export function statusText(rows: readonly Row[], paint: Paint, width: number | undefined): string[] {
  const cells = rows.map((row) => rowCells(row, paint));
  const filled = [...COLUMNS.keys()].filter(
    (index) => index < 5 || cells.some((row) => (row[index]?.text ?? '') !== ''),
  );
  const columns = filled.flatMap((index) => COLUMNS[index] ?? []);
  const shown = cells.map((row) => filled.map((index) => row[index] ?? { text: '' }));
  const below = [...rows.flatMap((row) => remarks(row, paint)), ...whereNothingIs(rows)];
  return [
    ...table(columns, shown, width, (text) => paint('dim', text)),
    ...(below.length === 0 ? [] : ['', ...below]),
    '',
    ...totalBills(rows),
  ];
}
