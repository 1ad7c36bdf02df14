import { ChewsError } from '../../../src/core/errors.ts';
import { isThrottled } from '../datacenter/throttle.ts';
import type { Json } from './state.ts';

/** A call that Compute Engine refuses, with its status and the word of its own for the reason. It had no effect. */
export class Refused extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = 'Refused';
    this.status = status;
    this.reason = reason;
  }
}

/** The real one's words: it names the whole path of what it did not find. */
export function notFound(path: string): Refused {
  return new Refused(404, 'notFound', `The resource '${path}' was not found`);
}

export function alreadyExists(path: string): Refused {
  return new Refused(409, 'alreadyExists', `The resource '${path}' already exists`);
}

export function invalid(message: string): Refused {
  return new Refused(400, 'invalid', message);
}

/** What the model of the datacenter refuses, in Compute Engine's words; undefined where it is no refusal of a cloud's. */
export function refusedOf(error: unknown): Refused | undefined {
  if (error instanceof Refused) return error;
  if (!(error instanceof ChewsError)) return undefined;
  if (isThrottled(error)) return new Refused(403, 'rateLimitExceeded', 'Rate Limit Exceeded');
  switch (error.code) {
    case 'not-found':
      return new Refused(404, 'notFound', error.message);
    case 'conflict':
      return new Refused(409, 'alreadyExists', error.message);
    case 'busy':
      return new Refused(400, 'resourceNotReady', error.message);
    case 'quota':
      return new Refused(403, 'quotaExceeded', error.message);
    case 'permission':
      return new Refused(403, 'forbidden', error.message);
    case 'credentials':
      return new Refused(401, 'authError', 'Request had invalid authentication credentials.');
    case 'refused':
    case 'configuration':
    case 'no-capacity':
    case 'failed':
    case 'inconsistent':
    case 'usage':
      return invalid(error.message);
    case 'timeout':
      return new Refused(504, 'backendError', error.message);
    case 'unreadable':
      return new Refused(500, 'internalError', error.message);
    case 'unreachable':
    case 'interrupted':
      return undefined;
  }
}

export function errorBody({ status, reason, message }: Refused): Json {
  return {
    error: {
      code: status,
      message,
      errors: [{ message, domain: status === 401 ? 'global' : 'usageLimits', reason }],
    },
  };
}
