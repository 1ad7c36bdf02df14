import { ChewsError } from '../../src/core/errors.ts';
import type { AnswerOf, RequestOf, Rpc, WireOperation } from './calls.ts';
import { failureOfOperation, translate } from './failures.ts';
import { lastWord, requestIdOf, type Work } from './gcpWork.ts';

/** Between two waits that came back at once although nothing was over. */
const PAUSE_MS = 1000;

/** The calls that are answered with an operation. */
export type ChangingRpc = { [R in Rpc]: AnswerOf<R> extends WireOperation ? R : never }[Exclude<
  Rpc,
  'zoneOperations.wait' | 'globalOperations.wait'
>];

/** Nobody does one thing to one asset more often within the hour that a request's id lasts. */
const MOST_GENERATIONS = 30;
/** Of those that have failed a moment ago: it may have been this very request. */
const MOST_FRESH_FAILURES = 5;
/** What was begun longer than this before it was asked for was begun by an earlier request of that id. */
const SLACK_MS = 2000;

/**
 * Makes a call that changes something and waits for its end: one long poll after the other, never by asking (clouds.md).
 * Throws where the operation has failed, which the SDK does not.
 *
 * The id of the request is made of it and of `wanted`, the incarnations that it is about, so that whoever repeats it repeats the
 * very same request, and it is carried out once. But Compute Engine answers it for an hour with the operation of the first one,
 * also when that has failed, or when what it did was undone since. Whoever calls has looked before and found that it is not as
 * it should be; an operation that was over by then is no answer to that, and the next generation of the id is.
 */
export async function change<R extends ChangingRpc>(
  rpc: R,
  request: Omit<RequestOf<R>, 'requestId'>,
  work: Work,
  wanted?: readonly unknown[],
): Promise<WireOperation> {
  const { connection, finished } = work.gcp;
  let freshFailures = 0;
  for (let generation = 0; ; generation += 1) {
    const askedAtMs = connection.clockMs();
    const id = wanted === undefined ? {} : { requestId: requestIdOf(rpc, request, wanted, generation) };
    const begun: WireOperation = await connection.call(rpc, { ...request, ...id } as RequestOf<R>, work);
    if (wanted === undefined || generation === MOST_GENERATIONS || begun.status !== 'DONE')
      return awaitEnd(begun, work);
    if (isOld(begun, askedAtMs, finished)) continue;
    // A new one is hardly ever over in its own answer: another process saw it fail.
    if (failureOfOperation(begun) === undefined) return awaitEnd(begun, work);
    freshFailures += 1;
    if (freshFailures > MOST_FRESH_FAILURES) return awaitEnd(begun, work);
  }
}

function isOld(
  { name, insertTime }: WireOperation,
  askedAtMs: number,
  finished: ReadonlySet<string>,
): boolean {
  const insertedAtMs = Date.parse(insertTime ?? '');
  return finished.has(name ?? '') || insertedAtMs < askedAtMs - SLACK_MS;
}

async function awaitEnd(begun: WireOperation, work: Work): Promise<WireOperation> {
  const { gcp, options } = work;
  let operation = begun;
  while (operation.status !== 'DONE') {
    const askedAtMs = gcp.context.nowMs();
    operation = await wait(operation, work).catch(notWithoutEffect);
    const progress = Number(operation.progress ?? 0);
    if (progress > 0 && progress <= 100) options.progress?.(progress / 100);
    const passedMs = gcp.context.nowMs() - askedAtMs;
    if (operation.status !== 'DONE' && passedMs < PAUSE_MS)
      await gcp.context.sleep(PAUSE_MS - passedMs, work.signal);
  }
  gcp.finished.add(operation.name ?? '');
  const failure = failureOfOperation(operation);
  if (failure !== undefined) throw translate(failure, work.attempt);
  return operation;
}

/** By then the change was accepted: it may come to its end although nobody can be asked about it. */
function notWithoutEffect(error: unknown): never {
  if (!(error instanceof ChewsError) || error.effect === 'maybe') throw error;
  const { code, message, remedy, retryable, cause } = error;
  throw new ChewsError(code, message, {
    ...(remedy !== undefined && { remedy }),
    retryable,
    effect: 'maybe',
    cause,
  });
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
