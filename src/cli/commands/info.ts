import { judgeLease } from '../../core/lease.ts';
import { printable } from '../../core/printable.ts';
import { describeHolder } from '../../engine/leaseholder.ts';
import type { Session } from '../../engine/session.ts';
import type { Call, CommandRun } from '../call.ts';
import { messageOf } from '../errorText.ts';
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
  try {
    const provider = await session.provider(workstation.provider);
    const { name } = workstation;
    const listed = await provider.leases.list({ signal: call.interruption.stop, workstation: name });
    const { nowMs } = listed;
    const torn = listed.unreadable.find((candidate) => candidate.workstation === name);
    if (torn !== undefined) {
      const sentence = `whether a run is at work on it cannot be read: ${torn.why}; chews unlock ${name}`;
      return { sentence, json: { unreadable: torn.why } };
    }
    const lease = listed.leases.find((candidate) => candidate.workstation === name);
    if (lease === undefined) return undefined;
    const { view } = await call.surroundings.host();
    const verdict = judgeLease(lease, nowMs, view);
    const { user, host, pid, command, sinceMs, untilMs } = lease;
    const times = { since: new Date(sinceMs).toISOString(), until: new Date(untilMs).toISOString() };
    const sentence =
      verdict.kind === 'stale'
        ? `no run is at work on it; the next command takes over from chews ${command}: ${verdict.why}`
        : describeHolder(lease, nowMs);
    return { sentence, json: { user, host, pid, command, ...times, stale: verdict.kind === 'stale' } };
  } catch (error) {
    call.talk.say(`could not read who is at work on ${workstation.name}: ${printable(messageOf(error))}`);
    return undefined;
  }
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
