import type { HostView } from '../core/lease.ts';
import type { LoadKind } from '../engine/configurationFile.ts';
import type { Runner } from '../engine/leaseholder.ts';

/** A stream to write to; a terminal says so, and how wide it is. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Starts a program with the terminal handed over to it; gives its exit code, or 'missing' where there is none of that name. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<number | 'missing'>;

/** Who this process is, for leases. */
export interface Host {
  readonly runner: Runner;
  readonly view: HostView;
}

/** All that the program takes from outside, so that a test can give it everything. */
export interface Surroundings {
  /** Without the runtime and the script. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly cwd: string;
  readonly homeFolder: string;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly loadKind: LoadKind;
  /** All kinds of provider that there are. */
  readonly knownKinds: readonly string[];
  /** Calls the listener at every signal that asks the program to end; gives what takes the listener off. */
  readonly onSignal: (listener: (signal: StopSignal) => void) => () => void;
  readonly host: () => Promise<Host>;
  readonly runProgram: RunProgram;
  /** Whether an ssh server answers there, within a few seconds. */
  readonly answersSsh: (host: string, port: number) => Promise<boolean>;
}
