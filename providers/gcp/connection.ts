import type { ProviderContext } from '../../src/core/provider.ts';
import { ChewsError } from '../../src/core/errors.ts';
import { type AnswerOf, methodOf, type RequestOf, type Rpc, serviceOf } from './calls.ts';
import {
  chainOf,
  type Failure,
  failureOf,
  isAbsence,
  isThrottled,
  LoginProblem,
  translate,
  UnreadableAnswer,
} from './failures.ts';
import { quietLookup } from './quietLookup.ts';
import type { WireClient } from './sdk.ts';
import type { GcpSettings } from './settings.ts';

export interface FetchAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: Headers;
  arrayBuffer(): Promise<ArrayBufferLike>;
}

export interface FetchInit {
  readonly method: string;
  readonly headers: Headers;
  readonly body?: string;
}

/** How a request goes out. The SDK's own way, unless a test has another. */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchAnswer>;

/** What a call is for: the beginning of the sentence if it fails, and what ends it before its time. */
export interface Attempt {
  /** "cannot start VM dev" */
  readonly attempt: string;
  readonly signal?: AbortSignal;
}

export interface Connection {
  /** One call of the API. Throws ChewsError; an operation that has failed is an answer all the same. */
  call<R extends Rpc>(rpc: R, request: RequestOf<R>, at: Attempt): Promise<AnswerOf<R>>;
  /** The same for what may be absent: undefined where it positively is. */
  find<R extends Rpc>(
    rpc: R,
    request: RequestOf<R>,
    name: string,
    at: Attempt,
  ): Promise<AnswerOf<R> | undefined>;
  /** Compute Engine's clock, erring early by a second at the most. */
  clockMs(): number;
}

const CALL_MS = 60_000;
/** As long as nobody has answered anything there may be nobody. */
const FIRST_CALL_MS = 8000;
/** A long poll: "at most two minutes". */
const WAIT_MS = 150_000;
const ATTEMPTS = 40;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 20_000;
/** As long as nothing at all was let in, the wait is short: it may never end. */
const NEVER_MS = 6000;
const NEVER_PAUSE_MS = 500;
/** A `Date` header is cut to whole seconds; what is further off than that was late, or somebody has set the clock. */
const CLOCK_SLACK_MS = 5000;

export async function connect(
  settings: GcpSettings,
  context: ProviderContext,
  ownFetch: FetchLike | undefined,
): Promise<Connection> {
  const { loadClient } = await import('./sdk.ts');
  gax ??= loadGax();
  const parts = await gax;
  const send = ownFetch ?? (await sdkFetch(settings));
  const clients = new Map<string, Promise<WireClient>>();
  /** What ended a request before there was an answer. */
  const unsent = new WeakSet<Error>();
  let offsetMs: number | undefined;
  let isLetIn = false;
  let firstRefusedMs: number | undefined;

  const noteDate = (date: string | null) => {
    const sample = Date.parse(date ?? '') - context.nowMs();
    if (Number.isNaN(sample)) return;
    // The largest is the least late; one that is far below all of them tells that this computer's clock was set.
    if (offsetMs === undefined || sample > offsetMs || sample < offsetMs - CLOCK_SLACK_MS) offsetMs = sample;
  };

  // The SDK sees it as credentials: it asks for headers, which `send` adds itself, and fetches.
  const authClient = {
    getRequestHeaders: async () => new Map(),
    fetch: async (url: string, init: FetchInit) => {
      const answer = await send(url, init).catch((error: unknown) => {
        if (error instanceof Error) unsent.add(error);
        throw error;
      });
      noteDate(answer.headers.get('date'));
      return answer;
    },
  };

  const clientOf = (rpc: Rpc): Promise<WireClient> => {
    const service = serviceOf(rpc);
    const known = clients.get(service);
    if (known !== undefined) return known;
    const made = loadClient[service]().then(
      (Client) =>
        new Client(
          { projectId: settings.project, authClient, fallback: true, ...endpointOf(settings) },
          parts,
        ),
    );
    clients.set(service, made);
    return made;
  };

  const once = async <R extends Rpc>(rpc: R, request: RequestOf<R>): Promise<AnswerOf<R>> => {
    const client = await clientOf(rpc);
    const stub = (await client.initialize()) as Readonly<Record<string, StubCall>>;
    const method = stub[methodOf(rpc)];
    if (method === undefined) throw new Error(`the SDK has no ${rpc}`);
    const limitMs = methodOf(rpc) === 'wait' ? WAIT_MS : isLetIn ? CALL_MS : FIRST_CALL_MS;
    // Where time is simulated, no real one may end a call.
    const options = ownFetch === undefined ? { deadline: new Date(Date.now() + limitMs) } : {};
    return new Promise((resolve, reject) => {
      // The SDK tells at once of a request that it cannot write, and later of all else.
      let isWritten = false;
      method(request, {}, options, (error, answer) => {
        if (error === null || error === undefined) resolve(answer as AnswerOf<R>);
        else if (
          isWritten &&
          failureOf(error) === undefined &&
          !chainOf(error).some((link) => unsent.has(link))
        )
          reject(new UnreadableAnswer(error));
        else reject(error);
      });
      isWritten = true;
    });
  };

  /** Repeats what was refused because too much is asked for: it had no effect, so that this is safe for every call. */
  const patiently = async <R extends Rpc>(
    rpc: R,
    request: RequestOf<R>,
    { attempt, signal }: Attempt,
  ): Promise<{ readonly answer: AnswerOf<R> } | { readonly failure: Failure; readonly cause: unknown }> => {
    for (let number = 1; ; number += 1) {
      if (signal?.aborted === true) throw interrupted(attempt, 'none');
      try {
        const answer = await cutShort(once(rpc, request), attempt, signal);
        isLetIn = true;
        return { answer };
      } catch (error) {
        if (error instanceof ChewsError) throw error;
        const failure = failureOf(error);
        if (failure === undefined) throw innermost(error);
        if (!isThrottled(failure) && failure.status !== undefined) isLetIn = true;
        if (!isThrottled(failure) || number === ATTEMPTS) return { failure, cause: error };
        const nowMs = context.nowMs();
        firstRefusedMs ??= nowMs;
        if (!isLetIn && nowMs - firstRefusedMs > NEVER_MS) throw neverLetIn(attempt, error);
      }
      const longestMs = isLetIn ? LONGEST_PAUSE_MS : NEVER_PAUSE_MS;
      const pauseMs = Math.min(longestMs, FIRST_PAUSE_MS * 2 ** (number - 1));
      await context.sleep(pauseMs * jitter(context), signal);
    }
  };

  return {
    call: async (rpc, request, at) => {
      const result = await patiently(rpc, request, at);
      if ('answer' in result) return result.answer;
      throw translate(result.failure, at.attempt, result.cause);
    },
    find: async (rpc, request, name, at) => {
      const result = await patiently(rpc, request, at);
      if ('answer' in result) return result.answer;
      if (isAbsence(result.failure, serviceOf(rpc), name)) return undefined;
      throw translate(result.failure, at.attempt, result.cause);
    },
    clockMs: () => context.nowMs() + (offsetMs ?? 0),
  };
}

