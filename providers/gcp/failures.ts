import { ChewsError, type Effect, type ErrorCode } from '../../src/core/errors.ts';
import { cut, printable } from '../../src/core/printable.ts';
import type { WireOperation } from './calls.ts';

/** What is known of a call that did not do what was asked. */
export interface Failure {
  /** The status of HTTP; undefined where no answer came. */
  readonly status?: number;
  /** Compute Engine's own word: `resourceNotReady` of a call, `QUOTA_EXCEEDED` of an operation, `ECONNRESET` of a socket. */
  readonly reason: string;
  readonly message: string;
  /** Zones that have room, where it tells. */
  readonly zonesAvailable?: readonly string[];
}

interface Meaning {
  readonly code: ErrorCode;
  readonly effect?: Effect;
  readonly retryable?: boolean;
  readonly remedy?: string;
}

const again: Meaning = { code: 'busy', effect: 'none', retryable: true };
const noCapacity: Meaning = {
  code: 'no-capacity',
  effect: 'none',
  remedy: 'Try again later, list another zone under location, or choose another size.',
};
const quota: Meaning = {
  code: 'quota',
  effect: 'none',
  remedy: 'Ask for more at https://console.cloud.google.com/iam-admin/quotas, or free what is not needed.',
};
const slower: Meaning = { code: 'unreachable', effect: 'none', retryable: true };
const unreached: Meaning = {
  code: 'unreachable',
  effect: 'none',
  retryable: true,
  remedy: 'Check the network, and the endpoint where one is set (CHEWS_GCP_ENDPOINT).',
};
const login: Meaning = {
  code: 'credentials',
  effect: 'none',
  remedy: 'Log in with: gcloud auth application-default login',
};
const permission: Meaning = {
  code: 'permission',
  effect: 'none',
  remedy:
    'Ask an owner of the project for the role Compute Instance Admin (v1), or check that the project is the right one.',
};
const actAs: Meaning = {
  code: 'permission',
  effect: 'none',
  remedy:
    'Ask for the role Service Account User on that service account, or name another under service-account.',
};
/** Compute Engine tells of keys in sentences alone. */
const key: Meaning = {
  code: 'permission',
  effect: 'none',
  remedy: 'Enable the key in Cloud KMS, or name another under encryption-key.',
};
const wrong: Meaning = { code: 'configuration', effect: 'none' };
const inUse: Meaning = { code: 'refused', effect: 'none' };

/** By Compute Engine's own word, of calls (`camelCase`) and of operations (`UPPER_CASE`) alike. */
export const reasons: Readonly<Record<string, Meaning>> = {
  ZONE_RESOURCE_POOL_EXHAUSTED: noCapacity,
  ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS: noCapacity,
  RESOURCE_POOL_EXHAUSTED: noCapacity,
  STOCKOUT: noCapacity,
  quotaExceeded: quota,
  QUOTA_EXCEEDED: quota,
  LIMIT_EXCEEDED: quota,
  limitExceeded: quota,
  rateLimitExceeded: slower,
  RATE_LIMIT_EXCEEDED: slower,
  userRateLimitExceeded: slower,
  resourceOperationRateExceeded: {
    ...again,
    remedy: 'A disk can be copied once in ten minutes; wait, and run it again.',
  },
  RESOURCE_OPERATION_RATE_EXCEEDED: {
    ...again,
    remedy: 'A disk can be copied once in ten minutes; wait, and run it again.',
  },
  resourceNotReady: again,
  RESOURCE_NOT_READY: again,
  conditionNotMet: again,
  CONDITION_NOT_MET: again,
  resourceInUseByAnotherResource: inUse,
  RESOURCE_IN_USE_BY_ANOTHER_RESOURCE: inUse,
  resourceInUse: inUse,
  RESOURCE_IN_USE: inUse,
  alreadyExists: { code: 'conflict', effect: 'none' },
  RESOURCE_ALREADY_EXISTS: { code: 'conflict', effect: 'none' },
  RESOURCE_NOT_FOUND: { code: 'not-found', effect: 'none' },
  authError: login,
  loginProblem: login,
  required: login,
  forbidden: permission,
  accessNotConfigured: {
    code: 'permission',
    effect: 'none',
    remedy: 'Enable the API: gcloud services enable compute.googleapis.com',
  },
  PERMISSION_DENIED: permission,
  PERMISSIONS_ERROR: permission,
  SERVICE_ACCOUNT_ACCESS_DENIED: actAs,
  invalid: wrong,
  INVALID_FIELD_VALUE: wrong,
  INVALID_USAGE: wrong,
  UNSUPPORTED_OPERATION: wrong,
  INTERNAL_ERROR: {
    code: 'failed',
    effect: 'maybe',
    remedy: 'Run the same command again: it goes on from what is there.',
  },
  // A name that cannot be found and a server that lets nobody in: nothing was sent.
  ECONNREFUSED: unreached,
  ENOTFOUND: unreached,
  EAI_AGAIN: unreached,
};

