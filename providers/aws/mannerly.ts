import type { MiddlewareStack } from '@smithy/types';

/** Left to itself the SDK waits for as long as the system does for a connection, and for an answer for good. */
export const IN_TIME = { connectionTimeout: 5000, throwOnRequestTimeout: true };
const CALL_MS = 30_000;
/** As long as nobody has answered anything there may be nobody. */
const FIRST_CALL_MS = 8000;

/**
 * What every client of the SDK is to do: not to prepare its answers for a log that nobody reads, and to wait for them in time. Gives how long
 * the next call may take; `heard` gets the headers of each answer.
 */
export function mannerly<Input extends object, Output extends object>(
  stack: MiddlewareStack<Input, Output>,
  heard: (headers: Readonly<Record<string, string>>) => void = () => undefined,
): () => number {
  // It prepares every answer, field by field.
  stack.remove('loggerMiddleware');
  let isAnswered = false;
  stack.add(
    (next) => async (args) => {
      const result = await next(args);
      isAnswered = true;
      heard((result.response as { readonly headers?: Readonly<Record<string, string>> }).headers ?? {});
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'heard' },
  );
  return () => (isAnswered ? CALL_MS : FIRST_CALL_MS);
}
