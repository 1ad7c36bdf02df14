import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Zombie {
  readonly pid: number;
  /** Ends the parent, and with it the zombie. */
  end(): Promise<void>;
}

/** A process that is over while its parent does not notice, as in a container whose first process reaps nobody. */
export async function zombie(): Promise<Zombie> {
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [told] = (await once(parent.stdout, 'data')) as [Buffer];
  await new Promise((resolve) => setTimeout(resolve, 600));
  return {
    pid: Number(String(told).trim()),
    end: async () => {
      const over = once(parent, 'exit');
      parent.kill('SIGKILL');
      await over;
    },
  };
}
