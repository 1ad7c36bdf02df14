import net from 'node:net';
import timers from 'node:timers/promises';

/**
 * Loaded into a run of the program before it (`node --import`), since moto is not EC2:
 *
 * - It has no states that last and no lists that lag. Short sleeps move the clock on and take no time; longer ones are those
 *   between two renewals of a lease, and are called off.
 * - The public addresses that it draws for its VMs are those of strangers. Nobody is called there: what would be is greeted
 *   here, as by an ssh server.
 */
const LONGEST_SKIPPED_MS = 20_000;

let skippedMs = 0;
const now = Date.now;
Date.now = () => now() + skippedMs;

const sleep = timers.setTimeout;
Object.assign(timers, {
  setTimeout: (milliseconds: number, ...rest: unknown[]) => {
    const isSkipped = milliseconds <= LONGEST_SKIPPED_MS;
    if (isSkipped) skippedMs += milliseconds;
    return sleep(isSkipped ? 1 : milliseconds, ...(rest as [undefined, object]));
  },
});

const greeter = net.createServer((socket) => {
  socket.on('error', () => undefined);
  socket.end('SSH-2.0-moto\r\n');
});

Object.assign(net, {
  connect: () => {
    const socket = new net.Socket();
    greeter.listen({ port: 0, host: '127.0.0.1' }, () => {
      const { port } = greeter.address() as net.AddressInfo;
      socket.connect({ port, host: '127.0.0.1' });
    });
    socket.once('close', () => greeter.close());
    return socket;
  },
});
