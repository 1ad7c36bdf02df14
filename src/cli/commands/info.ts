import { printable } from '../../core/printable.ts';
import { describeHolder } from '../../engine/leaseholder.ts';
import type { Session } from '../../engine/session.ts';
import type { Call, CommandRun } from '../call.ts';
import { messageOf } from '../errorText.ts';
import { type Holding, holdingJson, holdingOf } from '../holding.ts';
import { infoText } from '../infoText.ts';
import { codeOfRows, lookAtNamed } from '../look.ts';
import { workstationJson } from '../statusJson.ts';
import type { Row } from '../statusText.ts';

interface Holder {
  readonly sentence: string;
  readonly json: Record<string, unknown>;
}

/** Who is at work on it; undefined where nobody is, or where that cannot be read. */
async function holderOf(call: Call, session: Session, { workstation }: Row): Promise<Holder | undefined> {
  const { name } = workstation;
  try {
    const { leases } = await session.provider(workstation.provider);
    const { view } = await call.surroundings.host();
    const holding = await holdingOf(leases, name, view, call.interruption.stop);
    if (holding === undefined) return undefined;
    return { sentence: sentenceOf(holding), json: holdingJson(holding) };
  } catch (error) {
    call.talk.say(`could not read who is at work on ${name}: ${printable(messageOf(error))}`);
    return undefined;
  }
}

function sentenceOf(holding: Holding): string {
  if (holding.kind === 'unreadable') {
    const { workstation, why } = holding.lease;
    return `whether a run is at work on it cannot be read: ${why}; chews unlock ${workstation} takes that lease away`;
  }
  const { lease, verdict, nowMs } = holding;
  return verdict.kind === 'stale'
    ? `no run is at work on it; the next command takes over from chews ${lease.command}: ${verdict.why}`
    : describeHolder(lease, nowMs);
}

export const info: CommandRun = async (call) => {
  const { options, talk } = call;
  const { session, rows } = await lookAtNamed(call);
  const [row] = rows;
  if (row === undefined) return 0;
  if ('error' in row.found) throw row.found.error;
  const holder = await holderOf(call, session, row);
  if (options.json) {
    const { newestContent } = row.found.look.situation;
    talk.answerJson({
      workstations: [{ ...workstationJson(row), newestContent, lease: holder?.json ?? null }],
    });
  } else talk.answer(infoText(row, row.found.look, holder?.sentence, talk.paint));
  return codeOfRows(rows);
};