/** By the status alone, where the word is none that is known. */
function byStatus(status: number): Meaning {
  if (status === 401) return login;
  if (status === 403) return permission;
  if (status === 409) return { code: 'conflict', effect: 'none' };
  if (status === 412) return again;
  if (status === 429) return slower;
  if (status >= 500) return { code: 'unreachable', effect: 'maybe', retryable: true };
  if (status >= 400) return { code: 'configuration', effect: 'none' };
  return { code: 'unreadable', effect: 'maybe' };
}

/** Kinds of things that actions are about. That a zone, a type or a network is not there is a mistake in the file. */
const assetCollections = ['instances', 'disks', 'snapshots', 'operations', 'healthChecks', 'guestAttributes'];

/** "The resource 'projects/p/zones/z/disks/d' was not found" */
function missingPath({ message }: Failure): readonly string[] | undefined {
  return /The resource '([^']+)' was not found/.exec(message)?.[1]?.split('/');
}

/**
 * Whether the very thing that was asked for is positively not there. Any other 404, of a project, a zone or a proxy that is in
 * between, says nothing of it.
 */
export function isAbsence(failure: Failure, collection: string, name: string): boolean {
  if (failure.status !== 404) return false;
  const path = missingPath(failure);
  return path !== undefined && path.includes(collection) && path.at(-1) === name;
}

function meaningOf(failure: Failure): Meaning {
  const { status, reason } = failure;
  if (status === 404) {
    const collection = missingPath(failure)?.at(-2);
    if (collection === undefined) return { code: 'unreadable', effect: 'none' };
    return assetCollections.includes(collection) ? { code: 'not-found', effect: 'none' } : wrong;
  }
  if (keyProblem(failure) !== undefined) return key;
  const known = Object.hasOwn(reasons, reason) ? reasons[reason] : undefined;
  if (known !== undefined) return known;
  if (status !== undefined) return byStatus(status);
  return { ...unreached, effect: 'maybe' };
}

/** "Cloud KMS error when using key K: K/cryptoKeyVersions/1 is not enabled, current state is: DISABLED." */
function keyProblem({ message }: Failure): string | undefined {
  const [, name, why = ''] = /^Cloud KMS error when using key (\S+): (.*)$/.exec(message) ?? [];
  return name && `the key ${name} cannot be used: ${why.replaceAll(`${name}/`, '')}`;
}

/** "Required 'compute.disks.create' permission for 'projects/p'", and what is said of service accounts alone. */
function missingPermission({ message }: Failure): string | undefined {
  const [, permission, subject] = /^Required '([^']+)' permission for '([^']+)'/.exec(message) ?? [];
  const [, account] = /^The user does not have access to service account '([^']+)'/.exec(message) ?? [];
  if (account !== undefined) return `the permission iam.serviceAccounts.actAs is missing for ${account}`;
  return permission && `the permission ${permission} is missing for ${subject ?? ''}`;
}

/** The one place where Compute Engine's errors become ours. `attempt` is "cannot start VM dev". */
export function translate(failure: Failure, attempt: string, cause?: unknown): ChewsError {
  const { code, effect, retryable, remedy } = meaningOf(failure);
  return new ChewsError(code, `${attempt}: ${sentenceOf(code, failure)}`, {
    ...(remedy !== undefined && { remedy }),
    effect: effect ?? 'maybe',
    retryable: retryable ?? false,
    cause: Object.assign(new Error(failure.message, { cause }), { reason: failure.reason }),
  });
}

/** Compute Engine's own word for why a call failed, for those who can do something about it. */
export function reasonOf(error: unknown): string | undefined {
  const cause: unknown = error instanceof ChewsError ? error.cause : undefined;
  return cause instanceof Error && 'reason' in cause && typeof cause.reason === 'string'
    ? cause.reason
    : undefined;
}

