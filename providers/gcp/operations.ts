import type { AnswerOf, RequestOf, Rpc, WireOperation } from './calls.ts';
import { failureOfOperation, translate } from './failures.ts';
import type { Work } from './gcpWork.ts';
import { lastWord } from './gcpWork.ts';

/** Between two waits that came back at once although nothing was over. */
const PAUSE_MS = 1000;

/** The calls that are answered with an operation. */
export type ChangingRpc = { [R in Rpc]: AnswerOf<R> extends WireOperation ? R : never }[Exclude<
  Rpc,
  'zoneOperations.wait' | 'globalOperations.wait'
>];

/**
 * Makes a call that changes something and waits for its end: one long poll after the other, never by asking (clouds.md).
 * Throws where the operation has failed, which the SDK does not.
 */
export async function change<R extends ChangingRpc>(
  rpc: R,
  request: RequestOf<R>,
  work: Work,
): Promise<WireOperation> {
  const begun: WireOperation = await work.gcp.connection.call(rpc, request, work);
  return awaitEnd(begun, work);
}

async function awaitEnd(begun: WireOperation, work: Work): Promise<WireOperation> {
  const { gcp, options } = work;
  let operation = begun;
  while (operation.status !== 'DONE') {
    const askedAtMs = gcp.context.nowMs();
    operation = await wait(operation, work);
    const progress = Number(operation.progress ?? 0);
    if (progress > 0 && progress <= 100) options.progress?.(progress / 100);
    const passedMs = gcp.context.nowMs() - askedAtMs;
    if (operation.status !== 'DONE' && passedMs < PAUSE_MS)
      await gcp.context.sleep(PAUSE_MS - passedMs, work.signal);
  }
  const failure = failureOfOperation(operation);
  if (failure !== undefined) throw translate(failure, work.attempt);
  return operation;
}

function wait({ name, zone }: WireOperation, work: Work): Promise<WireOperation> {
  const { connection, settings } = work.gcp;
  const operation = { project: settings.project, operation: name ?? '' };
  return zone === undefined || zone === null || zone === ''
    ? connection.call('globalOperations.wait', operation, work)
    : connection.call('zoneOperations.wait', { ...operation, zone: lastWord(zone) }, work);
}

export function targetOf({ targetId }: WireOperation): string {
  return targetId === undefined || targetId === null ? '' : String(targetId);
}
