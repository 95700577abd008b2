// The server's end of a WebSocket on node:http, as much of RFC 6455 as a test server on the loopback needs: whole text
// frames both ways, ping and close. Each frame leaves in the turn in which it is sent, so that it can be timed.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

export interface LoopbackSocket {
  send(text: string): void;
  close(): void;
}

const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const OPCODE = { continuation: 0, text: 1, close: 8, ping: 9, pong: 10 } as const;
/** Larger frames end the connection: nothing that the app sends comes near. */
const FRAME_BYTES_MAX = 1024 * 1024;
const FINAL = 0x80;
const MASKED = 0x80;

/** Answers an upgrade request and speaks on its stream. A client that breaks the protocol is hung up on. */
export function acceptSocket(
  request: IncomingMessage,
  stream: Duplex,
  on: { text: (text: string) => void; close: () => void },
): LoopbackSocket {
  const key = request.headers['sec-websocket-key'] ?? '';
  const accept = createHash('sha1').update(`${key}${HANDSHAKE_GUID}`).digest('base64');
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
  ];
  stream.write(`${lines.join('\r\n')}\r\n\r\n`);
  let rest: Buffer = Buffer.alloc(0);
  const hangUp = (): void => {
    stream.destroy();
  };
  stream.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    // Each turn takes one frame off the front, so this ends with the bytes.
    for (let frame = takeFrame(rest); frame !== undefined; frame = takeFrame(rest)) {
      if (frame === 'broken') return hangUp();
      rest = frame.rest;
      if (frame.opcode === OPCODE.text) on.text(frame.payload.toString('utf8'));
      else if (frame.opcode === OPCODE.ping) stream.write(frameOf(OPCODE.pong, frame.payload));
      else if (frame.opcode === OPCODE.close) {
        stream.end(frameOf(OPCODE.close, frame.payload));
        return;
      }
    }
  });
  stream.on('close', on.close);
  // A reset by the other side ends in `close` too; nothing more is to be done about it here.
  stream.on('error', hangUp);
  return {
    send: (text) => {
      if (stream.writable) stream.write(frameOf(OPCODE.text, Buffer.from(text, 'utf8')));
    },
    close: () => {
      stream.end(frameOf(OPCODE.close, Buffer.alloc(0)));
    },
  };
}

type Frame = { opcode: number; payload: Buffer; rest: Buffer };

/** The first frame in the bytes; undefined while it is not whole. Fragments and unmasked frames are not taken. */
function takeFrame(bytes: Buffer): Frame | 'broken' | undefined {
  if (bytes.length < 2) return undefined;
  const [first = 0, second = 0] = bytes;
  if ((first & FINAL) === 0 || (second & MASKED) === 0) return 'broken';
  const short = second & 0x7f;
  const wide = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (bytes.length < 2 + wide) return undefined;
  const size = wide === 0 ? short : wide === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (size > FRAME_BYTES_MAX) return 'broken';
  const maskAt = 2 + wide;
  const end = maskAt + 4 + size;
  if (bytes.length < end) return undefined;
  const mask = bytes.subarray(maskAt, maskAt + 4);
  const payload = Buffer.from(bytes.subarray(maskAt + 4, end));
  for (let at = 0; at < size; at += 1) payload[at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0);
  return { opcode: first & 0x0f, payload, rest: bytes.subarray(end) };
}

function frameOf(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([FINAL | opcode, length]), payload]);
  const head = Buffer.alloc(length < 65_536 ? 4 : 10);
  head[0] = FINAL | opcode;
  head[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}
