import fs from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { consoleEnd } from './obedientGuest.ts';

/**
 * Loaded into a run of the program before it (`node --import`): greets as the ssh of the obedient guest, which has no
 * network of its own, as soon as its console shows that it is there.
 */
const root = process.env['CHEWS_LOCAL_ROOT'] ?? '';
const LOOK_EVERY_MS = 20;

function hasBooted(): boolean {
  return fs
    .globSync('*/vms/*/console.log', { cwd: root })
    .some((path) => fs.readFileSync(join(root, path), 'latin1').includes(consoleEnd));
}

const greeter = net.createServer((socket) => {
  socket.on('error', () => undefined);
  const look = setInterval(() => {
    if (!hasBooted()) return;
    clearInterval(look);
    socket.end('SSH-2.0-obedient\r\n');
  }, LOOK_EVERY_MS);
  socket.once('close', () => clearInterval(look));
});

const connect = net.connect;
Object.assign(net, {
  connect: (...values: Parameters<typeof net.connect>) => {
    const [options] = values as [{ port?: number; host?: string } | string];
    if (typeof options !== 'object' || options.host !== '127.0.0.1') return connect(...values);
    if (!greeter.listening) greeter.listen({ port: 0, host: '127.0.0.1' }).unref();
    const socket = new net.Socket();
    const go = () => socket.connect({ port: (greeter.address() as net.AddressInfo).port, host: '127.0.0.1' });
    if (greeter.address() === null) greeter.once('listening', go);
    else go();
    return socket;
  },
});
