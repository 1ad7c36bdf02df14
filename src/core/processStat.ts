/** What Linux tells of a process in /proc/PID/stat, as far as it matters here. */
export interface ProcessStat {
  /** A letter of proc(5): R, S, D, T, t, Z, X … */
  readonly state: string;
  /** When it began, in ticks since the system did. */
  readonly startTicks: string;
  /** It does nothing any more, and only waits to be noticed by its parent, which in a container may be never. */
  readonly isOver: boolean;
}

/** Undefined for a text that is none of that file. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function parseProcessStat(text: string): ProcessStat | undefined {
  // The second field is the program's name in parentheses, and may hold blanks and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', threadCount, startTicks] = [fields[0], Number(fields[17]), fields[19]];
  if (startTicks === undefined || !Number.isInteger(threadCount)) return undefined;
  // The first thread of a process can be a zombie while others still work.
  const isOver = /^[Xx]$/.test(state) || (state === 'Z' && threadCount <= 1);
  return { state, startTicks, isOver };
}
