import { connect } from 'node:net';

const ANSWER_MS = 3_000;

/** Whether something that speaks ssh answers: a port that is open alone is no guest that listens. */
export async function answersSsh(host: string, port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ANSWER_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    const limit = setTimeout(() => end(false), ANSWER_MS);
    socket.once('data', (bytes) => {
      clearTimeout(limit);
      end(bytes.toString('latin1').startsWith('SSH-'));
    });
    for (const event of ['error', 'timeout', 'close']) {
      socket.once(event, () => {
        clearTimeout(limit);
        end(false);
      });
    }
  });
}