function sentenceOf(code: ErrorCode, failure: Failure): string {
  const text = keyProblem(failure) ?? missingPermission(failure) ?? failure.message;
  const said = cut(printable(text).replace(/\.+$/, ''), 300);
  switch (code) {
    case 'no-capacity': {
      const { zonesAvailable = [] } = failure;
      const room = zonesAvailable.length === 0 ? '' : `; there is room in ${zonesAvailable.join(', ')}`;
      // What follows the first sentence is advice for other tools.
      return `${firstSentence(said)}${room}`;
    }
    case 'unreachable':
      if (failure.status === undefined)
        return /^(?:AbortError|TimeoutError|ETIMEDOUT|Deadline exceeded)/.test(failure.reason)
          ? 'Compute Engine does not answer'
          : `Compute Engine cannot be reached (${printable(failure.reason)})`;
      return meaningOf(failure) === slower
        ? 'too much is asked of Compute Engine at once'
        : `Compute Engine has trouble of its own (${failure.status}): ${said}`;
    case 'credentials':
      if (failure.reason !== 'loginProblem') return 'Compute Engine does not accept the credentials';
      return said.startsWith('Could not load the default credentials')
        ? 'no credentials were found'
        : `no login can be had with the credentials that there are: ${firstSentence(said)}`;
    case 'usage':
    case 'configuration':
    case 'inconsistent':
    case 'permission':
    case 'quota':
    case 'busy':
    case 'refused':
    case 'conflict':
    case 'not-found':
    case 'unreadable':
    case 'timeout':
    case 'failed':
    case 'interrupted':
      return said;
  }
}

function firstSentence(text: string): string {
  return text.replace(/\. .*$/s, '');
}

/** Whether a call may simply be made again a little later: it was refused because too much was asked for. */
export function isThrottled(failure: Failure): boolean {
  return failure.status !== undefined && meaningOf(failure) === slower;
}

/** A failed operation does not throw: it is a whole answer, with the errors in it (clouds.md). */
export function failureOfOperation(operation: WireOperation): Failure | undefined {
  const [first] = operation.error?.errors ?? [];
  const status = operation.httpErrorStatusCode ?? undefined;
  if (first === undefined) {
    if (status === undefined || status < 400) return undefined;
    return {
      reason: 'INTERNAL_ERROR',
      message: operation.httpErrorMessage ?? `it ended with status ${status}`,
    };
  }
  const details = first.errorDetails ?? [];
  const zones = details
    .flatMap((detail) => (detail.errorInfo?.metadatas?.['zonesAvailable'] ?? '').split(','))
    .map((zone) => zone.trim())
    .filter((zone) => zone !== '');
  const reason = first.code ?? 'INTERNAL_ERROR';
  return {
    reason: Object.hasOwn(reasons, reason) ? reason : 'INTERNAL_ERROR',
    message: Object.hasOwn(reasons, reason)
      ? (first.message ?? reason)
      : `${first.message ?? ''} (${reason})`,
    ...(zones.length > 0 && { zonesAvailable: zones }),
  };
}

const PAYLOAD = Symbol.for('google-gax.rawHttpResponsePayload');

/** A login that cannot be had is no answer of Compute Engine's: a 404 of the place that gives it must not pass for absence. */
export class LoginProblem extends Error {}

/** An answer that the SDK could not make sense of, with what it says itself. */
export class UnreadableAnswer extends Error {
  constructor(cause: unknown) {
    super('the answer is not what the API says that it is', { cause });
  }
}

/** Reads what the SDK throws; undefined where it is no failure of a call but a bug. */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof UnreadableAnswer) return { status: 200, reason: 'notJson', message: error.message };
  const login = chainOf(error).find((link) => link instanceof LoginProblem);
  if (login !== undefined) return { status: 401, reason: 'loginProblem', message: login.message };
  const status: unknown = 'httpStatusCode' in error ? error.httpStatusCode : undefined;
  if (typeof status === 'number') return answeredFailure(error, status);
  const chain = chainOf(error);
  if (chain.some((link) => link instanceof SyntaxError))
    return { status: 200, reason: 'notJson', message: 'the answer is not JSON' };
  for (const link of chain.toReversed()) {
    const code: unknown = 'code' in link ? link.code : undefined;
    if (typeof code === 'string' && code !== '') return { reason: code, message: link.message };
  }
  const network = ['AbortError', 'TimeoutError', 'FetchError', 'GaxiosError'];
  const found = chain.find(
    ({ name, message }) =>
      network.includes(name) || message === 'fetch failed' || message.startsWith('Deadline exceeded'),
  );
  return found && { reason: found.message, message: found.message };
}

/** From the outermost to the innermost cause. */
export function chainOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let link = error; link instanceof Error && chain.length < 8; link = link.cause) chain.push(link);
  return chain;
}

interface Payload {
  readonly error?: { readonly message?: string; readonly errors?: readonly { readonly reason?: string }[] };
}

function answeredFailure(error: Error & { readonly [PAYLOAD]?: unknown }, status: number): Failure {
  const payload = payloadOf(error[PAYLOAD]);
  return {
    status,
    reason: payload?.error?.errors?.[0]?.reason ?? '',
    message: payload?.error?.message ?? error.message,
  };
}

function payloadOf(raw: unknown): Payload | undefined {
  try {
    const parsed: unknown = typeof raw === 'string' ? JSON.parse(raw) : raw;
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
