import { billsOf } from '../core/bills.ts';
import { describeSize } from '../core/drift.ts';
import { printable } from '../core/printable.ts';
import type { SnapshotSet } from '../core/snapshotSets.ts';
import { formatAge, formatBytes } from '../core/units.ts';
import type { Look } from '../engine/session.ts';
import type { Paint } from './paint.ts';
import { billsText } from './resultText.ts';
import { setTime, storedBytesOf } from './snapshotSetText.ts';
import { paintState } from './stateText.ts';
import { locationOf, type Row, remarks, whereNothingIs } from './statusText.ts';

function sized(sizeBytes: number, storedBytes: number | undefined): string {
  return storedBytes === undefined
    ? formatBytes(sizeBytes)
    : `${formatBytes(sizeBytes)}, ${formatBytes(storedBytes)} stored`;
}

function setLines(set: SnapshotSet, readAtMs: number, paint: Paint): string[] {
  const stored = storedBytesOf(set);
  const facts = [
    formatAge(set.firstTakenAtMs, readAtMs),
    set.flaws.length === 0 ? 'whole' : `not whole: ${set.flaws.join('; ')}`,
    set.clean ? 'taken while OFF' : 'not known to be taken while OFF',
    ...(stored === undefined ? [] : [`${formatBytes(stored)} stored`]),
  ];
  return [
    `  ${printable(setTime(set.timestamp))}  ${paint('dim', printable(facts.join(', ')))}`,
    ...[...set.byDisk].map(
      ([disk, { id, name, sizeBytes, storedBytes, kind, statusText }]) =>
        `    ${printable(`${disk}  ${name}  ${sized(sizeBytes, storedBytes)}`)}  ${paint('dim', printable(id))}${
          kind === 'taken' ? '' : printable(`  ${statusText}`)
        }`,
    ),
  ];
}

/** One page about one workstation. */
export function infoText(row: Row, look: Look, holder: string | undefined, paint: Paint): string[] {
  const { workstation } = row;
  const { situation, inventory } = look;
  const { state, vm, membership, sets, newestContent } = situation;
  const title = (text: string) => paint('bold', text);
  const where = locationOf(look) ?? workstation.locations.join(' or ');
  const page: string[] = [
    `${title(workstation.name)}  ${paintState(paint, state)}  at ${workstation.provider}, ${printable(where)}`,
  ];
  const section = (name: string, lines: readonly string[]) => {
    if (lines.length > 0) page.push('', title(name), ...lines);
  };
  section(
    'VM',
    vm === undefined
      ? []
      : [
          `  ${printable(`${vm.name}  ${describeSize(vm.size)}  ${vm.status}`)}  ${paint('dim', printable(vm.id))}`,
          ...vm.diesWithVm.map((what) => `  would be lost with the VM: ${printable(what)}`),
        ],
  );
  section(
    'Disks',
    membership.members.flatMap(({ name, role, live, spec }) => {
      if (live === undefined) return [];
      const note = spec === undefined ? ', not in the file' : '';
      const facts = `${sized(live.sizeBytes, live.storedBytes)}, ${live.type}`;
      return [
        `  ${printable(`${name}  ${live.name}  ${facts}, ${role}${note}`)}  ${paint('dim', printable(live.id))}`,
      ];
    }),
  );
  section(
    'Snapshot sets (UTC)',
    [...sets].reverse().flatMap((set) => setLines(set, inventory.readAtMs, paint)),
  );
  section(
    'Newest content',
    newestContent.map(({ disk, place }) => printable(`  ${disk}  ${place}`)),
  );
  const said = [...remarks(row, paint), ...whereNothingIs([row])];
  if (said.length > 0) page.push('', ...said);
  page.push('', `${billsText(billsOf(inventory))}`);
  if (holder !== undefined) page.push(printable(holder));
  return page;
}
