/**
 * Why something could not be done, in classes that scripts can tell apart by the exit code.
 * A provider's table turns each of its own error codes into one of these.
 */
export type ErrorCode =
  | 'usage'
  | 'configuration'
  | 'inconsistent'
  | 'credentials'
  | 'permission'
  | 'quota'
  | 'no-capacity'
  | 'busy'
  | 'refused'
  | 'conflict'
  | 'not-found'
  | 'unreadable'
  | 'unreachable'
  | 'timeout'
  | 'failed'
  | 'interrupted';

/** What is known of the effect of a call that failed. 'maybe': read before it is repeated (R8). */
export type Effect = 'none' | 'maybe';

export interface ErrorDetails {
  /** What can be done about it: a sentence, usually with the command to type. */
  readonly remedy?: string;
  /** True where the same call may succeed a little later (throttling, a lost connection). */
  readonly retryable?: boolean;
  readonly effect?: Effect;
  readonly cause?: unknown;
}

/**
 * An error that is meant for the user. The message is one sentence, `cannot <verb> <kind> <name>: <why>`;
 * the remedy follows on a line of its own. Whatever else is thrown is a bug in chews.
 */
export class ChewsError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string | undefined;
  readonly retryable: boolean;
  readonly effect: Effect;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ChewsError';
    this.code = code;
    this.remedy = details.remedy;
    this.retryable = details.retryable ?? false;
    this.effect = details.effect ?? 'maybe';
  }
}

/** The exit code of an error class (design: 0 done, 1 a bug, 130 interrupted). */
export function exitCodeOf(code: ErrorCode): number {
  switch (code) {
    case 'usage':
    case 'configuration':
      return 2;
    case 'inconsistent':
    case 'conflict':
    case 'not-found':
    case 'unreadable':
    case 'failed':
      return 3;
    case 'credentials':
    case 'permission':
      return 4;
    case 'quota':
    case 'no-capacity':
      return 5;
    case 'busy':
      return 6;
    case 'refused':
      return 7;
    case 'unreachable':
    case 'timeout':
      return 8;
    case 'interrupted':
      return 130;
  }
}
