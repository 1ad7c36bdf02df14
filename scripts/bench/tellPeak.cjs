// Loaded into a process ahead of its program: tells on the way out how much memory it had at the most, in KiB.
const { readFileSync, writeFileSync } = require('node:fs');

process.on('exit', () => {
  let peakKib = process.resourceUsage().maxRSS;
  try {
    // What the operating system counts for the process may include what its parent had before it began.
    peakKib = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? peakKib);
  } catch {
    // Only Linux has it.
  }
  writeFileSync(process.env.CHEWS_BENCH_PEAK, String(peakKib));
});
