import { ChewsError, exitCodeOf } from '../core/errors.ts';
import type { Call } from './call.ts';
import { codeOfError, errorJson, tellError } from './errorText.ts';
import { watchForInterruption } from './interruption.ts';
import type { Options } from './optionTable.ts';
import { type Parsed, parse } from './parse.ts';
import type { Output, Surroundings } from './surroundings.ts';
import { createTalk, type Talk } from './talk.ts';
import { topHelp, versionText } from './topText.ts';

const INTERRUPTED = 130;

/** Whoever read it has gone (`| head`), or its terminal is closed: no error of ours, and nobody to tell it to. */
function hasGone({ isTTY }: Output, { code = '' }: NodeJS.ErrnoException): boolean {
  return ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'].includes(code) || (code === 'EIO' && isTTY === true);
}

/** Nothing that happens to an output is a reason to leave work half done. Gives what kept the answer from its reader. */
function bearFailingOutputs({ stdout, stderr }: Surroundings): () => NodeJS.ErrnoException | undefined {
  let problem: NodeJS.ErrnoException | undefined;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!hasGone(stdout, error)) problem ??= error;
  });
  stderr.on('error', () => undefined);
  return () => problem;
}

/** Resolves when all was written or has failed, and the failure was told. */
async function written(output: Output): Promise<void> {
  await new Promise<void>((resolve) => output.write('', () => setImmediate(resolve)));
}

/** Carries one command line out and gives the exit code. Never throws. */
export async function run(surroundings: Surroundings): Promise<number> {
  const problemOf = bearFailingOutputs(surroundings);
  const code = await carryOut(surroundings);
  await written(surroundings.stdout);
  const problem = problemOf();
  if (problem === undefined) return code;
  const why = problem.code === 'ENOSPC' ? 'the drive is full' : problem.message;
  tellError(
    createTalk(surroundings, { quiet: false, verbose: false }),
    new ChewsError('failed', `cannot write the answer: ${why}`, { effect: 'none' }),
    false,
  );
  return code === 0 ? exitCodeOf('failed') : code;
}

async function carryOut(surroundings: Surroundings): Promise<number> {
  const { argv, env, stdout } = surroundings;
  const debug = (env['CHEWS_DEBUG'] ?? '') !== '';
  const early = createTalk(surroundings, { quiet: false, verbose: false });
  let parsed: Parsed;
  try {
    parsed = await parse(argv);
    if (parsed.kind === 'version') stdout.write(versionText());
    if (parsed.kind === 'top-help') stdout.write(topHelp(early.width));
    if (parsed.kind === 'help') {
      const { commandHelp } = await import('./commandHelp.ts');
      stdout.write(await commandHelp(parsed.command, early.width));
    }
    if (parsed.kind !== 'call') return 0;
  } catch (error) {
    return fail(early, error, debug, argv.includes('--json'));
  }
  const { options } = parsed;
  const talk = createTalk(surroundings, options);
  const interruption = watchForInterruption(surroundings, (sentence) => talk.complain(sentence));
  const call: Call = { ...parsed, surroundings, talk, interruption };
  try {
    const work = (await parsed.command.load())(call);
    // What acts has work to account for, and leaves by itself.
    if (parsed.command.group === 'life') return await work;
    return await Promise.race([work, interruption.leave.then(() => INTERRUPTED)]);
  } catch (error) {
    return failCall(talk, error, options, debug, interruption.stop);
  } finally {
    interruption.end();
  }
}

function failCall(talk: Talk, error: unknown, options: Options, debug: boolean, stop: AbortSignal): number {
  // What was cut off by the signal throws whatever it throws: nothing of it is news.
  if (stop.aborted && !(error instanceof ChewsError)) return INTERRUPTED;
  return fail(talk, error, debug || options.verbose, options.json);
}

function fail(talk: Talk, error: unknown, withStack: boolean, json: boolean): number {
  tellError(talk, error, withStack);
  if (json) talk.answerJson({ error: errorJson(error) });
  return codeOfError(error);
}
