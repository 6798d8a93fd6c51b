/** A few commands to a Redis, without a client: enough to say whether it answers. Spec: Redis serialization protocol specification, "Sending commands to a Redis server". */
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Time for all answers together, in milliseconds. */
const answerTimeoutMs = 3000;

/** Most answer text that is kept, in characters. */
const answerCharactersMax = 64 * 1024;

/** Signs in where the address has a password, pings, sends the commands; returns the raw replies, one text for each. */
export async function askRedis(
  url: URL,
  commands: readonly (readonly string[])[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const all = [...signIn(url), ['PING'], ...commands];
  const port = url.port === '' ? 6379 : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const socket = url.protocol === 'rediss:' ? connectTls({ host, port, servername: host }) : connect({ host, port });
  const stop = () => socket.destroy(new Error('interrupted'));
  signal.addEventListener('abort', stop, { once: true });
  socket.setTimeout(answerTimeoutMs, () => socket.destroy(new Error('no answer in 3 s')));
  try {
    socket.write(all.map(encode).join(''));
    let text = '';
    for await (const chunk of socket) {
      text += String(chunk);
      const replies = splitReplies(text);
      const refusal = replies.find((reply) => /^-(NOAUTH|WRONGPASS|NOPERM|ERR invalid password|ERR AUTH)/.test(reply));
      if (refusal !== undefined) throw new Error(refusal.slice(1).trim());
      if (replies.length >= all.length && replies[all.length - commands.length - 1] === '+PONG') return replies;
      if (replies.length >= all.length) break;
      if (text.length > answerCharactersMax) break;
    }
    throw new Error('the answer is not that of a Redis');
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

function signIn(url: URL): readonly (readonly string[])[] {
  if (url.password === '') return [];
  const user = url.username === '' ? [] : [decodeURIComponent(url.username)];
  return [['AUTH', ...user, decodeURIComponent(url.password)]];
}

function encode(command: readonly string[]): string {
  const parts = command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${command.length}\r\n${parts.join('')}`;
}

/** The complete replies of a text: simple ones, errors, bulk strings, and arrays of bulk strings as one text. */
function splitReplies(text: string): readonly string[] {
  const lines = text.split('\r\n').slice(0, -1);
  const replies: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const members = line.startsWith('*') ? Math.max(0, Number(line.slice(1))) * 2 : line.startsWith('$') ? 1 : 0;
    if (at + members >= lines.length) break;
    replies.push(lines.slice(at, at + members + 1).join(' '));
    at += members + 1;
  }
  return replies;
}
