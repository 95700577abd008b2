// What no design on this platform does without, and nothing else: a frame on a socket, two calls between objects, one small
// durable write in each of the two that write, one signature, one POST (design.md 12).
import { DurableObject } from 'cloudflare:workers';
import { keccak256, SigningKey, toUtf8Bytes } from 'ethers';

interface FloorEnv {
  readonly FEED: DurableObjectNamespace<FloorFeed>;
  readonly USER: DurableObjectNamespace<FloorUser>;
  readonly WALLET: DurableObjectNamespace<FloorWallet>;
  readonly FEED_URL: string;
  readonly ORDER_URL: string;
  /** Whose trades are copied. */
  readonly LEADER: string;
}

interface Trade {
  readonly asset: string;
  readonly price: number;
  readonly size: number;
  readonly transactionHash: string;
}

export class FloorFeed extends DurableObject<FloorEnv> {
  private opened = false;

  /** Opens the socket, once. */
  async open(): Promise<void> {
    if (this.opened) return;
    this.opened = true;
    const { webSocket } = await fetch(this.env.FEED_URL, { headers: { upgrade: 'websocket' } });
    if (webSocket === null) throw new Error('the feed is no socket');
    webSocket.addEventListener('message', ({ data }) => this.receive(String(data)));
    webSocket.accept();
  }

  private receive(text: string): void {
    if (!text.includes(this.env.LEADER)) return;
    const { payload } = JSON.parse(text) as { payload: Trade };
    void this.env.USER.getByName(this.env.LEADER).observe(payload);
  }
}

export class FloorUser extends DurableObject<FloorEnv> {
  constructor(context: DurableObjectState, env: FloorEnv) {
    super(context, env);
    context.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS fill (id TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT',
    );
  }

  observe(trade: Trade): Promise<void> {
    const { sql } = this.ctx.storage;
    sql.exec('INSERT INTO fill (id, doc) VALUES (?, ?)', trade.transactionHash, JSON.stringify(trade));
    return this.env.WALLET.getByName('live').copy(trade);
  }
}

export class FloorWallet extends DurableObject<FloorEnv> {
  private readonly key = new SigningKey(keccak256(toUtf8Bytes('the floor')));

  constructor(context: DurableObjectState, env: FloorEnv) {
    super(context, env);
    context.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS placed (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT',
    );
  }

  async copy(trade: Trade): Promise<void> {
    const order = JSON.stringify(trade);
    const id = keccak256(toUtf8Bytes(order));
    const body = JSON.stringify({ order: trade, signature: this.key.sign(id).serialized });
    this.ctx.storage.sql.exec('INSERT INTO placed (id, body) VALUES (?, ?)', id, body);
    const answer = await fetch(this.env.ORDER_URL, { method: 'POST', body });
    await answer.arrayBuffer();
  }
}

export default {
  async fetch(_request: Request, env: FloorEnv): Promise<Response> {
    await env.FEED.getByName('feed').open();
    return new Response('open');
  },
};