type StubCall = (
  request: object,
  headers: object,
  options: object,
  callback: (error: unknown, answer: unknown) => void,
) => void;

/** From ½ to 1: those who were refused together are not to come back together. */
function jitter(context: ProviderContext): number {
  return 0.5 + Number.parseInt(context.drawId().slice(0, 8), 16) / 2 ** 33;
}

function neverLetIn(attempt: string, cause: unknown): ChewsError {
  const why = `too much is asked of Compute Engine at once, and it has let in no call for ${NEVER_MS / 1000} s`;
  return new ChewsError('unreachable', `${attempt}: ${why}`, {
    effect: 'none',
    cause,
    remedy: 'Something else makes many calls in the project: run it again in a minute.',
  });
}

function interrupted(attempt: string, effect: 'none' | 'maybe'): ChewsError {
  return new ChewsError('interrupted', `${attempt}: interrupted`, { effect });
}

/** A pause that is cut short throws whatever the clock of the surroundings throws; the user hears that it was interrupted. */
export async function interruptible<T>({ attempt, signal }: Attempt, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted !== true || error instanceof ChewsError) throw error;
    throw interrupted(attempt, 'maybe');
  }
}

/** The call itself goes on, and its answer is dropped. */
function cutShort<T>(call: Promise<T>, attempt: string, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return call;
  return new Promise((resolve, reject) => {
    const abort = () => reject(interrupted(attempt, 'maybe'));
    signal.addEventListener('abort', abort, { once: true });
    call.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The SDK wraps whatever its transport throws; what is no failure of a call is a bug, and shown as it is. */
function innermost(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

/** clouds.md: "A port or a scheme inside `apiEndpoint` goes wrong silently." */
function endpointOf({ endpoint }: GcpSettings): object {
  if (endpoint === undefined) return {};
  const url = new URL(endpoint);
  const protocol = url.protocol.slice(0, -1);
  return { apiEndpoint: url.hostname, port: Number(url.port || (protocol === 'http' ? 80 : 443)), protocol };
}

/** Credentials only by the SDK's own chain. Over plain HTTP nothing secret may go. */
async function sdkFetch({ endpoint }: GcpSettings): Promise<FetchLike> {
  const { GoogleAuth, PassThroughClient } = await (await import('./sdk.ts')).loadAuthLibrary();
  if (endpoint?.startsWith('http:') === true) {
    const client = new PassThroughClient();
    return (url, init) => client.fetch(url, init);
  }
  const auth = new GoogleAuth({ scopes: ['https://www.googleapis.com/auth/compute'] });
  return async (url, init) => {
    const client = await quietLookup(() => auth.getClient()).catch(loginProblem);
    // First by itself: an error of the place that gives the login must not pass for one of Compute Engine.
    await client.getRequestHeaders(url).catch(loginProblem);
    return client.fetch(url, init);
  };
}

function loginProblem(error: unknown): never {
  throw new LoginProblem(error instanceof Error ? error.message : String(error), { cause: error });
}

/** One for all providers of a file. */
let gax: Promise<object> | undefined;

/**
 * Only the part of google-gax that speaks HTTP, and its schema parsed once: it takes a digest of twelve megabytes for each
 * client that is made (speed.md).
 */
async function loadGax(): Promise<object> {
  const fallback = await (await import('./sdk.ts')).loadFallback();
  const roots = new Map<object, ReturnType<InstanceType<typeof fallback.GrpcClient>['loadProtoJSON']>>();
  class QuickGrpcClient extends fallback.GrpcClient {
    override loadProtoJSON(json: Parameters<typeof fallback.GrpcClient.protobufFromJSON>[0]) {
      const known = roots.get(json);
      if (known !== undefined) return known;
      const root = fallback.protobuf.Root.fromJSON(json);
      roots.set(json, root);
      return root;
    }
  }
  return { fallback: { ...fallback, GrpcClient: QuickGrpcClient } };
}
