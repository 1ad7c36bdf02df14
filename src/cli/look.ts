import { ChewsError, exitCodeOf } from '../core/errors.ts';
import type { Session } from '../engine/session.ts';
import { lookAt } from '../engine/session.ts';
import type { Call } from './call.ts';
import { codeOfError, tellError } from './errorText.ts';
import { openFile } from './openFile.ts';
import type { Row } from './statusText.ts';

/** What the workstations of a command line are, by one read of each provider. */
export async function lookAtNamed(
  call: Call,
): Promise<{ session: Session; rows: Row[]; strays: readonly string[] }> {
  const { session, workstations } = await openFile(call);
  const looks = await lookAt(session, workstations, call.interruption.stop);
  if (call.interruption.stop.aborted)
    throw new ChewsError('interrupted', 'interrupted while reading; nothing was changed', { effect: 'none' });
  const rows = workstations.map((workstation) => ({
    workstation,
    found: looks.byName.get(workstation.name) ?? {
      error: new Error(`${workstation.name} was not looked at`),
    },
  }));
  return { session, rows, strays: looks.strays };
}

/** 0 when all was read and is in a normal state; the lowest where there are several reasons for another. */
export function codeOfRows(rows: readonly Row[]): number {
  const codes = rows.flatMap(({ found }) => {
    if ('error' in found) return [codeOfError(found.error)];
    return found.look.situation.state === 'INCONSISTENT' ? [exitCodeOf('inconsistent')] : [];
  });
  return codes.length === 0 ? 0 : Math.min(...codes);
}

/** Each provider's error once, however many workstations it spoils. */
export function tellReadErrors({ talk, options }: Call, rows: readonly Row[]): void {
  const told = new Set<unknown>();
  for (const { found } of rows) {
    if (!('error' in found) || told.has(found.error)) continue;
    told.add(found.error);
    tellError(talk, found.error, options.verbose);
    const spoilt = rows.filter((row) => 'error' in row.found && row.found.error === found.error);
    talk.complain(`  not read: ${spoilt.map(({ workstation }) => workstation.name).join(', ')}`);
  }
}
